"""What a finished model is worth: it is held against answers that cost nothing, on the rows that it was tested on."""
