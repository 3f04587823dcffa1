"""Tabular regression: a number, or several, for each row of a table."""

from trainyard_engine.tasks.shared.row_targets import NumberTargets
from trainyard_engine.tasks.shared.tables import TableRows


class TabularRegression(NumberTargets, TableRows):
    """Objective, metrics and answers are those of ``NumberTargets``, data and encoder those of ``TableRows``."""


HANDLER = TabularRegression()
