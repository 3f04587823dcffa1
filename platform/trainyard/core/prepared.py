"""Queries whose SQL is made once a process: where a row is read by its key, making it anew takes longer than reading.

Django builds a query, and the text of its SQL, for each call. Here it does so for the first one, with marks in place of
what changes from call to call; every call then puts its values where the marks were. A session of PostgreSQL plans it
once (``core.postgresql.statements``).
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

from trainyard.core.scope import current_tenant, tenant_scope

Row = TypeVar("Row", bound=Model)
TENANT = "tenant in context"
MARKED_NUMBER = 31_007
MARKED_MOMENT = datetime(1971, 1, 1, tzinfo=UTC)
"""Marks in place of whole numbers, which the smallest columns hold, and of moments: no query of ours names either."""


class _Compiled(NamedTuple):
    """``compiler`` knows how rows become models, ``parameters`` are those of ``sql``, marks among them.

    ``converters`` are what a column's values go through, by its number: the same for every call. ``on_server`` is what
    PostgreSQL prepares of it, ``None`` elsewhere.
    """

    compiler: Any
    converters: Any
    iterable: Any
    sql: str
    parameters: tuple[Any, ...]
    on_server: Any

    def asking(self, own: dict[Any, Any]) -> tuple[str, tuple[Any, ...]]:
        """The statement and its parameters with the values ``own`` in place of the marks."""
        if self.on_server is not None:
            values = tuple(own[value] for value in self.parameters if _is_mark(value, own))
            connection: Any = connections[DEFAULT_DB_ALIAS]
            asking: tuple[str, tuple[Any, ...]] = connection.execution_of(self.on_server, values)
            return asking
        return self.sql, bound(self.parameters, own)


class Asked(Generic[Row]):
    """A prepared query with its values, to be read once: what a query set is to ``read_together``."""

    db = DEFAULT_DB_ALIAS
    _known_related_objects: dict[Any, Any] = {}
    _fields = None

    def __init__(self, compiler: Any, iterable: Any) -> None:
        self.query = SimpleNamespace(get_compiler=lambda *_, **__: compiler)
        self._iterable_class = iterable

    def __iter__(self) -> Iterator[Row]:
        rows: Iterator[Row] = iter(self._iterable_class(self))
        return rows

    def all(self) -> "Asked[Row]":
        return self

    def _chain(self) -> "Asked[Row]":
        return self


class Marks:
    """What stands in a statement's text for the values of a call: ``texts``, whole ``numbers``, aware ``moments``,
    ``dates``, and the tenant in context."""

    def __init__(
        self,
        texts: Sequence[str],
        *,
        numbers: Sequence[str] = (),
        moments: Sequence[str] = (),
        dates: Sequence[str] = (),
    ) -> None:
        self.given: dict[str, Any] = {name: f"value of {name}" for name in texts}
        self.given |= {name: MARKED_NUMBER + place for place, name in enumerate(numbers)}
        self.given |= {name: MARKED_MOMENT + timedelta(days=place) for place, name in enumerate(moments)}
        self.given |= {name: MARKED_MOMENT.date() + timedelta(days=place) for place, name in enumerate(dates)}
        self.tenant = f"value of {TENANT}"

    def own(self, parameters: Sequence[Any], values: Mapping[str, Any]) -> dict[Any, Any]:
        """What is sent in place of each mark among ``parameters``. Raises ``TenantNotSet`` where the tenant is one."""
        own = {_sent(mark): _sent(values[name]) for name, mark in self.given.items()}
        if self.tenant in parameters:
            own[self.tenant] = current_tenant()
        return own

    def are_in(self, parameters: Sequence[Any]) -> list[bool]:
        """Which of ``parameters`` are marks. Raises ``ValueError`` for a mark that is none of them."""
        if lost := [str(mark) for mark in self.given.values() if _sent(mark) not in parameters]:
            raise ValueError(f"the statement does not ask by the {', '.join(lost)}")
        sent = {self.tenant, *(_sent(mark) for mark in self.given.values())}
        return [_is_mark(value, sent) for value in parameters]


def bound(parameters: Sequence[Any], own: Mapping[Any, Any]) -> tuple[Any, ...]:
    """``parameters`` with the values ``own`` in place of the marks."""
    return tuple(own[value] if _is_mark(value, own) else value for value in parameters)


class PreparedQuery(Generic[Row]):
    """``build`` makes the query set from texts, one for each of ``parameters``, the same way whatever they are.

    Of ``numbers`` it is given whole numbers, of ``moments`` aware times; it hands all of them on as they are. It reads
    rows of the tenant in context, looked up for each call as everywhere, unless it is ``across_tenants``: one that was
    made without the tenant is not kept, so that no mistake of a moment lasts.
    """

    def __init__(
        self,
        build: Callable[..., QuerySet[Row]],
        *parameters: str,
        numbers: tuple[str, ...] = (),
        moments: tuple[str, ...] = (),
        across_tenants: bool = False,
    ) -> None:
        self._build, self._across_tenants = build, across_tenants
        self._marks = Marks(parameters, numbers=numbers, moments=moments)
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **values: Any) -> list[Row]:
        """What the query set itself would give for ``values``. Raises ``TenantNotSet`` as that would."""
        return list(self.asked(**values))

    def asked(self, **values: Any) -> Asked[Row]:
        """The query for ``values``, for ``read_together``. Raises ``TenantNotSet``."""
        connection = connections[DEFAULT_DB_ALIAS]
        compiled = self._compiled.get(connection.vendor) or self._compile()
        if self._across_tenants or self._marks.tenant in compiled.parameters:
            self._compiled[connection.vendor] = compiled
        own = self._marks.own(compiled.parameters, values)
        compiler = copy(compiled.compiler)  # the connection in it is another thread's
        compiler.connection, compiler.as_sql = connection, lambda **options: compiled.asking(own)
        compiler.get_converters = lambda columns: compiled.converters
        return Asked(compiler, compiled.iterable)

    def _compile(self) -> _Compiled:
        with tenant_scope(self._marks.tenant):
            found = self._build(**self._marks.given)
        compiler = found.query.get_compiler(using=DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        are_marks = self._marks.are_in(parameters)
        iterable = found._iterable_class  # noqa: SLF001  no other way to how its rows are made
        converters = compiler.get_converters([column for column, *_ in compiler.select[: compiler.col_count]])
        on_server = None
        if compiler.connection.vendor == "postgresql":
            on_server = compiler.connection.statement_of(sql, parameters, are_marks)
        return _Compiled(compiler, converters, iterable, sql, tuple(parameters), on_server)


def _is_mark(value: Any, marks: Container[Any]) -> bool:
    return isinstance(value, str | int | date) and value in marks


def _sent(value: Any) -> Any:
    """``value`` as it stands among the parameters of a statement."""
    if not isinstance(value, date):
        return value
    ops = connections[DEFAULT_DB_ALIAS].ops
    return ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else ops.adapt_datefield_value(value)
