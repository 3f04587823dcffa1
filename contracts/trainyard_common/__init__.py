"""Code that every part of the platform shares; it needs the standard library alone, and ``logs`` structlog."""
