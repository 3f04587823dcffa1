"""Single cells: numbers, dates, times and keys, in one canonical form for data and for predictions."""
