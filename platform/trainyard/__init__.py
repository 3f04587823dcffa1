"""The control plane: the only code that imports Django."""
