"""Bulk insert of rows that are not read back: on PostgreSQL as one JSON parameter, not one parameter per field.

Source: https://www.postgresql.org/docs/16/functions-json.html, ``json_to_recordset``. ``COPY`` would be faster still,
but is not possible with row-level security. On other databases, and as the reference, it is ``bulk_create``.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models

ROWS_AT_ONCE = 1_000


def insert_values(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Inserts ``rows`` of ``model``, each with the same names of attributes; defaults of the model do not apply.

    To make an instance of the model for each takes longer than to write it.
    """
    if not rows:
        return
    if connection.vendor != "postgresql":
        instances = [model(**row) for row in rows]
        model._base_manager.bulk_create(instances, batch_size=ROWS_AT_ONCE)  # noqa: SLF001  Django documents it
        return
    fields = [field for field in model._meta.concrete_fields if field.attname in rows[0]]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    types = ", ".join(f'"{field.attname}" {field.rel_db_type(connection)}' for field in fields)
    values = ", ".join(f'"{field.attname}"' for field in fields)
    source = f"SELECT {values} FROM json_to_recordset(%s::json) AS r({types})"  # noqa: S608  names of our own models
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) {source}'
    with connection.cursor() as cursor:
        for first in range(0, len(rows), ROWS_AT_ONCE):
            cursor.execute(statement, [_ENCODER.encode(rows[first : first + ROWS_AT_ONCE])])


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value).__name__} has no place in a bulk insert")


_ENCODER = json.JSONEncoder(default=_written, separators=(",", ":"), check_circular=False)
