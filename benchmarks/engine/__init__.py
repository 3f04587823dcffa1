"""The engine against other ways to train the same networks on the same data: ``make bench-engine``."""
