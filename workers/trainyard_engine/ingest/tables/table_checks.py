"""Checks of a table that is too short, or lacks a column."""

import re
from collections.abc import Sequence
from typing import NoReturn

from trainyard_common.did_you_mean import near_name
from trainyard_engine.ingest.formats import Format
from trainyard_engine.ingest.problems import ProblemCode, ProblemLog
from trainyard_engine.ingest.request import CompileRequest
from trainyard_engine.ingest.tables.any_table import format_of
from trainyard_engine.ingest.tables.batches import NO_HEADER, NUMBER

MOST_WORDS = 5
"""Of the name of a column; what has more may be a text."""
LEAST_STEPS = 5
STEP = re.compile(r"[A-Za-z]{0,4}[ _]?\d+(?:[-/.]\d+){0,2}")
"""What the columns of a wide table of series are called: by numbers, as those of M4, or by dates."""
SEPARATORS = "Columns are told apart by commas, semicolons, tabs or |."


def check_any_rows(rows: int, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` when there are none, or one object stands for all: its keys are no columns."""
    if rows == 0:
        message = "The table has no rows. Add rows below its header."
        log.reject(ProblemCode.EMPTY_FILE, message, file=request.filename)
    if rows == 1 and format_of(request) is Format.JSONL:
        hint = ' If this one object is all rows, write a list of objects instead, one for each row: [{"x": 1}, …]; in'
        hint += ' pandas: to_json(orient="records").'
        _reject_few(rows, hint, request, log)


def check_rows(rows: int, request: CompileRequest, log: ProblemLog) -> None:
    """Raises ``Rejected`` when there are too few: after the columns, for who names a wrong one learns that first."""
    if rows < request.limits.least_rows:
        _reject_few(rows, "", request, log)


def _reject_few(rows: int, hint: str, request: CompileRequest, log: ProblemLog) -> NoReturn:
    least = request.limits.least_rows
    message = f"The table has {rows} row{'s' * (rows > 1)}; at least {least} are needed. Add more.{hint}"
    log.reject(ProblemCode.TOO_FEW_ROWS, message, file=request.filename)


def no_such_column(name: str, names: Sequence[str]) -> str:
    """The sentence that says so, and which there are."""
    near = near_name(name, names)
    columns = ", ".join(names[:20])
    hint = f"Did you mean {near!r}?" if near else f"The columns are {columns}{', …' if len(names) > 20 else ''}."
    if len(names) == 1 and not near:
        hint = f"The only column is {names[0]!r}. {SEPARATORS} The first line names them."
    if any(map(NUMBER.fullmatch, names)) or any(len(column.split()) > MOST_WORDS for column in names):
        hint += f" {NO_HEADER}"
    return f"There is no column {name!r}. {hint}{_form_of(names)}"


def _form_of(names: Sequence[str]) -> str:
    """A sentence on columns that show a form which is no table of rows; empty for others."""
    if names[:1] and names[0].startswith("__label__"):
        return " This is fastText's form: write a table of two columns instead, the text and its class."
    if {"data", "annotations"} <= {*names}:
        return " This is Label Studio's whole export: export JSON-MIN or CSV instead."
    if len(names) >= LEAST_STEPS and all(map(STEP.fullmatch, names[1:])):
        return " If each row is a whole series, the option time is columns, and the target of a forecast value."
    return ""
