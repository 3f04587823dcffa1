"""Making, listing, ending and rotating API keys."""

from datetime import timedelta

import pytest

from tests.support.platform import Caller
from trainyard.core.models import IdempotencyRecord
from trainyard.core.time import database_now
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import ApiKey, Organization, Role


def caller(organization: Organization, role: Role) -> Caller:
    issued = issue_api_key(
        organization_id=organization.id, terms=KeyTerms(name="somebody", role=role), actor="tests", now=database_now()
    )
    return Caller(organization, issued.secret)


def test_a_new_key_opens_the_api_and_is_stored_as_a_hash(owner: Caller, organization: Organization) -> None:
    answer = owner.post("/api-keys", {"name": "CI", "role": "viewer"})
    assert answer.status_code == 201
    created = answer.json()
    assert created["secret"].startswith(created["prefix"])
    assert Caller(organization, created["secret"]).get("/me").json()["role"] == "viewer"
    assert created["secret"] not in str(ApiKey.across_tenants.filter(id=created["id"]).values())


def test_a_viewer_may_list_but_not_make_or_end_keys(owner: Caller, teammate: Caller) -> None:
    created = owner.post("/api-keys", {"name": "CI"}).json()
    assert created["id"] in {key["id"] for key in teammate.get("/api-keys").json()["data"]}
    assert teammate.post("/api-keys", {"name": "mine"}).status_code == 403
    assert teammate.delete(f"/api-keys/{created['id']}").status_code == 403
    assert teammate.post(f"/api-keys/{created['id']}/rotate").status_code == 403


def test_an_outsider_finds_no_such_key(owner: Caller, outsider: Caller) -> None:
    created = owner.post("/api-keys", {"name": "CI"}).json()
    assert outsider.delete(f"/api-keys/{created['id']}").status_code == 404
    assert outsider.post(f"/api-keys/{created['id']}/rotate").status_code == 404
    assert created["id"] not in {key["id"] for key in outsider.get("/api-keys").json()["data"]}


def test_an_ended_key_opens_nothing_and_may_be_ended_again(owner: Caller, organization: Organization) -> None:
    created = owner.post("/api-keys", {"name": "CI"}).json()
    assert owner.delete(f"/api-keys/{created['id']}").status_code == 204
    assert owner.delete(f"/api-keys/{created['id']}").status_code == 204
    assert Caller(organization, created["secret"]).get("/me").status_code == 401
    assert owner.get("/api-keys").json()["data"][0]["revoked_at"]


def test_a_key_that_expired_opens_nothing(owner: Caller, organization: Organization) -> None:
    soon = database_now() + timedelta(hours=1)
    created = owner.post("/api-keys", {"name": "CI", "expires_at": soon.isoformat()}).json()
    key = Caller(organization, created["secret"])
    assert key.get("/me").status_code == 200
    ApiKey.across_tenants.filter(id=created["id"]).update(expires_at=database_now())
    assert key.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "a", "role": "king"}, "role"),
        ({"name": "a", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "a", "expire_at": "2030-01-01T00:00:00Z"}, "expire_at"),
    ],
)
def test_a_wrong_body_names_its_field(owner: Caller, body: dict[str, str], field: str) -> None:
    answer = owner.post("/api-keys", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_nobody_issues_a_role_above_their_own(owner: Caller, organization: Organization) -> None:
    admin = caller(organization, Role.ADMIN)
    assert admin.post("/api-keys", {"name": "a", "role": "admin"}).status_code == 201
    assert admin.post("/api-keys", {"name": "a", "role": "owner"}).status_code == 403
    owners = owner.post("/api-keys", {"name": "a", "role": "owner"}).json()
    assert admin.post(f"/api-keys/{owners['id']}/rotate").status_code == 403
    assert Caller(organization, owners["secret"]).get("/me").status_code == 200


def test_rotating_replaces_a_key_at_once(owner: Caller, organization: Organization) -> None:
    old = owner.post("/api-keys", {"name": "CI", "role": "member"}).json()
    answer = owner.post(f"/api-keys/{old['id']}/rotate")
    assert answer.status_code == 201
    new = answer.json()
    assert (new["name"], new["role"]) == ("CI", "member")
    assert Caller(organization, old["secret"]).get("/me").status_code == 401
    assert Caller(organization, new["secret"]).get("/me").status_code == 200
    assert owner.post(f"/api-keys/{old['id']}/rotate").json()["code"] == "key_ended"


def test_rotating_may_leave_the_old_key_some_time(owner: Caller, organization: Organization) -> None:
    old = owner.post("/api-keys", {"name": "CI"}).json()
    owner.post(f"/api-keys/{old['id']}/rotate", {"overlap_seconds": 3600})
    assert Caller(organization, old["secret"]).get("/me").status_code == 200
    listed = {key["id"]: key for key in owner.get("/api-keys").json()["data"]}
    assert listed[old["id"]]["expires_at"]
    assert listed[old["id"]]["revoked_at"] is None


def test_a_replay_answers_without_the_secret(owner: Caller) -> None:
    first = owner.post("/api-keys", {"name": "CI"}, **{"Idempotency-Key": "once"})
    again = owner.post("/api-keys", {"name": "CI"}, **{"Idempotency-Key": "once"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    assert first.json()["secret"] not in str(IdempotencyRecord.objects.values())
    assert ApiKey.across_tenants.filter(name="CI").count() == 1


def test_an_admin_does_not_end_an_owners_key(owner: Caller, organization: Organization) -> None:
    admin = caller(organization, Role.ADMIN)
    owners = owner.post("/api-keys", {"name": "a", "role": "owner"}).json()
    refused = admin.delete(f"/api-keys/{owners['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")
    assert Caller(organization, owners["secret"]).get("/me").status_code == 200
    assert owner.delete(f"/api-keys/{owners['id']}").status_code == 204


class TestAKeyThatExpires:
    @pytest.fixture
    def expiring(self, owner: Caller, organization: Organization) -> Caller:
        ends = (database_now() + timedelta(hours=1)).isoformat()
        made = owner.post("/api-keys", {"name": "CI", "role": "owner", "expires_at": ends}).json()
        return Caller(organization, made["secret"])

    def test_makes_none_that_lasts_longer(self, expiring: Caller) -> None:
        for later in (None, (database_now() + timedelta(hours=2)).isoformat()):
            refused = expiring.post("/api-keys", {"name": "for ever", "expires_at": later})
            assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "outlives_its_maker")
            assert refused.json()["errors"][0]["hint"]
        sooner = (database_now() + timedelta(minutes=5)).isoformat()
        assert expiring.post("/api-keys", {"name": "short", "expires_at": sooner}).status_code == 201

    def test_does_not_outlive_itself_by_rotation(self, expiring: Caller, organization: Organization) -> None:
        (first, *_) = [key for key in expiring.get("/api-keys").json()["data"] if key["name"] == "CI"]
        renewed = expiring.post(f"/api-keys/{first['id']}/rotate").json()
        assert renewed["expires_at"] <= first["expires_at"]
        again = Caller(organization, renewed["secret"]).post(f"/api-keys/{renewed['id']}/rotate").json()
        assert again["expires_at"] <= first["expires_at"]

    def test_takes_no_lasting_key_over(self, owner: Caller, expiring: Caller, organization: Organization) -> None:
        lasting = owner.post("/api-keys", {"name": "lasting"}).json()
        refused = expiring.post(f"/api-keys/{lasting['id']}/rotate")
        assert refused.json()["errors"][0]["code"] == "outlives_its_maker"
        assert Caller(organization, lasting["secret"]).get("/me").status_code == 200
