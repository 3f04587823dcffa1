"""Image classification: a class, or labels, for each image."""

from trainyard_engine.tasks.shared.images import ImageRows
from trainyard_engine.tasks.shared.row_targets import ClassTargets


class ImageClassification(ClassTargets, ImageRows):
    """Objective, metrics and answers are those of ``ClassTargets``, data and encoder those of ``ImageRows``."""


HANDLER = ImageClassification()
