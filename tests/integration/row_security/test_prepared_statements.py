"""What a session of PostgreSQL has prepared is planned once, is bound by row security, and goes on when it is lost."""

import pytest
from django.db import DatabaseError, connection, models, transaction

from tests.integration.row_security.test_second_wall import on_postgresql
from tests.support.jobs import Bench, bench
from tests.support.platform import START, Caller
from trainyard.billing.models import BillingAccount
from trainyard.core import tenancy
from trainyard.core.prepared import PreparedQuery
from trainyard.core.tenancy import no_scope, platform_scope, tenant_scope
from trainyard.jobs.models import Job
from trainyard.tenants.models import Organization

__all__ = ["bench"]

pytestmark = on_postgresql
UNTIL_PLANNED_FOR_ALL_VALUES = 7
"""PostgreSQL plans an execution for its values five times before it may keep one plan for all."""


def times_planned(text: str) -> tuple[int, int]:
    """For the values of one execution, and for all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", [text]
        )
        ((custom, generic),) = cursor.fetchall()
    return int(custom), int(generic)


def test_a_statement_is_prepared_once_a_session(bench: Bench) -> None:
    by_name = PreparedQuery(lambda *, name: Job.objects.filter(name=name, task="planned once 100%"), "name")
    with tenant_scope(bench.organization.id):
        for number in range(UNTIL_PLANNED_FOR_ALL_VALUES):
            assert by_name.rows(name=f"it's {number}%") == []
    custom, generic = times_planned("planned once 100%")
    assert custom + generic == UNTIL_PLANNED_FOR_ALL_VALUES
    assert generic > 0


def test_a_plan_that_is_kept_shows_nothing_of_another_tenant(
    bench: Bench, outsider: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the managers gone, so that the policy alone stands in the plan."""
    job = bench.submit()
    monkeypatch.setattr(tenancy.TenantManager, "get_queryset", models.Manager.get_queryset)
    prepared = PreparedQuery(lambda *, job_id: Job.objects.filter(id=job_id), "job_id", across_tenants=True)
    assert outsider.organization is not None
    with no_scope():
        for _ in range(UNTIL_PLANNED_FOR_ALL_VALUES):
            with tenant_scope(bench.organization.id):
                assert prepared.rows(job_id=job.id) == [job]
            with tenant_scope(outsider.organization.id):
                assert prepared.rows(job_id=job.id) == []
            assert prepared.rows(job_id=job.id) == []
            with platform_scope():
                assert prepared.rows(job_id=job.id) == [job]


def test_what_a_session_has_lost_is_prepared_anew(committed_db: None) -> None:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    by_id = PreparedQuery(lambda *, key: Organization.objects.filter(id=key), "key")
    with no_scope(), tenant_scope(organization.id):
        assert by_id.rows(key=organization.id) == [organization]
        connection.connection.execute("DEALLOCATE ALL")
        assert by_id.rows(key=organization.id) == [organization]
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("EXECUTE nobody_prepared_this")
        assert by_id.rows(key=organization.id) == [organization]


def test_in_a_transaction_the_next_one_prepares_anew(bench: Bench) -> None:
    job = bench.submit()
    prepared = PreparedQuery(lambda *, job_id: Job.objects.filter(id=job_id), "job_id")
    with tenant_scope(bench.organization.id):
        assert prepared.rows(job_id=job.id) == [job]
        connection.connection.execute("DEALLOCATE ALL")
        with pytest.raises(DatabaseError, match="does not exist"), transaction.atomic():
            prepared.rows(job_id=job.id)
        assert prepared.rows(job_id=job.id) == [job]


def test_a_transaction_that_begins_by_preparing_has_its_scope(committed_db: None) -> None:
    """PREPARE begins a transaction, in which nothing that the last one had set holds any more."""
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    accounts = PreparedQuery(lambda *, code: BillingAccount.objects.filter(currency=code), "code")
    with no_scope(), tenant_scope(organization.id):
        BillingAccount.objects.create(organization=organization, currency="EUR", created_at=START)
        connection.close()
        with transaction.atomic():
            assert BillingAccount.objects.count() == 1
        with transaction.atomic():
            assert len(accounts.rows(code="EUR")) == 1
