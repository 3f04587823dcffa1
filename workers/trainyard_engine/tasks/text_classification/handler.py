"""Text classification: a class, or labels, for each text."""

from trainyard_engine.tasks.shared.row_targets import ClassTargets
from trainyard_engine.tasks.shared.texts import TextRows


class TextClassification(ClassTargets, TextRows):
    """Objective, metrics and answers are those of ``ClassTargets``, data and encoder those of ``TextRows``."""


HANDLER = TextClassification()
