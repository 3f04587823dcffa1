"""Data-parallel training: starting the processes of a group, and what they do together."""
