"""Tables in every format that is read, as batches of columns."""
