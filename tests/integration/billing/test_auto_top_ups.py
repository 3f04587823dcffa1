"""A wallet that runs low is topped up once, within its month's limit, however slow the provider is."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event

import pytest

from tests.support.billing import NOW, assert_books_are_right
from tests.support.platform import START
from tests.support.transactional import at_once
from trainyard.billing.models import Payment
from trainyard.billing.payments.auto_top_up import ASKED_AGAIN_AFTER, REST_AFTER_FAILURE, run_auto_top_ups
from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.operations import record_notice
from trainyard.billing.payments.port import ChargeRequest, PaymentFact, PaymentMethod, PaymentNotice, PaymentOutcome
from trainyard.billing.queries import wallet
from trainyard.billing.wallet.settings import change_settings
from trainyard.core.errors import InvalidInput
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.tenants.models import Organization

TEN = 10_000_000


class Provider(LocalPayments):
    """Remembers what it was asked for, and answers as it is told."""

    def __init__(self, answer: Callable[[ChargeRequest], PaymentOutcome]) -> None:
        self.answer, self.asked = answer, list[str]()

    def charge_saved(self, charge: ChargeRequest, method: PaymentMethod) -> PaymentOutcome:
        self.asked.append(charge.payment_id)
        return self.answer(charge)


def settled(charge: ChargeRequest) -> PaymentOutcome:
    return PaymentOutcome(f"ref_{charge.payment_id}", fact=PaymentFact.SETTLED)


def pending(charge: ChargeRequest) -> PaymentOutcome:
    return PaymentOutcome(f"ref_{charge.payment_id}")


def failed(charge: ChargeRequest) -> PaymentOutcome:
    return PaymentOutcome(f"ref_{charge.payment_id}", fact=PaymentFact.FAILED, error="Your card was declined.")


def crashed(charge: ChargeRequest) -> PaymentOutcome:
    raise ConnectionError(charge.payment_id)


def turn_on(*, limit: int = 3 * TEN) -> None:
    wanted = {"threshold": 1_000_000, "amount": TEN, "monthly_limit": limit}
    change_settings(auto_top_up=wanted, actor="tests", now=NOW)


def test_a_low_wallet_is_filled_once(in_tenant: Organization) -> None:
    turn_on()
    provider = Provider(settled)
    assert [run_auto_top_ups(provider=provider, now=NOW) for _ in range(2)] == [1, 0]
    assert wallet().available_micros == TEN
    assert_books_are_right()


def test_while_one_is_pending_there_is_no_other(in_tenant: Organization) -> None:
    turn_on()
    provider = Provider(pending)
    for minutes in (0, 1, 60, 600):
        run_auto_top_ups(provider=provider, now=NOW + timedelta(minutes=minutes))
    assert len(provider.asked) == 1
    record_notice(PaymentNotice(provider.asked[0], PaymentFact.SETTLED, NOW), now=NOW)
    assert wallet().available_micros == TEN


def test_after_a_crash_the_same_payment_is_asked_for_again(in_tenant: Organization) -> None:
    turn_on()
    provider = Provider(crashed)
    run_auto_top_ups(provider=provider, now=NOW)
    provider.answer = settled
    later = NOW + ASKED_AGAIN_AFTER
    assert run_auto_top_ups(provider=provider, now=later) == 1
    assert len(provider.asked) == 2
    assert len(set(provider.asked)) == 1
    assert wallet().available_micros == TEN


def test_after_a_failure_it_rests_for_a_day(in_tenant: Organization) -> None:
    turn_on()
    provider = Provider(failed)
    for hours in (0, 1, 23):
        run_auto_top_ups(provider=provider, now=NOW + timedelta(hours=hours))
    assert len(provider.asked) == 1
    assert Payment.objects.get().error == "Your card was declined."
    run_auto_top_ups(provider=provider, now=NOW + REST_AFTER_FAILURE)
    assert len(provider.asked) == 2


def test_a_month_never_takes_more_than_its_limit(in_tenant: Organization) -> None:
    change_settings(
        auto_top_up={"threshold": 100 * TEN, "amount": TEN, "monthly_limit": 2 * TEN + 1}, actor="tests", now=NOW
    )
    provider = Provider(settled)
    for day in range(5):
        run_auto_top_ups(provider=provider, now=NOW + timedelta(days=day))
    assert len(provider.asked) == 2
    run_auto_top_ups(provider=provider, now=NOW + timedelta(days=31))
    assert len(provider.asked) == 3


def test_a_limit_below_one_top_up_is_refused(in_tenant: Organization) -> None:
    with pytest.raises(InvalidInput):
        turn_on(limit=TEN - 1)


def test_with_a_slow_provider_and_two_at_once_it_fires_once(committed_db: None) -> None:
    organization = Organization.objects.create(name="Meadow Labs", created_at=START)
    answer = Event()

    def slowly(charge: ChargeRequest) -> PaymentOutcome:
        answer.wait(timeout=30)
        return settled(charge)

    provider = Provider(slowly)
    with tenant_scope(organization.id):
        turn_on()

    def run() -> int:
        with platform_scope():
            try:
                return run_auto_top_ups(provider=provider, now=NOW)
            finally:
                answer.set()  # whoever is through first lets the provider answer the other

    assert sorted(map(int, at_once([partial(run)] * 4))) == [0, 0, 0, 1]
    with tenant_scope(organization.id):
        assert wallet().available_micros == TEN
        assert_books_are_right()
