"""Payments by the stand-in for Stripe, as tests begin them, and what it tells of them."""

from tests.support.billing import NOW
from tests.support.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, event, signature
from trainyard.billing.models import Payment
from trainyard.billing.payments import operations, refunds, top_ups
from trainyard.billing.payments.port import ChargeRequest, RefundNotice
from trainyard.billing.payments.stripe_payments import StripePayments
from trainyard.core.ids import new_pay_id

TEN = 10_000_000


def payments_at(server: StripeServer, *, timeout_seconds: float = 15, secret_key: str = SECRET_KEY) -> StripePayments:
    return StripePayments(
        secret_key=secret_key,
        webhook_secret=WEBHOOK_SECRET,
        return_url="https://train.example.com",
        api_base=server.address,
        timeout_seconds=timeout_seconds,
    )


def begin(stripe: StripePayments) -> Payment:
    charge = ChargeRequest(new_pay_id(), TEN, "USD")
    outcome = stripe.check_out(charge, return_url="https://train.example.com/wallet")
    return operations.begin_top_up(top_ups.BegunTopUp(charge, "stripe", outcome), actor="tests", now=NOW)


def tell(stripe: StripePayments, kind: str, about: dict[str, object], seconds: float = 0) -> None:
    body = event(kind, about, NOW.timestamp() + seconds)
    notice = stripe.read(body, signature(body))
    if isinstance(notice, RefundNotice):
        refunds.record_refund_notice(notice, now=NOW)
    elif notice is not None:
        operations.record_notice(notice, now=NOW)


def disputed(intent: dict[str, object], *, name: str = "dp_1", amount: int | None = None) -> dict[str, object]:
    """A dispute of ``amount`` cents of a payment, or of all."""
    about = {"amount": intent["amount"] if amount is None else amount, "currency": intent["currency"]}
    return {"object": "dispute", "id": name, "payment_intent": intent["id"], **about}
