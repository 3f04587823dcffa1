"""An operator looks at an organization as a viewer of it does: for a while, changing nothing, and not unseen."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.support.jobs import Bench
from tests.support.platform import START, Caller
from trainyard.api.actor import Actor
from trainyard.api.v1.jobs import watch
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import impersonation, operations
from trainyard.tenants.models import Organization, Role, User

API = "/api/v1"
WHY = {"reason": "Ticket 12: the job does not start."}


@pytest.fixture(autouse=True)
def own_cache(settings: Settings) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "looks"}}
    yield
    cache.clear()


@pytest.fixture
def staff(db: None) -> Client:
    """An operator who logged in, and belongs to no organization."""
    user = operations.create_user(email="op@trainyard.example", password=None, now=START, is_operator=True)
    client = Client()
    client.force_login(user)
    return client


def look_at(staff: Client, organization: Organization) -> Any:
    path = f"{API}/admin/organizations/{organization.id}/impersonation"
    return staff.post(path, WHY, content_type="application/json")


def me(staff: Client) -> dict[str, Any]:
    return dict(staff.get(f"{API}/me").json())


def test_an_operator_sees_what_a_viewer_sees(staff: Client, bench: Bench) -> None:
    job = bench.submit()
    assert staff.get(f"{API}/jobs/{job.id}").status_code == 403
    answer = look_at(staff, bench.organization)
    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["ends_at"]) > database_now() + timedelta(minutes=29)
    seen = me(staff)
    assert (seen["organization"]["id"], seen["role"], seen["is_operator"]) == (bench.organization.id, "viewer", False)
    assert seen["impersonation"] == {"ends_at": answer.json()["ends_at"]}
    assert "jobs.write" not in seen["permissions"]
    assert staff.get(f"{API}/jobs/{job.id}").json()["name"] == job.name
    assert staff.get(f"{API}/admin/workers").status_code == 403, "an operator's rights rest meanwhile"


@pytest.mark.parametrize(
    ("method", "path"),
    [("post", "jobs/quote"), ("post", "organizations"), ("post", "jobs"), ("patch", "organization"), ("delete", "x")],
)
def test_nothing_is_changed_meanwhile(staff: Client, bench: Bench, method: str, path: str) -> None:
    look_at(staff, bench.organization)
    path = path if path != "x" else f"datasets/{bench.version.dataset_id}"
    answer = getattr(staff, method)(f"{API}/{path}", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "impersonation_reads_only")


def test_the_organization_sees_who_looked_when_and_why(
    staff: Client, organization: Organization, owner: Caller, teammate: Caller, outsider: Caller
) -> None:
    look_at(staff, organization)
    operator = User.objects.get(email="op@trainyard.example")
    [access] = teammate.get("/organization/support-access").json()["data"]
    assert (access["operator"], access["reason"], access["closed_at"]) == (operator.id, WHY["reason"], None)
    assert staff.delete(f"{API}/impersonation").status_code == 204
    assert staff.delete(f"{API}/impersonation").status_code == 204, "twice is once"
    [access] = owner.get("/organization/support-access").json()["data"]
    assert access["closed_at"] is not None
    close, opened, *_ = owner.get("/audit-events").json()["data"]
    assert (close["action"], opened["action"]) == ("support_access.close", "support_access.open")
    assert opened["actor_name"] == "Operator of the platform"
    assert outsider.get("/organization/support-access").json()["data"] == []
    assert (me(staff)["organization"], me(staff)["is_operator"]) == (None, True)


def test_it_ends_by_itself(staff: Client, organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impersonation, "LASTS", timedelta(seconds=-1))
    look_at(staff, organization)
    assert (me(staff)["impersonation"], me(staff)["is_operator"]) == (None, True)


def test_it_ends_with_the_operator(staff: Client, organization: Organization) -> None:
    look_at(staff, organization)
    User.objects.filter(email="op@trainyard.example").update(is_staff=False)
    assert (me(staff)["organization"], me(staff)["permissions"]) == (None, [])
    assert staff.get(f"{API}/organization").status_code == 403


def test_streams_end_with_it(organization: Organization, db: None) -> None:
    user = operations.create_user(email="op@trainyard.example", password=None, now=START, is_operator=True)
    ends_at = database_now() + timedelta(minutes=1)
    actor = Actor(
        name=user.id, organization_id=organization.id, role=Role.VIEWER, ends_at=ends_at, is_impersonating=True
    )
    with platform_scope():
        assert watch._may_still_act(actor)
        User.objects.update(is_staff=False)
        assert not watch._may_still_act(actor)


def test_a_key_looks_at_nothing_and_neither_does_anybody_else(
    operator: Caller, organization: Organization, staff: Client, owner: Caller
) -> None:
    path = f"/admin/organizations/{organization.id}/impersonation"
    assert operator.post(path, WHY).status_code == 403
    assert owner.post(path, WHY).status_code == 403
    assert operator.post("/admin/organizations/org_none/impersonation", WHY).status_code == 403
    none = staff.post(f"{API}/admin/organizations/org_none/impersonation", WHY, content_type="application/json")
    assert none.status_code == 404
    assert look_at(staff, organization).status_code == 201
    assert Session.objects.count() == 1
