"""Time series and sequences, one step a row."""
