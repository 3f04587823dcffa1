"""An endpoint of the owner's organization at a real server, and a clock that tests move on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.support.platform import Caller
from tests.support.receiver import Receiver, receiver
from trainyard.core import domain_events
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.core.time import database_now
from trainyard.webhooks import claims, deliverer, fan_out
from trainyard.webhooks.models import Delivery, WebhookEndpoint
from trainyard_spec.webhook_events import WebhookEvent


@dataclass
class Post:
    """Publishes events and delivers what is due, without threads, at a time of its own."""

    organization_id: str
    now: datetime

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def publish(self, object_id: str = "mdl_1", event: WebhookEvent = WebhookEvent.MODEL_REGISTERED) -> None:
        names = ("job_id", "name", "architecture", "task")
        self.now = max(self.now, database_now())
        data = {"id": object_id, "test_metrics": None, **dict.fromkeys(names, "x")}
        with tenant_scope(self.organization_id):
            domain_events.record(event, data=data, organization_id=self.organization_id, now=self.now)

    def deliver(self) -> int:
        """One round; how many attempts it made."""
        with platform_scope():
            fan_out.fan_out(now=self.now)
            claims.give_up(now=self.now)
            claimed = claims.claim(most=64, now=self.now)
            for each in claimed:
                assert deliverer.attempt(each, clock=lambda: self.now)
        return len(claimed)

    def deliver_all(self) -> int:
        """Rounds until nothing is due; how many attempts they made."""
        made = 0
        while attempts := self.deliver():
            made += attempts
        return made

    def deliveries(self) -> list[Delivery]:
        return list(Delivery.across_tenants.order_by("id"))

    def endpoint(self) -> WebhookEndpoint:
        return WebhookEndpoint.across_tenants.get()


@pytest.fixture
def hook(settings: Settings) -> Iterator[Receiver]:
    """A server that the operator allows although it is on loopback."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={"outbound_allowed_networks": ("127.0.0.1/32",), "webhook_seconds": 5}
    )
    with receiver() as made:
        yield made


@pytest.fixture
def endpoint(owner: Caller, hook: Receiver) -> dict[str, Any]:
    """As it was made, with its secret."""
    answer = owner.post("/webhooks/endpoints", {"url": hook.url, "events": ["*"]})
    assert answer.status_code == 201, answer.json()
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def post(owner: Caller, endpoint: dict[str, Any]) -> Post:
    assert owner.organization is not None
    return Post(owner.organization.id, database_now())
