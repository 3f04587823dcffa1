"""Reads that do not depend on one another, asked of PostgreSQL in one message: the answers take one round trip."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

from trainyard.core.prepared import Asked


def read_together(*asked: QuerySet[Any] | Asked[Any]) -> list[list[Any]]:
    """What each of the query sets, none of which prefetches, gives as a list, in their order.

    Elsewhere than on PostgreSQL one after the other.
    """
    if connection.vendor != "postgresql":
        return [list(each.all()) for each in asked]
    compilers = [each.query.get_compiler(DEFAULT_DB_ALIAS) for each in asked]
    statements = [_compiled(compiler) for compiler in compilers]
    present = [statement for statement in statements if statement is not None]
    answers = iter(_answers(present))
    return [
        [] if statement is None else _rows(each, compiler, next(answers))
        for each, compiler, statement in zip(asked, compilers, statements, strict=True)
    ]


def _compiled(compiler: Any) -> tuple[str, tuple[Any, ...]] | None:
    """``None`` where no row can be asked for."""
    try:
        statement, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    return statement, tuple(params)


def _answers(statements: list[tuple[str, tuple[Any, ...]]]) -> list[list[Any]]:
    if not statements:
        return []
    answers = []
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(text for text, _ in statements), [value for _, params in statements for value in params]
        )
        for number in range(len(statements)):
            if number:
                cursor.nextset()
            answers.append(cursor.fetchall())
    return answers


def _rows(asked: QuerySet[Any] | Asked[Any], compiler: Any, answer: list[Any]) -> list[Any]:
    """The rows of ``answer`` as the query set makes them."""
    compiler.execute_sql = lambda *_, **__: [answer]
    source: Any = asked
    answered = source._chain()  # noqa: SLF001  no other way to how its rows are made
    answered.query.get_compiler = lambda *_, **__: compiler
    return list(answered._iterable_class(answered))  # noqa: SLF001  likewise
