"""What every part of the platform shares and none owns, in terms of the standard library alone."""
