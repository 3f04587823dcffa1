"""Lists read what they show, however many other rows there are."""

import pytest
from django.db import connection

from tests.support.jobs import Bench
from trainyard.core import statistics
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import queries
from trainyard.jobs.models import MetricChunk


@pytest.mark.parametrize("name", ["architecture", "task", "dataset_version", "pool"])
def test_each_filter_of_the_list_has_an_index_in_the_order_of_its_pages(bench: Bench, name: str) -> None:
    with tenant_scope(bench.organization.id), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # else it reads a table of no rows whole
        plan = queries.jobs(**{name: "of-no-job"}).order_by("-pk")[:51].explain()
    assert f"jobs_by_{name}" in plan
    assert "ORDER BY" not in plan
    assert "Sort" not in plan


def test_a_jobs_log_and_the_stream_of_its_points_are_read_in_their_order(bench: Bench) -> None:
    job = bench.submit()
    with tenant_scope(bench.organization.id), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        log = queries.log_lines(job.id).order_by("id")[:51].explain()
        points = MetricChunk.objects.filter(job=job, id__gt=7).order_by("id").explain()
    assert "log_lines_by_job" in log
    assert "metric_chunks_by_job" in points
    assert not any(word in plan for plan in (log, points) for word in ("ORDER BY", "Sort"))


def test_the_database_knows_how_selective_its_indexes_are(bench: Bench) -> None:
    bench.submit()
    statistics.refresh()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'jobs_job'")
            assert ("jobs_by_pool",) in cursor.fetchall()
