"""Images, uint8 (rows, channels, height, width)."""
