"""Warnings of a dataset about its columns."""

from collections.abc import Iterable, Mapping

from trainyard_engine.ingest.problems import ProblemLog, WarningCode
from trainyard_engine.modalities.tabular.columns import ColumnScan, Dropped
from trainyard_spec.datasets import AnyColumn, CategoricalColumn, NumberForm

READ_AS: dict[NumberForm, str] = {
    "number": "with commas between thousands, though they could be decimal commas",
    "datetime_month_first": "as dates with the month first, though it could be the day",
}


def note_columns(
    columns: Iterable[AnyColumn],
    dropped: Iterable[Dropped],
    scans: Mapping[str, ColumnScan],
    rows: int,
    log: ProblemLog,
) -> None:
    """Adds a warning for each column that was left out, or that may have been meant otherwise than it was read."""
    for gone in dropped:
        log.note(gone.code, f"Column {gone.name!r} {gone.reason}; it was left out.", column=gone.name)
    for column in columns:
        scan = scans[column.name]
        if isinstance(column, CategoricalColumn):
            strange = scan.strange_cell(rows)
            if strange:
                message = f"Column {column.name!r} was read as categories{strange}."
                log.note(WarningCode.NUMBERS_AS_CATEGORIES, message, column=column.name)
        elif scan.is_ambiguous:
            message = f"Column {column.name!r} was read {READ_AS[column.form]}. Spell it otherwise if that is wrong."
            log.note(WarningCode.AMBIGUOUS_NUMBERS, message, column=column.name)
