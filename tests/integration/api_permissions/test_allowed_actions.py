"""Objects say what their reader may do with them, by one table of states, roles and scopes."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.support.platform import caller_of
from trainyard.api import object_actions
from trainyard.api.actor import Actor
from trainyard.api.object_actions import (
    ADMIN_DISPUTE_ACTIONS,
    ADMIN_INVOICE_ACTIONS,
    ADMIN_ORGANIZATION_ACTIONS,
    ADMIN_POOL_ACTIONS,
    DATASET_ACTIONS,
    DATASET_VERSION_ACTIONS,
    INVOICE_ACTIONS,
    MODEL_ACTIONS,
    Seen,
    allowed_on,
    grantable_roles,
)
from trainyard.api.permissions import OPERATOR, PERSON
from trainyard.tenants.models import Organization, Role
from trainyard.tenants.permissions import PERMISSIONS

pytestmark = pytest.mark.django_db

DATASET = {"name": "penguins", "task": "tabular_classification", "options": {"target": "species"}}
OWNER = Actor("usr_owner", "org_one", Role.OWNER)
ENDPOINT = {"url": "https://example.com/hook", "events": ["job.*"]}


def test_a_dataset_says_what_each_reader_may_do(organization: Organization) -> None:
    writer, reader = caller_of(organization, Role.MEMBER), caller_of(organization, Role.VIEWER)
    made = writer.post("/datasets", DATASET).json()
    assert made["allowed_actions"] == ["rename", "add_version", "delete", "train"]
    assert writer.get(f"/datasets/{made['id']}").json()["allowed_actions"] == made["allowed_actions"]
    assert reader.get(f"/datasets/{made['id']}").json()["allowed_actions"] == []
    assert reader.get("/datasets").json()["data"][0]["allowed_actions"] == []


def test_a_key_is_told_by_its_scopes() -> None:
    predicts = replace(OWNER, scopes=frozenset({"models:predict"}))
    assert allowed_on(MODEL_ACTIONS, Seen(None, predicts)) == ["predict"]
    writes = replace(OWNER, scopes=frozenset({"datasets:write"}))
    assert allowed_on(DATASET_ACTIONS, Seen(None, writes)) == ["rename", "add_version", "delete"]
    assert grantable_roles(writes) == []


def test_only_a_version_that_is_ready_can_be_trained_on_and_looked_at() -> None:
    def of(state: str, role: Role = Role.MEMBER) -> list[str]:
        return allowed_on(DATASET_VERSION_ACTIONS, Seen(SimpleNamespace(state=state), Actor("usr_m", "org", role)))

    assert of("ready") == ["preview", "compare", "train"]
    assert of("ready", Role.VIEWER) == ["preview", "compare"]
    assert of("validating") == of("rejected") == []


def test_an_admin_is_told_of_no_owner_to_change_and_nobody_of_themselves(organization: Organization) -> None:
    admin, owner = caller_of(organization, Role.ADMIN), caller_of(organization, Role.OWNER)
    sent = owner.post("/organization/invitations", {"email": "one@example.com", "role": "owner"}).json()
    assert sent["allowed_actions"] == ["resend", "revoke"]
    [seen] = admin.get("/organization/invitations").json()["data"]
    assert seen["allowed_actions"] == []
    assert admin.delete(f"/organization/invitations/{seen['id']}").status_code == 403
    owner.delete(f"/organization/invitations/{seen['id']}")
    assert owner.get(f"/organization/invitations/{seen['id']}").json()["allowed_actions"] == []
    assert owner.get("/me").json()["grantable_roles"] == ["owner", "admin", "member", "billing", "viewer"]
    assert admin.get("/me").json()["grantable_roles"] == ["admin", "member", "billing", "viewer"]
    assert caller_of(organization, Role.BILLING).get("/me").json()["grantable_roles"] == []


def test_a_member_is_told_of_changes_of_others_and_to_leave() -> None:
    row = SimpleNamespace(user_id="usr_other", role=Role.OWNER)
    person = replace(OWNER, is_person=True)
    members = object_actions.MEMBER_ACTIONS
    assert allowed_on(members, Seen(row, person)) == ["change_role", "remove", "hand_over"]
    assert allowed_on(members, Seen(row, replace(person, name="usr_other"))) == ["leave"]
    assert allowed_on(members, Seen(row, replace(person, role=Role.ADMIN))) == []
    looking = replace(person, name="usr_other", role=Role.VIEWER, is_impersonating=True)
    assert allowed_on(members, Seen(row, looking)) == []


def test_an_ended_key_offers_nothing(organization: Organization) -> None:
    owner = caller_of(organization, Role.OWNER)
    made = owner.post("/api-keys", {"name": "nightly", "role": "viewer"}).json()

    def told() -> list[str]:
        rows = owner.get("/api-keys").json()["data"]
        return next(row["allowed_actions"] for row in rows if row["id"] == made["id"])

    assert told() == ["rotate", "revoke"]
    owner.delete(f"/api-keys/{made['id']}")
    assert told() == []
    assert owner.post(f"/api-keys/{made['id']}/rotate", {}).status_code == 409


def test_budgets_are_for_those_who_pay(organization: Organization) -> None:
    payer = caller_of(organization, Role.BILLING)
    made = payer.post("/budgets", {"name": "all", "amount": "5.00"}).json()
    assert made["allowed_actions"] == ["change", "delete"]
    assert caller_of(organization, Role.MEMBER).get("/budgets").json()["data"][0]["allowed_actions"] == []


def test_an_endpoint_that_is_off_sends_nothing(organization: Organization) -> None:
    admin = caller_of(organization, Role.ADMIN)
    made = admin.post("/webhooks/endpoints", ENDPOINT).json()
    path = f"/webhooks/endpoints/{made['id']}"
    assert made["allowed_actions"] == ["send_test", "replay_failed", "rotate_secret", "change", "disable", "delete"]
    delivery = admin.post(f"{path}/test", {}).json()
    assert delivery["allowed_actions"] == []  # it is still being tried
    off = admin.patch(path, {"enabled": False}).json()
    assert off["allowed_actions"] == ["rotate_secret", "change", "enable", "delete"]
    assert admin.post(f"{path}/test", {}).status_code == 409
    assert caller_of(organization, Role.VIEWER).get(path).json()["allowed_actions"] == []


def test_invoices_and_tenants_are_told_of_by_their_states() -> None:
    operator = Actor("usr_operator", is_operator=True)

    def invoice(state: str, paid: int = 0) -> SimpleNamespace:
        return SimpleNamespace(state=state, paid_micros=paid, credited_micros=0)

    assert allowed_on(ADMIN_INVOICE_ACTIONS, Seen(invoice("finalized"), operator)) == ["pay", "credit", "void"]
    assert allowed_on(ADMIN_INVOICE_ACTIONS, Seen(invoice("paid", 5), operator)) == ["credit"]
    assert allowed_on(ADMIN_INVOICE_ACTIONS, Seen(invoice("void"), operator)) == []
    assert allowed_on(ADMIN_INVOICE_ACTIONS, Seen(invoice("finalized"), OWNER)) == []
    assert allowed_on(INVOICE_ACTIONS, Seen(invoice("finalized"), OWNER)) == ["dispute"]
    assert allowed_on(INVOICE_ACTIONS, Seen(invoice("draft"), OWNER)) == []
    assert allowed_on(INVOICE_ACTIONS, Seen(invoice("finalized"), operator)) == []
    for table, state, actions in (
        (ADMIN_DISPUTE_ACTIONS, "open", ["approve", "reject"]),
        (ADMIN_DISPUTE_ACTIONS, "approved", []),
        (ADMIN_ORGANIZATION_ACTIONS, "active", ["suspend"]),
        (ADMIN_ORGANIZATION_ACTIONS, "suspended", ["reactivate"]),
        (ADMIN_ORGANIZATION_ACTIONS, "closing", []),
        (ADMIN_POOL_ACTIONS, "closed", ["open"]),
    ):
        assert allowed_on(table, Seen(SimpleNamespace(state=state), operator)) == actions


def test_every_action_has_a_permission_of_the_table() -> None:
    tables = [table for name, table in vars(object_actions).items() if name.endswith("_ACTIONS")]
    named = {action.permission for table in tables for action in table.values()}
    assert named <= {*PERMISSIONS, OPERATOR, PERSON}
