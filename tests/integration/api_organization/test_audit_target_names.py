"""What the audit trail calls the objects of its events, beside their ids."""

import pytest

from tests.support.platform import START, Caller
from trainyard.core import audit
from trainyard.core.tenancy import tenant_scope
from trainyard.overview.names import names_of
from trainyard.tenants.models import Organization


def target_names(caller: Caller) -> dict[str, str]:
    events = caller.get("/audit-events").json()["data"]
    return {event["action"]: event["target_name"] for event in reversed(events)}


def test_targets_of_many_kinds_are_called_by_name(owner: Caller, organization: Organization) -> None:
    owner.post("/api-keys", {"name": "CI"})
    owner.post("/budgets", {"name": "Research", "amount": "10.00", "is_hard": False})
    owner.post("/organization/invitations", {"email": "new@example.org", "role": "viewer"})
    owner.patch("/organization", {"name": "Meadow"})
    names = target_names(owner)
    assert names["api_key.create"] == "CI"
    assert {names[action] for action in names if action.startswith("budget.")} == {"Research"}
    assert {names[action] for action in names if action.startswith("invitation.")} == {"new@example.org"}
    assert names["organization.change"] == "Meadow"


@pytest.mark.parametrize("target", ["", "x", "job_gone", "test_clock"])
def test_what_is_gone_or_of_no_kind_has_no_name(owner: Caller, organization: Organization, target: str) -> None:
    audit.record(actor="tests", action="test.happen", target=target, organization_id=organization.id, now=START)
    assert target_names(owner)["test.happen"] == ""


def test_an_endpoint_is_called_by_its_address(owner: Caller) -> None:
    owner.post("/webhooks/endpoints", {"url": "https://example.com/hook", "events": ["job.*"]})
    assert target_names(owner)["webhook_endpoint.create"] == "https://example.com/hook"


def test_nothing_of_another_organization_is_named(owner: Caller, outsider: Caller, organization: Organization) -> None:
    key = outsider.post("/api-keys", {"name": "Theirs"}).json()["id"]
    ids = [key, outsider.organization.id]
    with tenant_scope(organization.id):
        assert names_of(ids) == {}
    with tenant_scope(outsider.organization.id):
        assert names_of(ids) == {key: "Theirs", outsider.organization.id: outsider.organization.name}
