"""What people are told of in the dashboard: what matters, to whom it concerns, until they have read it."""

from typing import Any

import pytest

from tests.support.people import Person, person
from trainyard.core import domain_events
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants import invitations
from trainyard.tenants.models import Organization, Role, User
from trainyard_spec.webhook_events import CATALOGUE, WebhookEvent

pytestmark = pytest.mark.django_db


def happen(event: WebhookEvent, organization: str = "", **data: Any) -> None:
    """``event``, with nothing in the fields that are not stated."""
    stated = {**dict.fromkeys(CATALOGUE[event].data), "id": "job_1", **data}
    with platform_scope():
        domain_events.record(event, data=stated, organization_id=organization, now=database_now())


def shown(who: Person, query: str = "") -> list[tuple[str, bool]]:
    return [(notice["type"], notice["read"]) for notice in listed(who, query)["data"]]


def listed(who: Person, query: str = "") -> dict[str, Any]:
    answer = who.get(f"/notices{query}")
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


@pytest.fixture
def ada(organization: Organization) -> Person:
    return person("ada@meadow.example", organization)


def test_what_matters_is_told_newest_first_and_the_rest_is_not(ada: Person, organization: Organization) -> None:
    happen(WebhookEvent.JOB_STARTED, organization.id)
    happen(WebhookEvent.JOB_FAILED, organization.id)
    happen(WebhookEvent.JOB_PAUSED, organization.id, reason="user_paused")
    happen(WebhookEvent.JOB_PAUSED, organization.id, reason="cap_reached")
    assert shown(ada) == [("job.paused", False), ("job.failed", False)]


def test_each_member_has_read_what_they_have_read(ada: Person, organization: Organization) -> None:
    grace = person("grace@meadow.example", organization, Role.VIEWER)
    happen(WebhookEvent.JOB_FAILED, organization.id)
    happen(WebhookEvent.JOB_SUCCEEDED, organization.id)
    newest, oldest = (notice["id"] for notice in listed(ada)["data"])
    assert ada.send("post", "/notices/read", {"through": newest}).status_code == 204
    assert ada.send("post", "/notices/read", {"through": oldest}).status_code == 204  # another tab, later
    happen(WebhookEvent.INVOICE_FINALIZED, organization.id)
    assert shown(ada) == [("invoice.finalized", False), ("job.succeeded", True), ("job.failed", True)]
    assert [read for _, read in shown(grace)] == [False, False, False]


def test_they_come_in_pages(ada: Person, organization: Organization) -> None:
    for _ in range(3):
        happen(WebhookEvent.JOB_FAILED, organization.id)
    first = listed(ada, "?limit=2")
    second = listed(ada, f"?limit=2&cursor={first['next_cursor']}")
    assert (len(first["data"]), len(second["data"]), second["next_cursor"]) == (2, 1, None)
    assert not {notice["id"] for notice in first["data"]} & {notice["id"] for notice in second["data"]}


def test_a_cursor_that_was_never_given_out_is_refused(ada: Person) -> None:
    assert ada.get("/notices?cursor=YWJj").status_code == 400  # "abc", where a number belongs


def test_another_organization_is_told_nothing(ada: Person, organization: Organization) -> None:
    outsider = person("eve@elsewhere.example")
    happen(WebhookEvent.JOB_FAILED, organization.id)
    assert shown(outsider) == []
    through = {"through": listed(ada)["data"][0]["id"]}
    assert outsider.send("post", "/notices/read", through).status_code == 404


def test_operators_are_told_of_workers_and_customers_are_not(ada: Person, organization: Organization) -> None:
    happen(WebhookEvent.WORKER_QUARANTINED)
    assert shown(ada) == []
    User.objects.filter(id=ada.user.id).update(is_staff=True)
    happen(WebhookEvent.JOB_FAILED, organization.id)
    assert [kind for kind, _ in shown(ada)] == ["job.failed", "worker.quarantined"]


def test_who_accepts_an_invitation_is_news(ada: Person, organization: Organization) -> None:
    now = database_now()
    with tenant_scope(organization.id):
        sent = invitations.invite(
            email="grace@meadow.example", role=Role.VIEWER, expires_at=None, by=Role.OWNER, actor="usr_1", now=now
        )
    grace = person("grace@meadow.example")
    key = sent.link.rpartition("/")[2]
    invitations.accept(key=key, user=grace.user, emails=["grace@meadow.example"], now=now)
    told = listed(ada)["data"][0]["data"]
    assert (told["email"], told["role"]) == ("grace@meadow.example", "viewer")
