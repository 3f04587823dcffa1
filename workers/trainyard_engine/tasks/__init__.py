"""The learning tasks, one folder each; ``registry`` is the only list of them."""
