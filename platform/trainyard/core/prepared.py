"""Queries whose SQL is made once a process: where a row is read by its key, making it anew takes longer than reading.

Django builds a query, and the text of its SQL, for each call. Here it does so for the first one, with marks in place of
what changes from call to call; every call then puts its values where the marks were.
"""

from collections.abc import Callable
from copy import copy
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

from trainyard.core.scope import current_tenant, tenant_scope

Row = TypeVar("Row", bound=Model)
TENANT = "tenant in context"


class _Compiled(NamedTuple):
    """``compiler`` knows how rows become models, ``parameters`` are those of ``sql``, marks among them."""

    compiler: Any
    iterable: Any
    sql: str
    parameters: tuple[Any, ...]


class PreparedQuery(Generic[Row]):
    """``build`` makes the query set from texts, one for each of ``parameters``, the same way whatever they are.

    It reads rows of the tenant in context, looked up for each call as everywhere, unless it is ``across_tenants``: one
    that was made without the tenant is not kept, so that no mistake of a moment lasts.
    """

    def __init__(self, build: Callable[..., QuerySet[Row]], *parameters: str, across_tenants: bool = False) -> None:
        self._build, self._across_tenants = build, across_tenants
        self._marks = {name: f"value of {name}" for name in (*parameters, TENANT)}
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **values: str) -> list[Row]:
        """What the query set itself would give for ``values``. Raises ``TenantNotSet`` as that would."""
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(connection.vendor) or self._compile()
        is_scoped = self._marks[TENANT] in compiled.parameters
        if is_scoped or self._across_tenants:
            self._compiled[connection.vendor] = compiled
        own = {mark: values[name] for name, mark in self._marks.items() if name != TENANT}
        if is_scoped:
            own[self._marks[TENANT]] = current_tenant()
        bound = tuple(own.get(value, value) if isinstance(value, str) else value for value in compiled.parameters)
        compiler = copy(compiled.compiler)  # the connection in it is another thread's
        compiler.connection, compiler.as_sql = connection, lambda **options: (compiled.sql, bound)
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        source = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={}, _fields=None)
        return list(compiled.iterable(source))

    def _compile(self) -> _Compiled:
        marks = {name: mark for name, mark in self._marks.items() if name != TENANT}
        with tenant_scope(self._marks[TENANT]):
            found = self._build(**marks)
        compiler = found.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        lost = set(marks.values()) - set(map(str, parameters))
        if lost:
            raise ValueError(f"the query does not ask by the {', '.join(sorted(lost))}")
        iterable = found._iterable_class  # noqa: SLF001  no other way to how its rows are made
        return _Compiled(compiler, iterable, sql, tuple(parameters))
