"""Notices of the payment provider that never arrive: the platform asks for them, and keeps each once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.support.billing import NOW, assert_books_are_right
from tests.support.stripe_payments import TEN, begin, disputed, payments_at, tell
from tests.support.stripe_server import StripeServer, stripe_server
from trainyard.billing.models import CreditGrant, Payment, Refund
from trainyard.billing.payments import notices, refunds
from trainyard.billing.payments.notices import LOOKED_BACK
from trainyard.billing.payments.port import PaymentProviderDown
from trainyard.billing.payments.stripe_payments import StripePayments
from trainyard.billing.queries import wallet
from trainyard.tenants.models import Organization


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture
def stripe(server: StripeServer, monkeypatch: pytest.MonkeyPatch) -> StripePayments:
    provider = payments_at(server)
    monkeypatch.setattr("trainyard.billing.payments.notices.configured", lambda: {"stripe": provider})
    return provider


def happens(server: StripeServer, kind: str, about: dict[str, Any], seconds: float) -> None:
    server.lose(kind, about, NOW.timestamp() + seconds)


def test_all_that_was_lost_is_asked_for_and_kept_once(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    paid, taken, closed = (begin(stripe) for _ in range(3))
    intent = server.pay(taken.reference)
    happens(server, "payment_intent.succeeded", server.pay(paid.reference), 1)
    happens(server, "payment_intent.succeeded", intent, 2)
    happens(server, "charge.dispute.funds_withdrawn", disputed(intent, amount=400), 3)
    happens(server, "checkout.session.expired", server.made[closed.reference], 4)
    happens(server, "customer.created", {"id": "cus_9"}, 5)
    for _ in range(2):
        assert notices.catch_up(now=NOW) == 4
    states = dict(Payment.objects.values_list("id", "state"))
    assert states == {paid.id: "settled", taken.id: "settled", closed.id: "failed"}
    assert (wallet().available_micros, CreditGrant.objects.count()) == (2 * TEN - 4_000_000, 2)
    assert_books_are_right()


def test_one_that_arrives_after_all_changes_nothing(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    intent = server.pay(begin(stripe).reference)
    happens(server, "payment_intent.succeeded", intent, 1)
    notices.catch_up(now=NOW)
    tell(stripe, "payment_intent.succeeded", intent, 1)
    assert (wallet().available_micros, CreditGrant.objects.count()) == (TEN, 1)


def test_the_end_of_a_refund_is_asked_for_too(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    tell(stripe, "payment_intent.succeeded", server.pay(begin(stripe).reference), 1)
    refunds.request_refund(micros=TEN, actor="tests", now=NOW)
    server.refund_status = "pending"
    refunds.send_refunds(provider=stripe, now=NOW)
    [sent] = server.all("refund")
    happens(server, "refund.failed", sent | {"status": "failed", "failure_reason": "expired_or_canceled_card"}, 2)
    assert notices.catch_up(now=NOW) == 1
    assert (Refund.objects.get().state, Refund.objects.get().error) == ("failed", "expired or canceled card")
    assert wallet().available_micros == TEN
    assert_books_are_right()


def test_one_notice_that_cannot_be_kept_stops_no_other(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    happens(server, "payment_intent.succeeded", server.pay(begin(stripe).reference), 1)
    happens(server, "payment_intent.succeeded", {"id": "pi_9", "metadata": {"trainyard_payment": "pay_none"}}, 2)
    assert notices.catch_up(now=NOW) == 1
    assert wallet().available_micros == TEN


def test_it_looks_back_as_far_as_the_provider_remembers(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    happens(server, "payment_intent.succeeded", server.pay(begin(stripe).reference), 1)
    assert notices.catch_up(now=NOW + LOOKED_BACK + timedelta(seconds=2)) == 0
    assert notices.catch_up(now=NOW + LOOKED_BACK) == 1


def test_a_provider_that_does_not_answer_is_asked_again(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    happens(server, "payment_intent.succeeded", server.pay(begin(stripe).reference), 1)
    server.is_down = True
    with pytest.raises(PaymentProviderDown):
        notices.catch_up(now=NOW)
    server.is_down = False
    assert notices.catch_up(now=NOW) == 1
