"""Who pays is told once when the balance falls below a threshold, and again once it has been above that."""

from typing import Any

from django.core.mail import EmailMessage

from tests.support.jobs import Bench, fund
from tests.support.platform import Caller
from tests.support.present_bench import bench, enrolled
from trainyard.billing.wallet import low_balance
from trainyard.core.models import DomainEvent
from trainyard.core.time import database_now
from trainyard_spec.webhook_events import WebhookEvent

__all__ = ["bench", "enrolled"]


def told() -> list[dict[str, Any]]:
    """What was told so far."""
    low_balance.tell(now=database_now())
    events = DomainEvent.objects.filter(type=WebhookEvent.WALLET_LOW_BALANCE).order_by("sequence")
    return [event.data for event in events]


def choose(owner: Caller, threshold: str | None) -> Any:
    answer = owner.patch("/wallet/settings", {"low_balance": threshold})
    assert answer.status_code == 200, answer.json()
    return answer.json()["low_balance"]


def test_once_a_crossing(owner: Caller, bench: Bench, mailoutbox: list[EmailMessage]) -> None:
    """The bench has 100; what a job holds is no loss."""
    assert owner.organization is not None
    assert choose(owner, "99.999000") == "99.999000"
    run = bench.run()
    assert told() == []
    run.train(20, step=10)
    run.checkpoint(10)
    (first,) = told()
    assert (first["id"], first["threshold"], first["currency"]) == (owner.organization.id, "99.999000", "USD")
    assert first["balance"] == "99.998000"
    assert told() == [first]
    run.train(20, step=20)
    run.checkpoint(20)
    assert told() == [first], "still below"
    fund(owner.organization, 1)
    assert told() == [first]
    choose(owner, "500")
    assert len(told()) == 2, "another threshold"
    choose(owner, "500")
    assert len(told()) == 2, "the same one, as a form sends it that changes something else"


def test_again_after_it_was_above(owner: Caller, bench: Bench) -> None:
    assert owner.organization is not None
    choose(owner, "100.5")
    assert len(told()) == 1
    fund(owner.organization, 1)
    assert len(told()) == 1
    run = bench.run()
    run.train(6_000, step=10)
    run.checkpoint(10)
    assert len(told()) == 2


def test_nobody_is_told_who_did_not_ask(owner: Caller, teammate: Caller, bench: Bench) -> None:
    assert owner.get("/wallet/settings").json()["low_balance"] is None
    assert told() == []
    assert teammate.patch("/wallet/settings", {"low_balance": "1"}).status_code == 403
    choose(owner, "500")
    assert choose(owner, None) is None
    assert told() == []
    assert owner.patch("/wallet/settings", {"low_balance": "-1"}).status_code == 400


def test_two_that_look_at_once_tell_once(owner: Caller, bench: Bench) -> None:
    assert owner.organization is not None
    choose(owner, "500")
    now = database_now()
    assert low_balance._tell(owner.organization.id, now=now)
    assert not low_balance._tell(owner.organization.id, now=now)
    assert len(told()) == 1
