"""Scopes and monthly caps of API keys."""

from typing import Any

import pytest

from tests.support.platform import Caller
from trainyard.core.models import AuditEvent


@pytest.fixture
def issue(owner: Caller) -> Any:
    """Makes a key and returns it as a caller."""

    def make(**terms: Any) -> Caller:
        answer = owner.post("/api-keys", {"name": "CI", "role": "owner", **terms})
        assert answer.status_code == 201, answer.json()
        return Caller(owner.organization, answer.json()["secret"])

    return make


def test_scopes_narrow_what_the_role_may(issue: Any) -> None:
    reader = issue(scopes=["jobs:read"])
    assert reader.get("/jobs").status_code == 200
    refused = reader.get("/datasets")
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert "datasets:read" in refused.json()["hint"]
    me = reader.get("/me").json()
    assert (me["scopes"], me["permissions"]) == (["jobs:read"], ["catalogue.read", "jobs.read"])


def test_scopes_give_nothing_that_the_role_has_not(issue: Any) -> None:
    viewer = issue(role="viewer", scopes=["jobs:write"])
    assert viewer.get("/jobs").status_code == 200
    assert viewer.post("/jobs", {}).json()["code"] == "permission_denied"


def test_a_key_with_scopes_makes_none_that_may_more(issue: Any) -> None:
    manager = issue(scopes=["organization:manage", "jobs:read"])
    for scopes in (None, ["jobs:write"]):
        refused = manager.post("/api-keys", {"name": "more", "scopes": scopes})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "exceeds_its_maker")
    assert manager.post("/api-keys", {"name": "less", "scopes": ["jobs:read"]}).status_code == 201


def test_a_key_with_scopes_takes_no_wider_one_over(issue: Any, owner: Caller) -> None:
    wide = owner.post("/api-keys", {"name": "wide"}).json()
    refused = issue(scopes=["organization:manage"]).post(f"/api-keys/{wide['id']}/rotate")
    assert refused.json()["errors"][0]["code"] == "exceeds_its_maker"


def test_rotation_keeps_the_terms(owner: Caller) -> None:
    terms = {"name": "CI", "scopes": ["jobs:write", "datasets:read"], "monthly_cap": "25.00"}
    old = owner.post("/api-keys", terms).json()
    new = owner.post(f"/api-keys/{old['id']}/rotate", {"overlap_seconds": 60}).json()
    assert new["scopes"] == old["scopes"] == ["datasets:read", "jobs:write"]
    assert new["monthly_cap"] == old["monthly_cap"] == "25.000000"


def test_the_trail_says_what_was_granted(owner: Caller) -> None:
    made = owner.post("/api-keys", {"name": "CI", "scopes": ["jobs:read"], "monthly_cap": "25"}).json()
    event = AuditEvent.objects.get(target=made["id"], action="api_key.create")
    assert event.after["scopes"] == ["jobs:read"]
    assert event.after["monthly_cap_micros"] == 25_000_000


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"scopes": ["jobs:reed"]}, "scopes.0"),
        ({"scopes": []}, "scopes"),
        ({"monthly_cap": "0"}, "monthly_cap"),
        ({"monthly_cap": "-1"}, "monthly_cap"),
        ({"monthly_cap": "NaN"}, "monthly_cap"),
        ({"monthly_cap": "0.0000001"}, "monthly_cap"),
    ],
)
def test_wrong_terms_name_their_field(owner: Caller, terms: dict[str, Any], field: str) -> None:
    answer = owner.post("/api-keys", {"name": "CI", **terms})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_a_misspelt_scope_is_told_the_nearest(owner: Caller) -> None:
    answer = owner.post("/api-keys", {"name": "CI", "scopes": ["job:read"]})
    assert "jobs:read" in str(answer.json())
