"""What every payment provider keeps to, behind one port."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.support.billing import NOW, assert_books_are_right
from tests.support.stripe_server import SAVED, SECRET_KEY, WEBHOOK_SECRET, StripeServer, event, signature, stripe_server
from trainyard.billing.models import CreditGrant, Payment, Refund
from trainyard.billing.payments import operations, refunds, top_ups
from trainyard.billing.payments.local import LocalPayments
from trainyard.billing.payments.port import (
    ChargeRequest,
    ForgedNotice,
    PaymentFact,
    PaymentNotice,
    PaymentOutcome,
    Payments,
)
from trainyard.billing.payments.stripe_payments import StripePayments
from trainyard.billing.queries import wallet
from trainyard.core.ids import new_pay_id
from trainyard.tenants.models import Organization

TEN = 10_000_000


@dataclass
class Rig:
    """A provider, and the stand-in behind it where there is one."""

    provider: Payments
    server: StripeServer | None = None

    def person_pays(self, outcome: PaymentOutcome) -> None:
        """What the provider has to tell of it is told, twice."""
        if self.server is None:
            return
        body = event("payment_intent.succeeded", self.server.pay(outcome.reference), time.time())
        for _ in range(2):
            notice = self.provider.read(body, signature(body))
            assert isinstance(notice, PaymentNotice)
            operations.record_notice(notice, now=NOW)


@pytest.fixture(params=["local", "stripe"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    if request.param == "local":
        yield Rig(LocalPayments())
        return
    with stripe_server() as server:
        provider = StripePayments(
            secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, return_url="https://a.b", api_base=server.address
        )
        yield Rig(provider, server)


def charge() -> ChargeRequest:
    return ChargeRequest(new_pay_id(), TEN, "USD")


def settled_payment(rig: Rig) -> Payment:
    asked = charge()
    outcome = rig.provider.check_out(asked, return_url="")
    operations.begin_top_up(top_ups.BegunTopUp(asked, rig.provider.name, outcome), actor="tests", now=NOW)
    rig.person_pays(outcome)
    return Payment.objects.get()


def test_a_checkout_that_is_paid_is_credit_once(in_tenant: Organization, rig: Rig) -> None:
    assert settled_payment(rig).state == "settled"
    assert (wallet().available_micros, CreditGrant.objects.count()) == (TEN, 1)
    assert_books_are_right()


def test_asking_twice_asks_once(in_tenant: Organization, rig: Rig) -> None:
    asked = charge()
    assert len({rig.provider.check_out(asked, return_url="").reference for _ in range(2)}) == 1
    saved = charge()
    charged = [rig.provider.charge_saved(saved, SAVED) for _ in range(2)]
    assert charged[0] == charged[1]
    assert charged[0].fact == PaymentFact.SETTLED


def test_a_refund_is_sent_once_and_ends(in_tenant: Organization, rig: Rig) -> None:
    payment = settled_payment(rig)
    [refund] = refunds.request_refund(micros=4_000_000, actor="tests", now=NOW)
    sent = {
        rig.provider.refund(
            refund_id=refund.id, payment_reference=payment.reference, micros=4_000_000, currency="USD"
        ).reference
        for _ in range(2)
    }
    assert refunds.send_refunds(provider=rig.provider, now=NOW) == 1
    assert (Refund.objects.get().state, {Refund.objects.get().reference}) == ("settled", sent)
    assert wallet().available_micros == TEN - 4_000_000
    assert_books_are_right()


def test_a_notice_without_a_signature_is_refused(rig: Rig) -> None:
    for forged in ("", "t=1,v1=00", "t=1", "v1=\xe4,t=1", signature(b"{}", secret="whsec_other")):
        with pytest.raises(ForgedNotice):
            rig.provider.read(b"{}", forged)
