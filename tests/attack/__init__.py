"""What somebody who has taken over a compilation, a training or a prediction tries: ``make attack``."""
