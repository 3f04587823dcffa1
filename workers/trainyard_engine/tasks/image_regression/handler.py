"""Image regression: a number, or several, for each image."""

from trainyard_engine.tasks.shared.images import ImageRows
from trainyard_engine.tasks.shared.row_targets import NumberTargets


class ImageRegression(NumberTargets, ImageRows):
    """Objective, metrics and answers are those of ``NumberTargets``, data and encoder those of ``ImageRows``."""


HANDLER = ImageRegression()
