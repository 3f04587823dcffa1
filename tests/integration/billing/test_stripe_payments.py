"""Stripe: events in any order and repeated, refused cards, a provider that is slow or down; nobody is charged twice."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from tests.support.billing import NOW, assert_books_are_right
from tests.support.stripe_payments import TEN, begin, disputed, payments_at, tell
from tests.support.stripe_server import SAVED, StripeServer, event, signature, stripe_server
from trainyard.billing.models import BillingAccount, Payment, Refund
from trainyard.billing.payments import refunds
from trainyard.billing.payments.auto_top_up import ASKED_AGAIN_AFTER, run_auto_top_ups
from trainyard.billing.payments.port import (
    ChargeRequest,
    ForgedNotice,
    PaymentFact,
    PaymentNotice,
    PaymentProviderDown,
    PaymentRefused,
)
from trainyard.billing.payments.stripe_payments import StripePayments
from trainyard.billing.queries import wallet
from trainyard.billing.wallet.settings import change_settings
from trainyard.tenants.models import Organization


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as server:
        yield server


@pytest.fixture
def stripe(server: StripeServer) -> StripePayments:
    return payments_at(server)


def test_a_checkout_asks_for_the_amount_in_cents_and_leads_back(stripe: StripePayments, server: StripeServer) -> None:
    outcome = stripe.check_out(ChargeRequest("pay_1", TEN, "USD"), return_url="https://train.example.com/wallet")
    [session] = server.all("checkout.session")
    price = session["line_items"]["0"]["price_data"]
    assert (price["unit_amount"], price["currency"], session["client_reference_id"]) == ("1000", "usd", "pay_1")
    assert session["success_url"] == session["cancel_url"] == "https://train.example.com/wallet"
    assert (outcome.url, outcome.fact) == (session["url"], None)


@pytest.mark.parametrize(
    ("currency", "micros", "units"),
    [("USD", 10_000, "1"), ("JPY", 5_000_000, "5"), ("KWD", 1_230_000, "1230"), ("ISK", 5_000_000, "500"),
     ("UGX", 5_000_000, "500"), ("MGA", 5_000_000, "5")],
)  # fmt: skip
def test_amounts_are_counted_as_stripe_counts_them(
    stripe: StripePayments, server: StripeServer, currency: str, micros: int, units: str
) -> None:
    stripe.charge_saved(ChargeRequest("pay_1", micros, currency), SAVED)
    assert [each["amount"] for each in server.all("payment_intent")] == [units]


def test_a_fraction_that_stripe_does_not_count_is_refused_and_not_rounded(
    stripe: StripePayments, server: StripeServer
) -> None:
    charge = ChargeRequest("pay_1", 10_000, "MGA")
    with pytest.raises(PaymentRefused) as refusal:
        stripe.check_out(charge, return_url="")
    assert refusal.value.errors[0].field == "amount"
    assert stripe.charge_saved(charge, SAVED).fact == PaymentFact.FAILED
    assert server.made == {}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_events_in_any_order_and_repeated_end_alike(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer, order: tuple[int, ...]
) -> None:
    payment = begin(stripe)
    intent = server.pay(payment.reference)
    session = server.made[payment.reference]
    dispute = disputed(intent)
    events = [
        ("payment_intent.succeeded", intent, 1),
        ("checkout.session.completed", session, 1),
        ("charge.dispute.funds_withdrawn", dispute, 5),
        ("charge.dispute.funds_reinstated", dispute, 9),
    ]
    for index in order + order:
        tell(stripe, *events[index])
        assert_books_are_right()
    payment.refresh_from_db()
    assert (payment.state, payment.reference, wallet().available_micros) == ("settled", intent["id"], TEN)
    tell(stripe, "charge.dispute.funds_withdrawn", dispute, 12)
    assert wallet().available_micros == 0


def test_a_card_declined_at_the_page_leaves_it_open_and_another_may_follow(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    payment = begin(stripe)
    intent = server.pay(payment.reference)
    tell(stripe, "payment_intent.payment_failed", intent | {"status": "requires_payment_method"})
    assert Payment.objects.get().state == "pending"
    tell(stripe, "payment_intent.succeeded", intent, 1)
    assert Payment.objects.get().state == "settled"


def test_a_page_that_expires_unpaid_fails_and_says_so(in_tenant: Organization, stripe: StripePayments) -> None:
    payment = begin(stripe)
    about = {"id": payment.reference, "metadata": {"trainyard_payment": payment.id}}
    tell(stripe, "checkout.session.expired", about)
    payment.refresh_from_db()
    assert (payment.state, wallet().available_micros) == ("failed", 0)
    assert "before anything was paid" in payment.error


def test_a_transfer_under_way_is_no_credit_until_it_is_settled(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    session = server.made[begin(stripe).reference]
    tell(stripe, "checkout.session.completed", session)
    assert Payment.objects.get().state == "pending"
    tell(stripe, "checkout.session.async_payment_failed", session, 1)
    assert Payment.objects.get().state == "failed"


def test_events_of_others_on_the_same_account_do_not_matter(stripe: StripePayments) -> None:
    for kind in ("payment_intent.succeeded", "refund.updated", "checkout.session.completed", "customer.created"):
        body = event(kind, {"id": "x", "status": "succeeded", "payment_status": "paid", "metadata": {}}, 1)
        assert stripe.read(body, signature(body)) is None


def test_an_event_signed_long_ago_is_refused(stripe: StripePayments) -> None:
    body = event("customer.created", {"id": "x"}, 1)
    with pytest.raises(ForgedNotice):
        stripe.read(body, signature(body, at=time.time() - 3_600))


class TestSavedMethods:
    def turn_on(self, stripe: StripePayments, server: StripeServer) -> None:
        """A person has paid once; the wallet is below its threshold."""
        tell(stripe, "payment_intent.succeeded", server.pay(begin(stripe).reference))
        wanted = {"threshold": 2 * TEN, "amount": TEN, "monthly_limit": 5 * TEN}
        change_settings(auto_top_up=wanted, actor="tests", now=NOW)

    def test_what_a_person_paid_with_is_charged_again(
        self, in_tenant: Organization, stripe: StripePayments, server: StripeServer
    ) -> None:
        self.turn_on(stripe, server)
        account = BillingAccount.objects.get()
        assert (account.provider_customer, account.payment_method) == (SAVED.customer, SAVED.method)
        assert run_auto_top_ups(provider=stripe, now=NOW) == 1
        assert wallet().available_micros == 2 * TEN
        [charged] = [each for each in server.all("payment_intent") if each.get("off_session") == "true"]
        tell(stripe, "payment_intent.succeeded", charged, 1)
        assert wallet().available_micros == 2 * TEN
        assert_books_are_right()

    def test_a_refused_card_fails_in_the_banks_words_and_with_what_to_do(
        self, in_tenant: Organization, stripe: StripePayments, server: StripeServer
    ) -> None:
        self.turn_on(stripe, server)
        server.declines = "Your card has insufficient funds."
        run_auto_top_ups(provider=stripe, now=NOW)
        payment = Payment.objects.get(kind="auto_top_up")
        assert (payment.state, wallet().available_micros) == ("failed", TEN)
        assert payment.error.startswith("Your card has insufficient funds. Top up by yourself")
        tell(stripe, "payment_intent.payment_failed", server.made[payment.reference], 1)
        assert Payment.objects.get(kind="auto_top_up").state == "failed"
        assert_books_are_right()

    def test_without_a_saved_method_nothing_is_asked(self, stripe: StripePayments, server: StripeServer) -> None:
        outcome = stripe.charge_saved(ChargeRequest("pay_1", TEN, "USD"), type(SAVED)("", ""))
        assert (outcome.fact, server.made) == (PaymentFact.FAILED, {})
        assert "No payment method is saved" in outcome.error

    @pytest.mark.parametrize("forgets", [False, True])
    def test_an_answer_that_comes_too_late_is_asked_for_again_and_charged_once(
        self, in_tenant: Organization, stripe: StripePayments, server: StripeServer, *, forgets: bool
    ) -> None:
        self.turn_on(stripe, server)
        server.released.clear()
        assert run_auto_top_ups(provider=payments_at(server, timeout_seconds=0.3), now=NOW) == 0
        server.released.set()
        assert Payment.objects.get(kind="auto_top_up").state == "pending"
        if forgets:
            server.forget_keys()
        later = NOW + ASKED_AGAIN_AFTER
        assert run_auto_top_ups(provider=stripe, now=later) == 1
        assert len([each for each in server.all("payment_intent") if each.get("off_session") == "true"]) == 1
        assert wallet().available_micros == 2 * TEN
        assert_books_are_right()


def test_a_provider_that_is_down_is_a_typed_error_and_asked_again(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    tell(stripe, "payment_intent.succeeded", server.pay(begin(stripe).reference))
    refunds.request_refund(micros=TEN, actor="tests", now=NOW)
    server.is_down = True
    with pytest.raises(PaymentProviderDown) as refusal:
        begin(stripe)
    assert refusal.value.hint
    assert refusal.value.retry_after_seconds
    assert refunds.send_refunds(provider=stripe, now=NOW) == 0
    assert Refund.objects.get().state == "pending"
    server.is_down = False
    assert refunds.send_refunds(provider=stripe, now=NOW + timedelta(hours=1)) == 1
    assert (Refund.objects.get().state, len(server.all("refund"))) == ("settled", 1)
    assert_books_are_right()


def test_a_wrong_key_is_not_the_customers_fault(server: StripeServer) -> None:
    with pytest.raises(PaymentProviderDown):
        payments_at(server, secret_key="sk_test_other").check_out(ChargeRequest("pay_1", TEN, "USD"), return_url="")


def test_a_refund_that_stripe_refuses_or_that_fails_later_returns_the_credit(
    in_tenant: Organization, stripe: StripePayments, server: StripeServer
) -> None:
    tell(stripe, "payment_intent.succeeded", server.pay(begin(stripe).reference))
    server.refund_status = "pending"
    refunds.request_refund(micros=4_000_000, actor="tests", now=NOW)
    assert refunds.send_refunds(provider=stripe, now=NOW) == 0
    [sent] = server.all("refund")
    for _ in range(2):
        tell(stripe, "refund.failed", sent | {"status": "failed", "failure_reason": "lost_or_stolen_card"}, 1)
    assert (Refund.objects.get().error, wallet().available_micros) == ("lost or stolen card", TEN)
    server.refuses = "The charge has been disputed."
    refunds.request_refund(micros=6_000_000, actor="tests", now=NOW)
    refunds.send_refunds(provider=stripe, now=NOW)
    refused = Refund.objects.order_by("-id")[0]
    assert (refused.state, refused.error, wallet().available_micros) == ("failed", server.refuses, TEN)
    assert_books_are_right()


def test_a_notice_is_dated_by_stripes_clock(stripe: StripePayments) -> None:
    body = event("checkout.session.expired", {"metadata": {"trainyard_payment": "pay_1"}}, 1_700_000_000)
    notice = stripe.read(body, signature(body))
    assert isinstance(notice, PaymentNotice)
    assert notice.at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
