"""A prepared query reads what the query set reads, of the tenant in context as that does."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import models
from django.db.models.sql.compiler import SQLCompiler

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.core.prepared import PreparedQuery
from trainyard.core.read_together import read_together
from trainyard.core.tenancy import TenantManager, TenantNotSet, platform_scope, tenant_scope
from trainyard.jobs.models import Job

ABOVE_SINCE: PreparedQuery[Job] = PreparedQuery(
    lambda *, name, most, since: Job.objects.filter(name=name, priority__lt=most, created_at__gte=since).order_by("id"),
    "name",
    numbers=("most",),
    moments=("since",),
)
BY_NAME = PreparedQuery(
    lambda *, name: Job.objects.select_related("pool").filter(name=name, priority__lt=7).order_by("id"), "name"
)


def test_it_gives_the_rows_of_the_query_set(bench: Bench) -> None:
    jobs = [bench.submit(name=name) for name in ("a", "b", "a", "value of name")]
    with tenant_scope(bench.organization.id):
        for name, expected in {"a": [jobs[0], jobs[2]], "b": [jobs[1]], "value of name": [jobs[3]], "c": []}.items():
            rows = BY_NAME.rows(name=name)
            assert rows == expected
            assert all(
                row.pool.name == "default" and row.spec == job.spec for row, job in zip(rows, expected, strict=True)
            )


def test_another_tenant_finds_nothing(bench: Bench, outsider: Caller) -> None:
    bench.submit(name="a")
    assert outsider.organization is not None
    with tenant_scope(bench.organization.id):
        assert len(BY_NAME.rows(name="a")) == 1
    with tenant_scope(outsider.organization.id):
        assert BY_NAME.rows(name="a") == []


def test_without_a_tenant_nothing_is_read(bench: Bench) -> None:
    with tenant_scope(bench.organization.id):
        BY_NAME.rows(name="a")
    with pytest.raises(TenantNotSet):
        BY_NAME.rows(name="a")


def test_a_value_that_the_query_does_not_ask_by_is_an_error() -> None:
    forgetful = PreparedQuery(lambda *, name: Job.across_tenants.filter(priority=1), "name")
    with pytest.raises(ValueError, match="value of name"):
        forgetful.rows(name="a")


def test_what_was_made_without_the_tenant_is_not_kept(
    bench: Bench, outsider: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_name = PreparedQuery(lambda *, name: Job.objects.filter(name=name), "name")
    bench.submit(name="a")
    assert outsider.organization is not None
    with tenant_scope(outsider.organization.id):
        with monkeypatch.context() as broken, platform_scope():
            broken.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
            assert len(by_name.rows(name="a")) == 1
        assert by_name.rows(name="a") == []


def test_numbers_and_moments_are_values_like_texts(bench: Bench) -> None:
    job = bench.submit(name="a")
    with tenant_scope(bench.organization.id):
        at, priority = job.created_at, job.priority
        instant = timedelta(microseconds=1)
        for most, since, expected in (
            (priority + 1, at, [job]),
            (priority, at, []),
            (priority + 1, at + instant, []),
            (priority + 1, at - instant, [job]),
        ):
            assert ABOVE_SINCE.rows(name="a", most=most, since=since) == expected


def test_it_is_read_together_with_query_sets_and_other_prepared_ones(bench: Bench) -> None:
    jobs = [bench.submit(name=name) for name in ("a", "b")]
    with tenant_scope(bench.organization.id):
        found = read_together(BY_NAME.asked(name="a"), Job.objects.filter(name="b"), BY_NAME.asked(name="c"))
    assert found == [[jobs[0]], [jobs[1]], []]


def test_how_columns_are_read_is_found_out_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    job = bench.submit()
    asked: list[int] = []
    found = SQLCompiler.get_converters

    def counted(self: SQLCompiler, columns: list[Any]) -> Any:
        asked.append(len(columns))
        return found(self, columns)

    monkeypatch.setattr(SQLCompiler, "get_converters", counted)
    prepared = PreparedQuery(lambda *, job_id: Job.objects.filter(id=job_id), "job_id")
    with tenant_scope(bench.organization.id):
        rows = [prepared.rows(job_id=job.id) for _ in range(3)]
    assert [row.spec for (row,) in rows] == [job.spec] * 3
    assert len(asked) == 1
