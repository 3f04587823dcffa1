"""Writes that go with a later statement happen all the same, in their order; reads that go together find the same."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from tests.support.jobs import Bench
from tests.support.platform import Caller
from tests.support.queries import table_queries
from trainyard.core import deferred_writes
from trainyard.core.models import DomainEvent, IdempotencyRecord
from trainyard.core.read_together import read_together
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool

NOW = datetime(2026, 3, 4, 5, 6, 7, 891, UTC)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is not asked by messages")


def event(object_id: str = "job_1", **fields: object) -> DomainEvent:
    return DomainEvent(
        organization_id="org_1", type="test", object_id=object_id, data={"%s": "100 %"}, created_at=NOW, **fields
    )


def record(key: str = "once") -> IdempotencyRecord:
    return IdempotencyRecord(scope="org_1", key=key, request_sha256="0", created_at=NOW)


def undone(object_id: str) -> None:
    """Writes it in a transaction that fails afterwards."""
    with suppress(RuntimeError), transaction.atomic():
        deferred_writes.insert(event(object_id))
        raise RuntimeError


def objects() -> list[str]:
    with platform_scope():
        return list(DomainEvent.objects.order_by("sequence").values_list("object_id", flat=True))


@pytest.mark.django_db
def test_what_was_deferred_is_read_as_it_was_written() -> None:
    with platform_scope():
        written = event()
        deferred_writes.insert(written)
        assert not written._state.adding
        found = DomainEvent.objects.get(id=written.id)
    assert (found.data, found.created_at, found.fanned_out_at) == ({"%s": "100 %"}, NOW, None)


@pytest.mark.django_db
def test_several_rows_and_changes_of_them_keep_their_order() -> None:
    with platform_scope():
        deferred_writes.insert(event("job_1"), event("job_2"))
        deferred_writes.update(DomainEvent.objects.filter(object_id="job_2").order_by("id"), object_id="job_3")
        deferred_writes.insert(event("job_2"))
        assert objects() == ["job_1", "job_3", "job_2"]
        deferred_writes.update(DomainEvent.objects.filter(object_id="job_1"), sequence=F("sequence") + 1_000)
        assert DomainEvent.objects.filter(object_id="job_1").update(type="other") == 1, "its own count, not theirs"


@on_postgresql
@pytest.mark.django_db
def test_it_goes_with_the_next_statement() -> None:
    with platform_scope():
        objects()  # the scope is stated
        with table_queries(1):
            deferred_writes.insert(event("job_1"))
            deferred_writes.insert(event("job_2"))
            assert objects() == ["job_1", "job_2"]


@pytest.mark.django_db
def test_a_rollback_takes_along_what_was_deferred() -> None:
    with platform_scope():
        undone("job_1")
        with transaction.atomic():
            deferred_writes.insert(event("job_2"))
        assert objects() == ["job_2"]


@pytest.mark.django_db
def test_what_the_database_has_against_it_is_raised_before_the_end_of_the_transaction() -> None:
    with platform_scope():
        with pytest.raises(IntegrityError), transaction.atomic():
            deferred_writes.insert(event(id="evt_1"), event(id="evt_1"))
        assert objects() == []


@pytest.mark.django_db
def test_each_is_written_in_the_scope_of_its_time(bench: Bench) -> None:
    """By the database's own wall, which lets nobody write another's rows."""
    own = bench.organization.id
    with tenant_scope(own):
        deferred_writes.insert(IdempotencyRecord(scope=own, key="a", request_sha256="0", created_at=NOW))
    with tenant_scope("org_other"):
        deferred_writes.insert(IdempotencyRecord(scope="org_other", key="b", request_sha256="0", created_at=NOW))
        assert IdempotencyRecord.objects.filter(scope="org_other").count() == 1
    with tenant_scope(own):
        assert IdempotencyRecord.objects.filter(scope=own, key="a").count() == 1


def test_the_first_of_a_transaction_is_written_in_its_own_scope(committed_db: None) -> None:
    """Whatever was in force before the transaction, to which the second one's is the same."""
    with tenant_scope("org_2"):
        assert IdempotencyRecord.objects.count() == 0
    with transaction.atomic():
        for scope in ("org_1", "org_2"):
            with tenant_scope(scope):
                deferred_writes.insert(IdempotencyRecord(scope=scope, key="a", request_sha256="0", created_at=NOW))
    with platform_scope():
        assert IdempotencyRecord.objects.count() == 2


@pytest.mark.django_db
def test_one_that_is_there_is_left_alone() -> None:
    with tenant_scope("org_1"):
        first = record()
        first.save()
        deferred_writes.insert_if_missing(record())
        deferred_writes.insert_if_missing(record("twice"))
        found = IdempotencyRecord.objects.order_by("id").values_list("key", flat=True)
        assert list(found) == ["once", "twice"]


def test_a_commit_sends_what_was_deferred(committed_db: None) -> None:
    with platform_scope():
        with transaction.atomic():
            deferred_writes.insert(event("job_1"))
        deferred_writes.insert(event("job_2"))  # outside of any transaction: at once
        with pytest.raises(IntegrityError), transaction.atomic():
            deferred_writes.insert(event(id=DomainEvent.objects.get(object_id="job_1").id))
        undone("job_3")
        assert objects() == ["job_1", "job_2"]


@pytest.mark.django_db
def test_reads_together_find_what_each_finds_alone(bench: Bench, owner: Caller) -> None:
    bench.submit()
    with tenant_scope(bench.organization.id):
        asked = (
            Job.objects.select_related("pool").order_by("id"),
            Pool.objects.filter(name="none"),
            Job.objects.values_list("spec", "created_at"),
            Job.objects.values("name", "slots"),
            Job.objects.none(),
            Pool.objects.annotate(half=F("revision") / 2).values_list("name", flat=True),
        )
        alone = [list(each.all()) for each in asked]
        deferred_writes.insert(event())
        together = read_together(*asked)
        assert together == alone
        with table_queries(0):
            assert together[0][0].pool.name == bench.pool.name
        assert objects()[-1] == "job_1"
        assert read_together(Job.objects.none()) == [[]]
        assert read_together() == []


@on_postgresql
@pytest.mark.django_db
def test_reads_together_are_one_message(bench: Bench) -> None:
    with tenant_scope(bench.organization.id):
        Job.objects.count()  # the scope is stated
        with table_queries(1):
            read_together(Job.objects.all(), Pool.objects.all(), Job.objects.filter(name="%"))
