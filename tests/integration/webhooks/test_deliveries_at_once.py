"""Deliverers with threads and several at once, on a database that commits."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from pytest_django import Settings

from tests.support.platform import START, caller_of
from tests.support.receiver import Receiver, receiver
from tests.support.transactional import at_once
from tests.support.waiting import wait_for
from trainyard.core import domain_events
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants.models import Organization, Role
from trainyard.webhooks import claims, deliverer, fan_out
from trainyard.webhooks.models import Delivery
from trainyard_spec.webhook_events import WebhookEvent


@pytest.fixture
def allowed(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={"outbound_allowed_networks": ("127.0.0.1/32",), "webhook_seconds": 60}
    )


@pytest.fixture
def organization(committed_db: None) -> Organization:
    return Organization.objects.create(name="Meadow Labs", created_at=START)


@pytest.fixture
def platform() -> Iterator[None]:
    with platform_scope():
        yield


def publish(organization: Organization, *object_ids: str) -> None:
    for object_id in object_ids:
        data = {"id": object_id, "test_metrics": None, **dict.fromkeys(("job_id", "name", "architecture", "task"), "x")}
        with tenant_scope(organization.id):
            domain_events.record(
                WebhookEvent.MODEL_REGISTERED, data=data, organization_id=organization.id, now=database_now()
            )


def subscribe(organization: Organization, hook: Receiver) -> None:
    caller = caller_of(organization, Role.OWNER)
    assert caller.post("/webhooks/endpoints", {"url": hook.url, "events": ["*"]}).status_code == 201


def test_a_slow_endpoint_delays_no_other(organization: Organization, allowed: None, platform: None) -> None:
    release = threading.Event()
    with receiver() as slow, receiver() as fast:
        subscribe(organization, slow)
        subscribe(organization, fast)
        slow.respond = lambda _: ((release.wait(60) and 200) or 500, {}, b"")
        publish(organization, *(f"mdl_{number}" for number in range(12)))

        def all_at_the_fast_one() -> bool:
            deliverer.deliver_due(clock=database_now)
            return len(fast.received) == 12

        wait_for(all_at_the_fast_one)
        assert len(slow.received) <= claims.MOST_PER_ENDPOINT
        release.set()

        def all_delivered() -> bool:
            deliverer.deliver_due(clock=database_now)
            return not Delivery.across_tenants.exclude(state=Delivery.State.DELIVERED).exists()

        wait_for(all_delivered)
        assert len(slow.received) == 12


def test_two_deliverers_make_each_attempt_once(organization: Organization, allowed: None, platform: None) -> None:
    with receiver() as hook:
        subscribe(organization, hook)
        publish(organization, "mdl_1", "mdl_2")

        def round_of_one() -> int:
            fan_out.fan_out(now=database_now())
            claimed = claims.claim(most=10, now=database_now())
            for each in claimed:
                deliverer.attempt(each, clock=database_now)
            return len(claimed)

        made = at_once([round_of_one] * 3)
        connections.close_all()
        while round_of_one():
            pass
        assert all(isinstance(each, int) for each in made), made
        assert len(hook.received) == len({request.headers["webhook-id"] for request in hook.received}) == 2
