"""The verdict on a finished model: the contest with baselines, on the rows that it was tested on."""
