"""With the first wall gone, PostgreSQL shows and takes no row of another tenant."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from tests.support.jobs import Bench, bench
from tests.support.platform import START, Caller
from trainyard.core import row_security, tenancy
from trainyard.core.tenancy import no_scope, tenant_scope
from trainyard.jobs.models import Event, Job
from trainyard.tenants.models import Organization

__all__ = ["bench"]

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security")


def leads_to_a_tenant(model: type[models.Model]) -> bool:
    related = [field.related_model for field in model._meta.concrete_fields if field.related_model is not None]
    return any(row_security.tenant_field(each) is not None for each in related)


def test_every_model_that_leads_to_an_organization_says_whose_its_rows_are() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("trainyard.")]
    silent = [model.__name__ for model in ours if row_security.tenant_field(model) is None and leads_to_a_tenant(model)]
    assert silent == [], "give these models an organization, or name in tenant_field the field that leads to one"


@pytest.mark.django_db
@on_postgresql
def test_every_table_with_rows_of_tenants_has_its_policy_and_the_role_bypasses_none() -> None:
    from trainyard.core.postgresql.roles import bypassed_by

    expected = {model._meta.db_table: {row_security.policy_name(model)} for model in row_security.tenant_models()}
    assert len(expected) > 20
    assert row_security.secured_tables(connection) == expected
    assert bypassed_by(connection) == []


@pytest.fixture
def first_wall_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every manager answers the rows of everybody, as after the worst mistake that a change could make."""
    monkeypatch.setattr(tenancy.TenantManager, "get_queryset", models.Manager.get_queryset)


@pytest.fixture
def job(bench: Bench) -> Job:
    return bench.submit()


LISTS = ["/jobs", "/datasets", "/models", "/api-keys", "/usage", "/ledger", "/audit-events"]


@pytest.mark.usefixtures("first_wall_removed")
@on_postgresql
class TestWithoutTheManagers:
    @pytest.mark.parametrize("path", LISTS)
    def test_lists_hold_nothing_of_another_tenant(self, job: Job, outsider: Caller, path: str) -> None:
        assert Job.objects.count() == 1, "the first wall is gone"
        listed = outsider.get(path).json()["data"]
        assert job.organization_id not in str(listed)
        assert path == "/api-keys" or path == "/audit-events" or listed == []

    def test_objects_are_not_found(self, job: Job, outsider: Caller, owner: Caller) -> None:
        dataset = job.dataset_version.dataset_id
        for path in (f"/jobs/{job.id}", f"/jobs/{job.id}/events", f"/datasets/{dataset}"):
            assert owner.get(path).status_code == 200
            assert outsider.get(path).status_code == 404

    def test_nothing_can_be_steered(self, job: Job, outsider: Caller) -> None:
        assert outsider.post(f"/jobs/{job.id}/cancel").status_code == 404
        assert Job.objects.get().state == "queued"


@pytest.fixture
def two(job: Job, outsider: Caller) -> tuple[str, str]:
    """The ids of an organization with a job and of one without."""
    assert outsider.organization is not None
    return job.organization_id, outsider.organization.id


def organization_in_force() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s), '100%%'", [row_security.ORGANIZATION_SETTING])
        return str(cursor.fetchone()[0])


def jobs_seen() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_job")
        return int(cursor.fetchone()[0])


@on_postgresql
class TestStatements:
    def test_see_what_their_scope_may_see(self, two: tuple[str, str]) -> None:
        with_job, without = two
        assert jobs_seen() == 1, "the platform sees all"
        with no_scope():
            assert jobs_seen() == 0
            with tenant_scope(without):
                assert jobs_seen() == 0
            with tenant_scope(with_job):
                assert jobs_seen() == 1
            assert jobs_seen() == 0

    def test_change_nothing_of_another_tenant(self, two: tuple[str, str]) -> None:
        with no_scope(), tenant_scope(two[1]):
            assert Job.across_tenants.update(name="taken") == 0
            assert Job.across_tenants.all()._raw_delete("default") == 0
        assert Job.across_tenants.exclude(name="taken").count() == 1

    def test_write_nothing_for_another_tenant(self, job: Job, two: tuple[str, str]) -> None:
        event = Event(job=job, organization_id=two[0], sequence=99, type="x", data={}, created_at=job.created_at)
        with no_scope(), tenant_scope(two[1]), pytest.raises(DatabaseError, match="row-level security"):
            event.save(force_insert=True)

    def test_keep_their_scope_after_a_rollback(self, two: tuple[str, str]) -> None:
        with_job, without = two
        with no_scope(), tenant_scope(without):
            with transaction.atomic():
                with tenant_scope(with_job):
                    assert jobs_seen() == 1
                transaction.set_rollback(True)
            assert jobs_seen() == 0
        with no_scope(), tenant_scope(with_job), transaction.atomic():
            with pytest.raises(DatabaseError), transaction.atomic():
                Organization.objects.create(id=without, name="Taken", created_at=START)
            assert jobs_seen() == 1

    def test_that_fail_change_no_scope(self, two: tuple[str, str]) -> None:
        with_job, without = two
        with no_scope(), tenant_scope(without):
            assert jobs_seen() == 0
            with tenant_scope(with_job):
                with pytest.raises(DatabaseError, match="division"), transaction.atomic():
                    connection.cursor().execute("SELECT 1 / 0")
                assert jobs_seen() == 1
            assert jobs_seen() == 0

    def test_of_the_application_cannot_put_the_walls_away(self, two: tuple[str, str]) -> None:
        for statement in (
            "ALTER TABLE jobs_job DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE billing_ledgerentry DISABLE TRIGGER ALL",
            "UPDATE billing_ledgerentry SET amount_micros = 0",
            "TRUNCATE core_auditevent",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(DatabaseError, match=r"must be owner|permission denied"), transaction.atomic():
                connection.cursor().execute(statement)


@on_postgresql
def test_a_connection_of_the_pool_keeps_no_scope(committed_db: None) -> None:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    with no_scope():
        with tenant_scope(organization.id):
            assert Organization.objects.count() == 1
            with transaction.atomic():
                assert Organization.objects.count() == 1
        connection.close()
        assert Organization.objects.count() == 0
        with tenant_scope(organization.id), pytest.raises(ZeroDivisionError), transaction.atomic():
            raise ZeroDivisionError
        assert Organization.objects.count() == 0


@on_postgresql
def test_a_request_sets_its_scope_twice_at_most(job: Job, owner: Caller, settings_sent: list[Any]) -> None:
    assert owner.get(f"/jobs/{job.id}").status_code == 200
    assert len(settings_sent) <= 2, "once to find out who asks, once for them"


@pytest.fixture
def settings_sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    from trainyard.core.postgresql import base

    sent: list[Any] = []
    made = base._assignments

    def counting(*args: Any, **kwargs: Any) -> Any:
        sent.append(args)
        return made(*args, **kwargs)

    monkeypatch.setattr(base, "_assignments", counting)
    return sent


@pytest.mark.usefixtures("committed_db")
@on_postgresql
def test_outside_transactions_the_scope_comes_with_the_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """In its message, also for one that fails, which leaves what was in force before."""
    connection.ensure_connection()
    with monkeypatch.context() as without, no_scope(), tenant_scope("org_a"):
        without.delattr(type(connection.connection), "execute")  # what would be a message of its own
        assert organization_in_force() == "org_a"
        with tenant_scope("org_b%"):
            with pytest.raises(DatabaseError, match="division"):
                connection.cursor().execute("SELECT 1 / 0")
            assert organization_in_force() == "org_b%"
        assert organization_in_force() == "org_a"
