"""Endpoints as owner, teammate and outsider; operators have their own."""

from typing import Any

import pytest
from django.core import mail

from tests.support.platform import START, Caller
from tests.support.receiver import Receiver
from tests.support.webhooks import Post
from trainyard.core.models import IdempotencyRecord
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.models import Membership, Organization, Role
from trainyard.webhooks.models import WebhookEndpoint
from trainyard.webhooks.operations import MOST_ENDPOINTS

pytestmark = pytest.mark.django_db
ENDPOINTS = "/webhooks/endpoints"


def made(caller: Caller, **changes: Any) -> Any:
    return caller.post(ENDPOINTS, {"url": "https://example.com/hook", "events": ["job.*"], **changes})


def test_the_secret_is_shown_once_and_stored_sealed(owner: Caller) -> None:
    answer = made(owner, description="CI")
    assert answer.status_code == 201
    created = answer.json()
    assert created["secret"].startswith("whsec_")
    path = f"{ENDPOINTS}/{created['id']}"
    shown = owner.get(path).json()
    assert shown == {name: value for name, value in created.items() if name != "secret"}
    assert created["secret"] not in str(WebhookEndpoint.across_tenants.values())
    assert created["secret"] not in str(owner.get("/audit-events").json())


def test_a_replay_of_the_request_answers_without_the_secret(owner: Caller) -> None:
    body = {"url": "https://example.com/", "events": ["*"]}
    first = owner.post(ENDPOINTS, body, **{"Idempotency-Key": "once"}).json()
    again = owner.post(ENDPOINTS, body, **{"Idempotency-Key": "once"}).json()
    assert again == {**first, "secret": None}
    assert first["secret"] not in str(IdempotencyRecord.objects.values())


def test_a_teammate_reads_and_does_not_change(owner: Caller, teammate: Caller) -> None:
    path = f"{ENDPOINTS}/{made(owner).json()['id']}"
    assert teammate.get(path).status_code == 200
    assert teammate.get(f"{path}/deliveries").status_code == 200
    assert made(teammate).status_code == 403
    assert teammate.patch(path, {"enabled": False}).status_code == 403
    assert teammate.delete(path).status_code == 403
    assert teammate.post(f"{path}/rotate").status_code == 403
    assert teammate.post(f"{path}/test").status_code == 403


def test_an_outsider_finds_nothing(owner: Caller, outsider: Caller) -> None:
    path = f"{ENDPOINTS}/{made(owner).json()['id']}"
    delivery = owner.post(f"{path}/test").json()["id"]
    assert outsider.get(ENDPOINTS).json()["data"] == []
    for call in (
        lambda: outsider.get(path),
        lambda: outsider.patch(path, {"enabled": False}),
        lambda: outsider.delete(path),
        lambda: outsider.post(f"{path}/rotate"),
        lambda: outsider.post(f"{path}/test"),
        lambda: outsider.post(f"{path}/replay", {"since": "2026-01-01T00:00:00Z"}),
        lambda: outsider.get(f"{path}/deliveries"),
        lambda: outsider.get(f"{path}/deliveries/{delivery}"),
        lambda: outsider.post(f"{path}/deliveries/{delivery}/replay"),
    ):
        assert call().status_code == 404
    assert owner.get(path).json()["enabled"]


def test_operators_have_endpoints_of_their_own(owner: Caller, operator: Caller) -> None:
    own = made(owner).json()["id"]
    answer = operator.post("/admin/webhooks/endpoints", {"url": "https://example.com/", "events": ["worker.*"]})
    assert answer.status_code == 201
    listed = operator.get("/admin/webhooks/endpoints").json()["data"]
    assert [row["id"] for row in listed] == [answer.json()["id"]]
    assert operator.get(f"/admin/webhooks/endpoints/{own}").status_code == 404
    assert owner.get(f"{ENDPOINTS}/{answer.json()['id']}").status_code == 404
    assert owner.get("/admin/webhooks/endpoints").status_code == 403
    assert made(owner, events=["worker.lost"]).status_code == 400


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["job.succeded"]}, "events.0"),
        ({"url": None}, "url"),
        ({"kind": "pigeon"}, "kind"),
        ({"kind": "email"}, "email"),
        ({"email": "a@example.com"}, "email"),
        ({"adress": "x"}, "adress"),
        ({"description": "x" * 201}, "description"),
    ],
)
def test_a_wrong_body_names_its_field(owner: Caller, changes: dict[str, Any], field: str) -> None:
    answer = made(owner, **changes)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_near_miss_is_suggested(owner: Caller) -> None:
    [error] = made(owner, events=["job.succeded"]).json()["errors"]
    assert error["hint"] == "Did you mean job.succeeded?"


def test_who_changed_what_somebody_else_changed_is_told(owner: Caller) -> None:
    path = f"{ENDPOINTS}/{made(owner).json()['id']}"
    tag = owner.get(path).headers["ETag"]
    first = owner.patch(path, {"description": "a"}, **{"If-Match": tag})
    assert first.status_code == 200
    second = owner.patch(path, {"description": "b"}, **{"If-Match": tag})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert owner.get(path).json()["description"] == "a"
    assert owner.patch(path, {"description": "c"}, **{"If-Match": first.headers["ETag"]}).status_code == 200
    assert owner.patch(path, {"description": "d"}, **{"If-Match": "nonsense"}).status_code == 412
    assert owner.patch(path, {"description": "e"}).status_code == 200


def test_there_are_only_so_many(owner: Caller) -> None:
    for _ in range(MOST_ENDPOINTS):
        assert made(owner).status_code == 201
    assert made(owner).json()["code"] == "too_many_webhook_endpoints"
    assert len(owner.get(ENDPOINTS, limit=200).json()["data"]) == MOST_ENDPOINTS


def test_the_catalogue_is_told(owner: Caller, operator: Caller) -> None:
    catalogue = owner.get("/webhooks/event-types").json()
    types = {row["type"] for row in catalogue["data"]}
    assert {"job.succeeded", "dataset.version_rejected", "model.registered", "webhook.test"} <= types
    assert "worker.lost" not in types
    assert {"*", "job.*"} <= set(catalogue["filters"])
    assert "worker.lost" in str(operator.get("/admin/webhooks/event-types").json())


def test_one_that_is_off_gets_nothing_and_says_so(owner: Caller, post: Post, hook: Receiver) -> None:
    path = f"{ENDPOINTS}/{post.endpoint().id}"
    owner.patch(path, {"enabled": False})
    post.publish()
    assert post.deliver_all() == 0
    assert owner.post(f"{path}/test").json()["code"] == "delivery_not_replayable"


def test_mail_goes_to_members_alone(owner: Caller, organization: Organization, post: Post) -> None:
    member = operations.create_user(email="ada@example.com", password=None, now=database_now())
    Membership.objects.create(organization=organization, user=member, role=Role.MEMBER, created_at=START)
    owner.delete(f"{ENDPOINTS}/{post.endpoint().id}")
    strangers = owner.post(ENDPOINTS, {"kind": "email", "email": "bob@example.com", "events": ["*"]})
    assert [error["field"] for error in strangers.json()["errors"]] == ["email"]
    assert owner.post(ENDPOINTS, {"kind": "email", "email": "Ada@example.com", "events": ["*"]}).status_code == 201
    post.publish()
    post.deliver_all()
    [message] = mail.outbox
    assert message.subject == "Model x is registered."
    assert message.to == ["Ada@example.com"]
    assert post.deliveries()[-1].state == "delivered"
