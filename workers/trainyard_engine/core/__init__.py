"""The training loop and what it stands on, which knows no task: steps, checkpoints, random numbers, atomic files."""
