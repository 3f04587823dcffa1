"""Limits of bytes that an operator gives one organization."""

import io

import pytest

from tests.support.platform import Caller
from trainyard.core.models import AuditEvent


def address(caller: Caller) -> str:
    assert caller.organization is not None
    return f"/admin/organizations/{caller.organization.id}/limits"


def test_limits_are_set_in_parts_read_and_audited(operator: Caller, owner: Caller) -> None:
    assert operator.get(address(owner)).json() == {"max_stored_bytes": None, "max_bytes_in_flight": None}
    operator.post(address(owner), {"max_stored_bytes": 1000})
    answer = operator.post(address(owner), {"max_bytes_in_flight": 2**40})
    assert answer.json() == {"max_stored_bytes": 1000, "max_bytes_in_flight": 2**40}
    assert operator.post(address(owner), {"max_stored_bytes": None}).json()["max_stored_bytes"] is None
    assert AuditEvent.objects.filter(action="organization.limits").count() == 3


def test_a_limit_holds_for_its_organization_alone(operator: Caller, owner: Caller, outsider: Caller) -> None:
    operator.post(address(owner), {"max_stored_bytes": 3})
    for caller, status in ((owner, 413), (outsider, 201)):
        dataset = {"name": "d", "task": "tabular_classification", "options": {"target": "b"}}
        made = caller.post("/datasets", dataset).json()["id"]
        file = io.BytesIO(b"a,b\n1,2\n")
        file.name = "d.csv"
        assert caller.upload(f"/datasets/{made}/versions", file=file).status_code == status


@pytest.mark.parametrize("body", [{"max_stored_bytes": -1}, {"max_stored_bytes": 2**70}, {"max_stored": 1}])
def test_a_wrong_limit_names_its_field(operator: Caller, owner: Caller, body: dict[str, int]) -> None:
    answer = operator.post(address(owner), body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, list(body))


def test_limits_are_for_operators(operator: Caller, owner: Caller, teammate: Caller, outsider: Caller) -> None:
    for caller in (owner, teammate, outsider):
        assert caller.get(address(owner)).status_code == 403
        assert caller.post(address(owner), {"max_stored_bytes": 1}).status_code == 403
    assert operator.get("/admin/organizations/org_none/limits").status_code == 404
    assert operator.post("/admin/organizations/org_none/limits", {}).status_code == 404
