"""Payments: whatever a provider tells how often in which order, a customer has the credit once, or not."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.support.billing import NOW, SECOND, assert_books_are_right, balances, keep
from trainyard.billing import holds
from trainyard.billing.models import CreditGrant, Payment, Refund
from trainyard.billing.payments import operations, refunds, top_ups
from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.port import ChargeRequest, PaymentFact, PaymentNotice, PaymentOutcome, RefundNotice
from trainyard.billing.payments.queries import most_refundable
from trainyard.billing.payments.refunds import NotRefundable
from trainyard.billing.queries import wallet
from trainyard.core.errors import InvalidInput, NotFound
from trainyard.core.ids import new_pay_id
from trainyard.pools.models import Pool
from trainyard.tenants.models import Organization

CENT = 10_000
TEN = 10_000_000


def begin(micros: int = TEN, fact: PaymentFact | None = None) -> Payment:
    charge = ChargeRequest(new_pay_id(), micros, "USD")
    begun = top_ups.BegunTopUp(charge, "local", PaymentOutcome(f"ref_{charge.payment_id}", fact=fact))
    return operations.begin_top_up(begun, actor="tests", now=NOW)


def tell(payment: Payment, fact: PaymentFact, seconds: float = 0) -> Payment:
    at = NOW + timedelta(seconds=seconds)
    return operations.record_notice(PaymentNotice(payment.id, fact, at), now=at)


def test_a_local_top_up_is_credit_at_once(in_tenant: Organization) -> None:
    begun = top_ups.check_out(micros=TEN, return_url="")
    payment = operations.begin_top_up(begun, actor="tests", now=NOW)
    assert (payment.state, wallet().paid_micros, wallet().available_micros) == ("settled", TEN, TEN)
    assert_books_are_right()


def test_an_amount_without_coins_is_refused(in_tenant: Organization) -> None:
    with pytest.raises(InvalidInput) as refusal:
        top_ups.check_out(micros=TEN + 1, return_url="")
    assert refusal.value.errors[0].code == "over_precise"


def test_the_notice_comes_before_the_customer_does_and_twice(in_tenant: Organization) -> None:
    payment = begin()
    assert (payment.state, wallet().available_micros) == ("pending", 0)
    for _ in range(3):
        assert tell(payment, PaymentFact.SETTLED).state == "settled"
    assert wallet().available_micros == TEN
    assert CreditGrant.objects.count() == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_payment_that_failed_was_settled_and_then_taken_back_ends_alike_in_any_order(
    in_tenant: Organization, order: tuple[int, ...]
) -> None:
    payment = begin()
    facts = [(PaymentFact.FAILED, 1.0), (PaymentFact.SETTLED, 2.0), (PaymentFact.REVERSED, 3.0)]
    for index in (*order, *order):
        payment = tell(payment, *facts[index])
        assert_books_are_right()
    assert (payment.state, wallet().available_micros, balances()["payments"]) == ("reversed", 0, 0)


def test_settled_and_later_failed_is_taken_back_and_an_earlier_failure_is_not(in_tenant: Organization) -> None:
    kept, lost = begin(), begin()
    tell(kept, PaymentFact.SETTLED, 2)
    tell(kept, PaymentFact.FAILED, 1)
    tell(lost, PaymentFact.SETTLED, 1)
    tell(lost, PaymentFact.FAILED, 2)
    assert dict(Payment.objects.values_list("id", "state")) == {kept.id: "settled", lost.id: "reversed"}
    assert wallet().available_micros == TEN


def test_what_was_spent_of_a_payment_that_is_taken_back_is_owed_and_paid_first(
    in_tenant: Organization, pool: Pool
) -> None:
    payment = begin(fact=PaymentFact.SETTLED)
    holds.reserve_funds(job_id="job_1", cap_micros=TEN, now=NOW)
    keep(pool_id=pool.id, begin=0, end=40_000 * SECOND)
    holds.release_hold(job_id="job_1", now=NOW)
    tell(payment, PaymentFact.REVERSED, 1)
    assert (wallet().available_micros, wallet().owed_micros) == (0, 4_000_000)
    assert_books_are_right()
    begin(fact=PaymentFact.SETTLED)
    assert (wallet().available_micros, wallet().owed_micros) == (6_000_000, 0)
    tell(payment, PaymentFact.REINSTATED, 2)
    assert wallet().available_micros == 16_000_000
    assert_books_are_right()


def test_an_unknown_payment_is_not_found(in_tenant: Organization) -> None:
    with pytest.raises(NotFound):
        operations.record_notice(PaymentNotice("pay_none", PaymentFact.SETTLED, NOW), now=NOW)


class Slow(LocalPayments):
    """Tells of the end of a refund later."""

    def refund(self, *, refund_id: str, payment_reference: str, micros: int, currency: str) -> PaymentOutcome:
        return PaymentOutcome(f"re_{refund_id}")


class TestRefunds:
    def test_unused_paid_credit_goes_back_newest_payment_first(self, in_tenant: Organization) -> None:
        first, second = begin(fact=PaymentFact.SETTLED), begin(fact=PaymentFact.SETTLED)
        made = refunds.request_refund(micros=TEN + CENT, actor="tests", now=NOW)
        assert [(each.payment_id, each.amount_micros) for each in made] == [(second.id, TEN), (first.id, CENT)]
        assert (wallet().available_micros, most_refundable()) == (TEN - CENT, TEN - CENT)
        assert refunds.send_refunds(provider=LocalPayments(), now=NOW) == 2
        assert refunds.send_refunds(provider=LocalPayments(), now=NOW) == 0
        assert set(Refund.objects.values_list("state", flat=True)) == {"settled"}
        assert_books_are_right()

    def test_not_a_cent_more_than_is_refundable(self, in_tenant: Organization, pool: Pool) -> None:
        begin(fact=PaymentFact.SETTLED)
        holds.reserve_funds(job_id="job_1", cap_micros=4_000_000, now=NOW)
        assert most_refundable() == 6_000_000
        with pytest.raises(NotRefundable):
            refunds.request_refund(micros=6_000_000 + CENT, actor="tests", now=NOW)
        assert not Refund.objects.exists()
        refunds.request_refund(micros=6_000_000, actor="tests", now=NOW)
        assert most_refundable() == 0
        assert_books_are_right()

    def test_what_there_are_no_coins_for_stays_in_the_wallet(self, in_tenant: Organization, pool: Pool) -> None:
        begin(fact=PaymentFact.SETTLED)
        begin(fact=PaymentFact.SETTLED)
        holds.reserve_funds(job_id="job_1", cap_micros=TEN, now=NOW)
        keep(pool_id=pool.id, begin=0, end=33_333 * SECOND)
        holds.release_hold(job_id="job_1", now=NOW)
        assert (wallet().available_micros, most_refundable()) == (16_666_700, 16_660_000)
        with pytest.raises(InvalidInput):
            refunds.request_refund(micros=16_666_700, actor="tests", now=NOW)
        made = refunds.request_refund(micros=16_660_000, actor="tests", now=NOW)
        assert [refund.amount_micros % CENT for refund in made] == [0, 0]
        assert (wallet().available_micros, most_refundable()) == (6_700, 0)
        assert_books_are_right()

    def test_a_refund_that_fails_gives_the_credit_back_and_can_be_asked_for_again(
        self, in_tenant: Organization
    ) -> None:
        begin(fact=PaymentFact.SETTLED)
        [refund] = refunds.request_refund(micros=TEN, actor="tests", now=NOW)
        refunds.send_refunds(provider=Slow(), now=NOW)
        assert (Refund.objects.get().state, wallet().available_micros) == ("pending", 0)
        for _ in range(2):
            refunds.record_refund_notice(RefundNotice(refund.id, succeeded=False, error="closed"), now=NOW)
        assert (Refund.objects.get().state, wallet().available_micros, most_refundable()) == ("failed", TEN, TEN)
        assert_books_are_right()

    def test_a_payment_taken_back_while_its_refund_is_under_way_takes_what_is_left_alone(
        self, in_tenant: Organization
    ) -> None:
        payment = begin(fact=PaymentFact.SETTLED)
        refunds.request_refund(micros=4_000_000, actor="tests", now=NOW)
        tell(payment, PaymentFact.REVERSED, 1)
        assert (wallet().available_micros, wallet().owed_micros, balances()["payments"]) == (0, 0, 0)
        assert_books_are_right()
