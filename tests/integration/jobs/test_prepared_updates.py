"""A prepared update changes what the query set's own would, of the tenant in context as that does."""

import pytest
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.sql.compiler import SQLUpdateCompiler

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.tenancy import TenantManager, TenantNotSet, platform_scope, tenant_scope
from trainyard.jobs.models import Job

RAISED = PreparedUpdate(
    lambda *, name, by, most: (
        Job.objects.filter(name=name, priority__lt=most).annotate(raised=F("priority") + by),
        {"priority": F("raised")},
    ),
    "name",
    numbers=("by", "most"),
)
NAMED = PreparedUpdate(lambda *, job_id: (Job.objects.filter(id=job_id), {}), "job_id", columns=("name", "spec"))


def test_it_changes_the_rows_of_the_query_set_and_says_how_many(bench: Bench) -> None:
    jobs = [bench.submit(name=name) for name in ("a", "b", "a")]
    first = jobs[0].priority
    with tenant_scope(bench.organization.id):
        assert RAISED.update(name="a", by=-3, most=first + 1) == 2
        assert RAISED.update(name="a", by=5, most=first - 3) == 0
        assert RAISED.update(name="c", by=5, most=1_000) == 0
    assert [Job.across_tenants.get(id=job.id).priority for job in jobs] == [first - 3, first, first - 3]


def test_columns_get_the_values_as_their_fields_store_them(bench: Bench) -> None:
    job, other = bench.submit(name="a"), bench.submit(name="b")
    marks = {"name": "new value of spec", "spec": {"name": "value of job_id"}}
    with tenant_scope(bench.organization.id):
        NAMED.update_later(job_id=job.id, **marks)
        found = Job.objects.get(id=job.id)
        assert ({"name": found.name, "spec": found.spec}, Job.objects.get(id=other.id).name) == (marks, "b")


def test_another_tenant_changes_nothing_and_none_raises(bench: Bench, outsider: Caller) -> None:
    job = bench.submit(name="a")
    assert outsider.organization is not None
    with tenant_scope(outsider.organization.id):
        assert NAMED.update(job_id=job.id, name="b", spec={}) == 0
    with pytest.raises(TenantNotSet):
        NAMED.update(job_id=job.id, name="b", spec={})
    assert Job.across_tenants.get(id=job.id).name == "a"


def test_what_was_made_without_the_tenant_is_not_kept(
    bench: Bench, outsider: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = PreparedUpdate(lambda *, job_id: (Job.objects.filter(id=job_id), {}), "job_id", columns=("name",))
    job = bench.submit(name="a")
    assert outsider.organization is not None
    with tenant_scope(outsider.organization.id):
        with monkeypatch.context() as broken, platform_scope():
            broken.setattr(TenantManager, "get_queryset", models.Manager.get_queryset)
            assert named.update(job_id=job.id, name="b") == 1
        assert named.update(job_id=job.id, name="c") == 0


def test_a_value_that_the_update_does_not_depend_on_is_an_error(bench: Bench) -> None:
    forgetful = PreparedUpdate(lambda *, by: (Job.objects.all(), {"priority": F("priority") + 1}), numbers=("by",))
    with tenant_scope(bench.organization.id), pytest.raises(ValueError, match="31007"):
        forgetful.update(by=1)


def test_its_text_is_made_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    named = PreparedUpdate(lambda *, job_id: (Job.objects.filter(id=job_id), {}), "job_id", columns=("name",))
    job = bench.submit(name="a")
    with tenant_scope(bench.organization.id):
        named.update(job_id=job.id, name="b")
        monkeypatch.delattr(SQLUpdateCompiler, "as_sql")
        assert named.update(job_id=job.id, name="c") == 1
    assert Job.across_tenants.get(id=job.id).name == "c"


def test_where_it_fails_the_transaction_can_only_be_rolled_back(bench: Bench) -> None:
    job = bench.submit(name="a")
    with tenant_scope(bench.organization.id), transaction.atomic():
        with pytest.raises(Exception, match=r"(?i)null"):
            NAMED.update(job_id=job.id, name="b", spec=None)
        assert connection.needs_rollback
