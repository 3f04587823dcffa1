"""What every part of the platform shares and none owns; it needs the standard library alone, and ``logs`` structlog."""
