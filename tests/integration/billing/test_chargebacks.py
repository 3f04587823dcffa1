"""Banks that take back a payment, or a part of it: what they took is no credit, whatever comes in which order."""

from collections.abc import Iterator
from itertools import permutations

import pytest

from tests.support.billing import NOW, assert_books_are_right, balances
from tests.support.stripe_payments import TEN, begin, disputed, payments_at, tell
from tests.support.stripe_server import StripeServer, stripe_server
from trainyard.billing.models import Chargeback, Payment
from trainyard.billing.payments import refunds
from trainyard.billing.payments.port import RefundNotice
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.refunds import NotRefundable
from trainyard.billing.payments.stripe_payments import StripePayments
from trainyard.billing.queries import wallet
from trainyard.tenants.models import Organization

WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"
FOUR = 4_000_000


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture
def stripe(server: StripeServer) -> StripePayments:
    return payments_at(server)


@pytest.fixture
def intent(in_tenant: Organization, stripe: StripePayments, server: StripeServer) -> dict[str, object]:
    """That of a payment of ten, which was made and which nothing is told of yet."""
    return server.pay(begin(stripe).reference)


def standing() -> tuple[str, int, int]:
    """State of the only payment, what banks have of it, and what the wallet has."""
    payment = Payment.objects.get()
    return payment.state, payment.reversed_micros, wallet().available_micros


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_a_part_is_taken_in_any_order_and_however_often_it_is_told(
    intent: dict[str, object], stripe: StripePayments, order: tuple[int, ...]
) -> None:
    first, second = disputed(intent, amount=400), disputed(intent, name="dp_2", amount=250)
    events = [
        ("payment_intent.succeeded", intent, 1),
        (WITHDRAWN, first, 5),
        (WITHDRAWN, second, 5),
        (REINSTATED, second, 9),
    ]
    for index in order + order:
        tell(stripe, *events[index])
        assert_books_are_right()
    assert standing() == ("settled", FOUR, TEN - FOUR)
    assert balances()["payments"] == -(TEN - FOUR)


def test_several_disputes_never_take_more_than_was_paid(intent: dict[str, object], stripe: StripePayments) -> None:
    tell(stripe, "payment_intent.succeeded", intent, 1)
    tell(stripe, WITHDRAWN, disputed(intent, amount=700), 5)
    tell(stripe, WITHDRAWN, disputed(intent, name="dp_2", amount=700), 6)
    assert standing() == ("reversed", TEN, 0)
    tell(stripe, REINSTATED, disputed(intent, amount=700), 7)
    assert standing() == ("settled", 7_000_000, 3_000_000)
    assert_books_are_right()


def test_a_dispute_in_another_currency_takes_all(intent: dict[str, object], stripe: StripePayments) -> None:
    tell(stripe, "payment_intent.succeeded", intent, 1)
    tell(stripe, WITHDRAWN, disputed(intent, amount=1) | {"currency": "jpy"}, 5)
    assert standing() == ("reversed", TEN, 0)


def test_what_a_bank_has_is_not_refunded_too(intent: dict[str, object], stripe: StripePayments) -> None:
    tell(stripe, "payment_intent.succeeded", intent, 1)
    tell(stripe, WITHDRAWN, disputed(intent, amount=400), 5)
    assert most_refundable() == TEN - FOUR
    with pytest.raises(NotRefundable):
        refunds.request_refund(micros=TEN - FOUR + 10_000, actor="tests", now=NOW)
    refunds.request_refund(micros=TEN - FOUR, actor="tests", now=NOW)
    assert (most_refundable(), wallet().available_micros) == (0, 0)
    assert_books_are_right()


def test_a_refund_that_fails_gives_no_credit_for_what_the_bank_took(
    intent: dict[str, object], stripe: StripePayments
) -> None:
    tell(stripe, "payment_intent.succeeded", intent, 1)
    [refund] = refunds.request_refund(micros=FOUR, actor="tests", now=NOW)
    tell(stripe, WITHDRAWN, disputed(intent), 5)
    assert standing() == ("reversed", TEN - FOUR, 0)
    refunds.record_refund_notice(RefundNotice(refund.id, succeeded=False, error="closed"), now=NOW)
    assert standing() == ("reversed", TEN, 0)
    assert balances()["payments"] == 0
    assert_books_are_right()


def test_a_chargeback_from_before_names_were_kept_is_the_one_that_is_told_of(
    intent: dict[str, object], stripe: StripePayments
) -> None:
    tell(stripe, "payment_intent.succeeded", intent, 1)
    tell(stripe, WITHDRAWN, disputed(intent), 5)
    Chargeback.objects.update(reference="")
    tell(stripe, REINSTATED, disputed(intent), 9)
    assert (Chargeback.objects.get().reference, *standing()) == ("dp_1", "settled", 0, TEN)
