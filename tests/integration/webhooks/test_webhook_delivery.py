"""Events arrive signed, in order, again after a failure, and from a deliverer that takes over from a dead one."""

import json
from datetime import timedelta
from typing import Any

import pytest
from openai import OpenAI
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.support.platform import Caller
from tests.support.receiver import Received, Receiver
from tests.support.webhooks import Post
from trainyard.core.tenancy import platform_scope
from trainyard.webhooks import claims, deliverer
from trainyard.webhooks.channels import DeliveryOutcome
from trainyard.webhooks.models import Delivery
from trainyard.webhooks.retries import KEPT_TRYING_FOR, LONGEST_OPEN, OPENS_AFTER, RETRY_AFTER

pytestmark = pytest.mark.django_db


def ids(received: list[Received]) -> list[str]:
    return [json.loads(request.body)["data"]["id"] for request in received]


def test_two_independent_libraries_accept_the_signature(post: Post, hook: Receiver, endpoint: dict[str, Any]) -> None:
    post.publish()
    assert post.deliver_all() == 1
    request = hook.received[0]
    verified = Webhook(endpoint["secret"]).verify(request.body, request.headers)
    assert verified["type"] == "model.registered"
    assert verified["data"]["id"] == "mdl_1"
    unwrapped = OpenAI(api_key="-").webhooks.unwrap(request.body.decode(), request.headers, secret=endpoint["secret"])
    assert unwrapped.id == verified["id"] == request.headers["webhook-id"]


def test_a_changed_body_or_another_secret_is_not_accepted(
    post: Post, hook: Receiver, endpoint: dict[str, Any], owner: Caller
) -> None:
    post.publish()
    post.deliver_all()
    request = hook.received[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(request.body.replace(b"mdl_1", b"mdl_2"), request.headers)
    other = owner.post("/webhooks/endpoints", {"url": hook.url, "events": ["*"]}).json()
    with pytest.raises(WebhookVerificationError):
        Webhook(other["secret"]).verify(request.body, request.headers)


def test_while_a_rotation_overlaps_both_secrets_verify(
    post: Post, hook: Receiver, endpoint: dict[str, Any], owner: Caller
) -> None:
    path = f"/webhooks/endpoints/{endpoint['id']}/rotate"
    rotated = owner.post(path, {"overlap_seconds": 3_600}).json()
    post.publish("mdl_1")
    post.deliver_all()
    for secret in (endpoint["secret"], rotated["secret"]):
        Webhook(secret).verify(hook.received[0].body, hook.received[0].headers)
    owner.post(path, {"overlap_seconds": 0})
    post.publish("mdl_2")
    post.deliver_all()
    with pytest.raises(WebhookVerificationError):
        Webhook(rotated["secret"]).verify(hook.received[1].body, hook.received[1].headers)


def test_what_an_endpoint_does_not_subscribe_to_is_not_sent(post: Post, hook: Receiver, owner: Caller) -> None:
    path = f"/webhooks/endpoints/{post.endpoint().id}"
    assert owner.patch(path, {"events": ["job.*", "dataset.version_ready"]}).status_code == 200
    post.publish()
    assert post.deliver_all() == 0
    owner.patch(path, {"events": ["model.registered"]})
    post.publish()
    assert post.deliver_all() == 1


def test_of_one_object_nothing_overtakes(post: Post, hook: Receiver) -> None:
    hook.answer(500)
    for number in range(3):
        post.publish("mdl_slow")
        assert number or post.deliver() == 1
    post.publish("mdl_other")
    hook.answer(200)
    assert post.deliver_all() == 1
    assert ids(hook.received) == ["mdl_slow", "mdl_other"]
    post.pass_time(10)
    assert post.deliver_all() == 3
    assert ids(hook.received)[2:] == ["mdl_slow"] * 3
    sent = [request.headers["webhook-id"] for request in hook.received]
    assert sent[0] == sent[2], "a retry has the id of the first attempt"
    order = [delivery.event.id for delivery in post.deliveries() if delivery.object_id == "mdl_slow"]
    assert sent[2:] == order


def test_failures_are_tried_again_ever_later_for_a_day(post: Post, hook: Receiver) -> None:
    hook.answer(503)
    post.publish()
    began, waits = post.now, []
    while post.deliver_all():
        delivery = post.deliveries()[0]
        if delivery.state == Delivery.State.FAILED:
            break
        due = max(delivery.next_attempt_at, post.endpoint().open_until or post.now)
        waits.append(due - post.now)
        post.now = due
    assert delivery.state == Delivery.State.FAILED
    assert KEPT_TRYING_FOR - RETRY_AFTER[-1] * 1.2 < post.now - began <= KEPT_TRYING_FOR
    assert delivery.attempts_count == len(hook.received) == len(waits) + 1
    for number, wait in enumerate(waits[: OPENS_AFTER - 1]):
        assert 0.8 * RETRY_AFTER[number] <= wait <= 1.2 * RETRY_AFTER[number]


def test_an_endpoint_may_ask_to_be_left_alone_for_a_while(post: Post, hook: Receiver) -> None:
    hook.answer(429, Retry_After="900")
    post.publish()
    post.deliver_all()
    assert post.deliveries()[0].next_attempt_at == post.now + timedelta(seconds=900)
    hook.answer(429, Retry_After="999999999")
    post.pass_time(901)
    post.deliver_all()
    assert post.deliveries()[0].next_attempt_at == post.now + LONGEST_OPEN


def test_a_breaker_opens_lets_one_through_and_closes(post: Post, hook: Receiver) -> None:
    hook.answer(500)
    for number in range(20):
        post.publish(f"mdl_{number}")
    assert post.deliver_all() == OPENS_AFTER
    assert post.endpoint().open_until == post.now + timedelta(seconds=30)
    post.pass_time(31)
    assert post.deliver_all() == 1, "half-open: one attempt, and it opens again"
    assert post.endpoint().open_until == post.now + timedelta(seconds=60)
    hook.answer(200)
    post.pass_time(3_600)
    assert post.deliver_all() == 20
    assert post.endpoint().failures == 0
    assert {delivery.state for delivery in post.deliveries()} == {Delivery.State.DELIVERED}


def test_one_that_is_gone_is_switched_off(post: Post, hook: Receiver, owner: Caller) -> None:
    hook.answer(410)
    post.publish()
    post.deliver_all()
    shown = owner.get(f"/webhooks/endpoints/{post.endpoint().id}").json()
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "gone")
    assert "webhook_endpoint.disable" in str(owner.get("/audit-events").json())


def test_one_that_fails_for_days_is_switched_off(post: Post, hook: Receiver) -> None:
    hook.answer(500)
    post.publish("mdl_1")
    post.deliver_all()
    post.pass_time(5 * 86_400 + 1)
    post.publish("mdl_2")
    post.deliver_all()
    assert post.endpoint().disabled_reason == "failing"


def test_what_a_dead_deliverer_held_is_delivered_by_another(post: Post, hook: Receiver) -> None:
    post.publish()
    with platform_scope():
        deliverer.fan_out.fan_out(now=post.now)
        dead = claims.claim(most=1, now=post.now)[0]
    assert post.deliver_all() == 0, "its claim holds"
    post.pass_time(60)
    assert post.deliver_all() == 1
    # It was not dead, only slow: what it says comes too late.
    with platform_scope():
        assert not claims.settle(dead, DeliveryOutcome(False, error="timeout"), started_at=post.now, now=post.now)
    delivery = post.deliveries()[0]
    assert (delivery.state, delivery.attempts_count) == (Delivery.State.DELIVERED, 1)


def test_the_log_shows_each_attempt_and_a_replay_sends_it_again(post: Post, hook: Receiver, owner: Caller) -> None:
    hook.answer(500)
    post.publish()
    post.deliver_all()
    hook.answer(200)
    post.pass_time(10)
    post.deliver_all()
    path = f"/webhooks/endpoints/{post.endpoint().id}/deliveries"
    [listed] = owner.get(path).json()["data"]
    assert (listed["state"], listed["attempts_count"], listed["response_status"]) == ("delivered", 2, 200)
    shown = owner.get(f"{path}/{listed['id']}").json()
    assert [(each["status"], each["response_excerpt"]) for each in shown["attempts"]] == [
        (500, "as told"),
        (200, "as told"),
    ]
    replayed = owner.post(f"{path}/{listed['id']}/replay")
    assert replayed.status_code == 201
    assert replayed.json()["replay_of"] == listed["id"]
    post.pass_time(10)
    post.deliver_all()
    assert len({request.headers["webhook-id"] for request in hook.received}) == 1
    assert [row["state"] for row in owner.get(path, state="delivered").json()["data"]] == ["delivered"] * 2


def test_all_that_failed_since_is_replayed_once(post: Post, hook: Receiver, owner: Caller) -> None:
    hook.answer(500)
    for number in range(3):
        post.publish(f"mdl_{number}")
    post.deliver()
    Delivery.across_tenants.update(gives_up_at=post.now)
    post.deliver()
    assert {delivery.state for delivery in post.deliveries()} == {Delivery.State.FAILED}
    hook.answer(200)
    path = f"/webhooks/endpoints/{post.endpoint().id}"
    since = {"since": (post.now - timedelta(days=2)).isoformat()}
    assert owner.post(f"{path}/replay", since).json() == {"replayed": 3}
    assert owner.post(f"{path}/replay", since).json() == {"replayed": 0}
    hook.received.clear()
    post.pass_time(3_600)
    post.deliver_all()
    assert ids(hook.received) == ["mdl_0", "mdl_1", "mdl_2"]


def test_a_test_event_goes_to_its_endpoint_alone(post: Post, hook: Receiver, owner: Caller) -> None:
    owner.post("/webhooks/endpoints", {"url": hook.url + "/other", "events": ["*"]})
    first = post.deliveries()
    answer = owner.post(f"/webhooks/endpoints/{min(row['id'] for row in listed(owner))}/test")
    assert answer.status_code == 201
    post.pass_time(60)
    assert post.deliver_all() == 1
    assert first == []
    assert json.loads(hook.received[0].body)["type"] == "webhook.test"


def listed(owner: Caller) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = owner.get("/webhooks/endpoints").json()["data"]
    return rows
