"""Tabular classification: a class, or labels, for each row of a table."""

from trainyard_engine.tasks.shared.row_targets import ClassTargets
from trainyard_engine.tasks.shared.tables import TableRows


class TabularClassification(ClassTargets, TableRows):
    """Objective, metrics and answers are those of ``ClassTargets``, data and encoder those of ``TableRows``."""


HANDLER = TabularClassification()
