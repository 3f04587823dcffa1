"""The training loop, its parts, and what makes it resumable to the bit."""
