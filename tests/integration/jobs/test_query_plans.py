"""Lists read what they show, however many other rows there are."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from tests.support.jobs import Bench
from trainyard.core import analyze_tables
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import queries
from trainyard.jobs.models import MetricChunk

SORTS = {"sqlite": "TEMP B-TREE FOR ORDER BY", "postgresql": "Sort"}


def plan_of(rows: QuerySet[Any]) -> str:
    """How the database means to read ``rows``, were there many others."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Else it reads a table of no rows whole, or sorts them, which is as fast.
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    return rows.explain()


def sorts(plan: str) -> bool:
    return SORTS[connection.vendor] in plan


def test_an_order_without_an_index_is_seen_in_the_plan(bench: Bench) -> None:
    with tenant_scope(bench.organization.id):
        assert sorts(plan_of(queries.jobs().order_by("name")))


@pytest.mark.parametrize("name", ["architecture", "task", "dataset_version", "pool"])
def test_each_filter_of_the_list_has_an_index_in_the_order_of_its_pages(bench: Bench, name: str) -> None:
    with tenant_scope(bench.organization.id):
        plan = plan_of(queries.jobs(**{name: "of-no-job"}).order_by("-pk")[:51])
    assert f"jobs_by_{name}" in plan
    assert not sorts(plan)


def test_a_jobs_log_and_the_stream_of_its_points_are_read_in_their_order(bench: Bench) -> None:
    job = bench.submit()
    with tenant_scope(bench.organization.id):
        log = plan_of(queries.log_lines(job.id).order_by("id")[:51])
        points = plan_of(MetricChunk.objects.filter(job=job, id__gt=7).order_by("id"))
    assert "log_lines_by_job" in log
    assert "metric_chunks_by_job" in points
    assert not sorts(log)
    assert not sorts(points)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL looks at its tables by itself")
def test_sqlite_knows_how_selective_its_indexes_are(bench: Bench) -> None:
    bench.submit()
    analyze_tables.refresh()
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'jobs_job'")
        assert ("jobs_by_pool",) in cursor.fetchall()
