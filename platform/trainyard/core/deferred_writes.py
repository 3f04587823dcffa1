"""Deferred writes: inserts that nobody reads back, sent to PostgreSQL together with the next statement.

A transaction that writes ten tables then needs a few round trips instead of ten. Reads see the deferred rows, because
these are sent first; an error appears at that later statement or at the commit. On other databases, and outside a
transaction, each row is written at once. The SQL of an insert is generated once per process.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery

from trainyard.core.tenancy import TenantModel


class _Shape(NamedTuple):
    """Everything that the text of an insert depends on."""

    vendor: str
    model: type[models.Model]
    is_keyed: bool
    rows: int
    on_conflict: OnConflict | None


def insert(*rows: models.Model) -> None:
    """Writes new rows of one model; keys that the database makes are not told."""
    _insert(rows, None)


def insert_if_missing(row: models.Model) -> None:
    """Writes a new row, unless there is one that a constraint lets nobody have beside it."""
    _insert([row], OnConflict.IGNORE)


def update(rows: models.QuerySet[Any], **values: Any) -> None:
    """``rows.update(**values)``, of which nobody asks how many there were."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(values)
    query.clear_ordering(force=True)
    write(*query.get_compiler(DEFAULT_DB_ALIAS).as_sql())


def _insert(rows: Sequence[models.Model], on_conflict: OnConflict | None) -> None:
    # PostgreSQL gets several rows in another form, and one message takes several statements anyway.
    at_once = len(rows) if connection.vendor == "sqlite" else 1
    shape = _Shape(connection.vendor, type(rows[0]), rows[0].pk is not None, at_once, on_conflict)
    fields, statement = _fields(shape), _insert_statement(shape)
    for row in rows:
        if isinstance(row, TenantModel):
            row.give_to_tenant()
    for first in range(0, len(rows), at_once):
        values = (
            field.get_db_prep_save(field.pre_save(row, True), connection=connection)
            for row in rows[first : first + at_once]
            for field in fields
        )
        write(statement, list(values))
    for row in rows:
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001  Django documents it


def write(statement: str, params: Any) -> None:
    defer = getattr(connection, "defer", None)
    if defer is not None and connection.in_atomic_block:
        defer(statement, params)
        return
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


@cache
def _fields(shape: _Shape) -> list[Any]:
    meta = shape.model._meta
    return [field for field in meta.local_concrete_fields if shape.is_keyed or field is not meta.pk]


@cache
def _insert_statement(shape: _Shape) -> str:
    query = InsertQuery(shape.model, on_conflict=shape.on_conflict)
    query.insert_values(_fields(shape), [shape.model()] * shape.rows)
    ((statement, _),) = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return str(statement)
