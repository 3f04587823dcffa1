"""Text regression: a number, or several, for each text."""

from trainyard_engine.tasks.shared.row_targets import NumberTargets
from trainyard_engine.tasks.shared.texts import TextRows


class TextRegression(NumberTargets, TextRows):
    """Objective, metrics and answers are those of ``NumberTargets``, data and encoder those of ``TextRows``."""


HANDLER = TextRegression()
