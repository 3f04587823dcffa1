"""Updates whose SQL is made once a process, as that of ``prepared`` reads is.

Django builds the text of an update for each call, in most of the time that a short transaction takes.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.sql import UpdateQuery

from trainyard.core import deferred_writes
from trainyard.core.prepared import Marks, bound
from trainyard.core.tenancy import tenant_scope

Changes = Mapping[str, Any]


class _CompiledUpdate(NamedTuple):
    sql: str
    parameters: tuple[Any, ...]
    fields: Mapping[str, Any]
    """Of the columns that a call gives a value, by that value's mark."""


class PreparedUpdate:
    """``build`` makes the query set, and the expressions that its rows are changed by, of what a call gives.

    ``parameters``, ``numbers`` and ``dates`` are as those of a ``PreparedQuery``; ``columns`` names fields that get the
    value which the call has for them. It changes rows of the tenant in context alone: one that was made without the
    tenant is not kept.
    """

    def __init__(
        self,
        build: Callable[..., tuple[QuerySet[Any], Changes]],
        *parameters: str,
        numbers: tuple[str, ...] = (),
        dates: tuple[str, ...] = (),
        columns: tuple[str, ...] = (),
    ) -> None:
        self._build, self._columns = build, columns
        self._marks = Marks(parameters, numbers=numbers, dates=dates)
        self._compiled: dict[str, _CompiledUpdate] = {}

    def update(self, **values: Any) -> int:
        """How many rows it changed. Raises what the query set's own ``update`` does, and ``TenantNotSet``."""
        statement, parameters = self._statement(values)
        with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return int(cursor.rowcount)

    def update_later(self, **values: Any) -> None:
        """``update`` of which nobody asks how many rows it changed: see ``deferred_writes``."""
        deferred_writes.write(*self._statement(values))

    def _statement(self, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
        compiled = self._compiled.get(connection.vendor) or self._compile()
        if self._marks.tenant in compiled.parameters:
            self._compiled[connection.vendor] = compiled
        changed = {
            mark: field.get_db_prep_save(values[field.name], connection) for mark, field in compiled.fields.items()
        }
        return compiled.sql, bound(compiled.parameters, self._marks.own(compiled.parameters, values) | changed)

    def _compile(self) -> _CompiledUpdate:
        with tenant_scope(self._marks.tenant):
            rows, changes = self._build(**self._marks.given)
        fields = {f"new value of {name}": rows.model._meta.get_field(name) for name in self._columns}
        columns = {field.name: Value(mark, output_field=TextField()) for mark, field in fields.items()}
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values({**columns, **changes})
        query.annotations = {}  # as ``QuerySet.update`` has it: they are in what uses them by now
        query.clear_ordering(force=True)
        sql, parameters = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        self._marks.are_in(parameters)
        return _CompiledUpdate(sql, tuple(parameters), fields)
