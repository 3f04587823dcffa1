"""Code shared by all parts of the platform. Needs only the standard library, and ``logs`` structlog."""
