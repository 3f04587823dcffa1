"""The audit log: who, from where, before and after; and what was altered or removed shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from tests.support.database_role import as_owner, grant
from tests.support.jobs import Bench, bench
from tests.support.platform import START, Caller, Organization
from tests.support.transactional import at_once
from trainyard.core import audit, audit_check
from trainyard.core.models import AuditChain, AuditEvent
from trainyard.core.row_security import secure
from trainyard.tenants.models import Membership, Role
from trainyard.tenants.operations import create_user

__all__ = ["bench"]

TABLE = "core_auditevent"
PASSWORD = "a password of these tests"


def record(organization_id: str = "", **data: Any) -> None:
    audit.record(actor="tests", action="test.happen", target="x", organization_id=organization_id, now=START, **data)


def findings() -> list[str]:
    return [finding.message for finding in audit_check.check()[1]]


@contextmanager
def triggers_aside() -> Iterator[None]:
    """What somebody can do who owns the database."""
    with as_owner(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")
            return
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER {TABLE}_no_{verb}")
        yield


class TestTheChain:
    def test_what_was_written_verifies(self, organization: Organization) -> None:
        for value in (1, 1.0, 1e20, 0.1, "é", None, [True, {"b": 1, "a": 2}]):
            record(organization.id, value=value, before={"is": value})
        record()
        call_command("audit", "verify")
        events = AuditEvent.objects.filter(organization_id=organization.id).order_by("sequence")
        assert list(events.values_list("sequence", flat=True)) == [*range(1, 8)]

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ("UPDATE core_auditevent SET actor = 'nobody' WHERE sequence = 2", "was altered"),
            ("UPDATE core_auditevent SET address = '::1' WHERE sequence = 2", "was altered"),
            ("UPDATE core_auditevent SET before = '{}' WHERE sequence = 2", "was altered"),
            ("DELETE FROM core_auditevent WHERE sequence = 2", "are missing before"),
            ("DELETE FROM core_auditevent WHERE sequence = 1", "are missing before"),
            ("DELETE FROM core_auditevent WHERE sequence = 3", "the chain had 3 events"),
            ("DELETE FROM core_auditevent", "the chain had 3 events"),
        ],
    )
    def test_what_was_tampered_with_is_found(self, organization: Organization, change: str, found: str) -> None:
        for number in range(3):
            record(organization.id, before={"n": number})
        with triggers_aside(), connection.cursor() as cursor:
            cursor.execute(change)
        assert any(found in message for message in findings())
        with pytest.raises(CommandError, match="breaks in"):
            call_command("audit", "verify")

    def test_an_event_hashed_anew_breaks_the_next(self, organization: Organization) -> None:
        for _ in range(3):
            record(organization.id)
        event = AuditEvent.objects.get(organization_id=organization.id, sequence=2)
        event.actor = "nobody"
        with triggers_aside():
            AuditEvent.objects.filter(pk=event.pk).update(actor="nobody", hash=audit.hash_of(event))
        assert findings() == [f"event 3 of {organization.id} does not follow the one before it"]

    @pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'x'", "DELETE FROM {}"])
    def test_the_database_refuses_to_change_it(self, organization: Organization, change: str) -> None:
        record(organization.id)
        with (
            pytest.raises(DatabaseError, match="append-only"),
            as_owner(),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change.format(TABLE))

    def test_what_is_rolled_back_leaves_no_gap(self, organization: Organization) -> None:
        record(organization.id)
        with transaction.atomic():
            record(organization.id)
            transaction.set_rollback(True)
        record(organization.id)
        assert findings() == []


def test_those_who_record_at_once_make_one_chain(committed_db: None) -> None:
    assert at_once([lambda: record("org_a")] * 6) == [None] * 6
    assert AuditChain.objects.get(organization_id="org_a").length == 6
    assert findings() == []


def test_events_from_before_the_chain_are_chained(committed_db: None) -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    chaining = loader.get_migration("core", "0005_audit_chain")
    before = loader.project_state(("core", "0004_never_truncated"))
    with as_owner():
        # This one alone: to take back all that stands on it, such as webhooks, takes as long as to migrate anew.
        with connection.schema_editor() as editor:
            chaining.unapply(before.clone(), editor)
        with connection.cursor() as cursor:
            for number in (1, 2):
                cursor.execute(
                    "INSERT INTO core_auditevent (id, organization_id, actor, action, target, data, created_at) "
                    "VALUES (%s, 'org_a', 'a', 'b', 'c', '{\"x\": 1.0}', %s)",
                    [f"aud_{number}", START],
                )
        with connection.schema_editor() as editor:
            chaining.apply(before.clone(), editor)
        secure(connection)
        if connection.vendor == "postgresql":
            grant()
    assert list(AuditEvent.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2]
    record("org_a")
    assert findings() == []
    with pytest.raises(DatabaseError, match="append-only"), as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_auditevent")


class TestWhatIsRecorded:
    def events(self, caller: Caller) -> dict[str, Any]:
        return {event["action"]: event for event in caller.get("/audit-events").json()["data"]}

    def test_jobs_with_actor_address_before_and_after(self, bench: Bench, owner: Caller) -> None:
        job = bench.submit()
        assert owner.post(f"/jobs/{job.id}/pause").status_code == 200
        assert owner.post(f"/jobs/{job.id}/pause").status_code == 200, "again changes nothing"
        events = self.events(owner)
        assert events["job.submit"]["target"] == job.id
        paused = events["job.pause"]
        assert (paused["before"]["state"], paused["after"]["state"]) == ("queued", "paused")
        assert paused["address"] == "127.0.0.1"
        assert paused["actor"].startswith("key_")
        assert AuditEvent.objects.filter(action="job.pause").count() == 1

    def test_money_with_the_wallet_before_and_after(self, organization: Organization, operator: Caller) -> None:
        body = {"amount": "10", "kind": "promotional"}
        assert operator.post(f"/admin/organizations/{organization.id}/credits", body).status_code == 201
        event = AuditEvent.objects.get(action="credit.grant")
        assert (event.before, event.after) == ({"wallet_micros": 0}, {"wallet_micros": 10_000_000})
        assert event.address == "127.0.0.1"

    def test_log_ins_and_refused_ones(self, redis_server: None, organization: Organization, owner: Caller) -> None:
        user = create_user(email="ada@example.com", password=PASSWORD, now=START)
        Membership.objects.create(organization=organization, user=user, role=Role.OWNER, created_at=START)
        client = Client()
        for password, status in (("wrong password", 400), (PASSWORD, 200)):
            body = {"email": "ada@example.com", "password": password}
            answer = client.post("/_allauth/browser/v1/auth/login", body, content_type="application/json")
            assert answer.status_code == status
        events = self.events(owner)
        for action in ("session.refuse", "session.log_in"):
            assert (events[action]["actor"], events[action]["address"]) == (user.id, "127.0.0.1")
        assert PASSWORD not in str(events)

    def test_others_see_nothing_of_it(self, bench: Bench, outsider: Caller, teammate: Caller) -> None:
        bench.submit()
        assert "job.submit" not in self.events(outsider)
        assert teammate.get("/audit-events").status_code == 403
