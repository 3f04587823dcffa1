"""Stripe events as facts of payments and refunds, matched by our ids in their metadata."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from trainyard.billing.payments.port import Notice, PaymentFact, PaymentMethod, PaymentNotice, RefundNotice
from trainyard.billing.payments.stripe_amounts import micros_of

PAYMENT = "trainyard_payment"
REFUND = "trainyard_refund"
"""Names in the metadata of what we make at Stripe."""

Body = Mapping[str, Any]
_NOT_PAID = "The payment's page was closed, or its time ran out, before anything was paid."
_NOT_SETTLED = "The bank did not make the payment."


def id_in(made: Body, name: str) -> str:
    """Our id of what Stripe describes; empty for what is not of this platform."""
    return str((made.get("metadata") or {}).get(name, ""))


def failure_of(intent: Body) -> str:
    """Why a PaymentIntent was not paid, in Stripe's words for the payer."""
    return str((intent.get("last_payment_error") or {}).get("message") or _NOT_SETTLED)


def notice_in(event: Body, *, intent_of: Callable[[str], Body]) -> Notice | None:
    """The notice in ``event``; ``None`` where it does not matter. ``intent_of`` finds a PaymentIntent by its id."""
    kind, about = event["type"], event["data"]["object"]
    at = datetime.fromtimestamp(event["created"], UTC)
    if kind in _DISPUTES:
        return _disputed(about, _DISPUTES[kind], at, intent_of=intent_of)
    if kind.startswith("refund."):
        return _refund(about)
    reader = _READERS.get(kind)
    payment_id = id_in(about, PAYMENT)
    return reader(payment_id, about, at) if reader and payment_id else None


def _disputed(dispute: Body, fact: PaymentFact, at: datetime, *, intent_of: Callable[[str], Body]) -> Notice | None:
    """A dispute may be about a part of a payment; one in another currency than the payment's counts as all of it."""
    reference = dispute.get("payment_intent") or ""
    intent = intent_of(reference) if reference else {}
    payment_id = id_in(intent, PAYMENT)
    if not payment_id:
        return None
    amount, currency = dispute["amount"], dispute["currency"]
    micros = micros_of(amount, currency) if currency == intent["currency"] else None
    return PaymentNotice(payment_id, fact, at, reference=reference, chargeback=dispute["id"], micros=micros)


def _paid(payment_id: str, intent: Body, at: datetime) -> Notice:
    left = None
    if _is_attended(intent) and intent.get("customer") and intent.get("payment_method"):
        left = PaymentMethod(intent["customer"], intent["payment_method"])
    return PaymentNotice(payment_id, PaymentFact.SETTLED, at, reference=intent["id"], left_method=left)


def _declined(payment_id: str, intent: Body, at: datetime) -> Notice | None:
    """With a person there another card may follow, until the payment's page expires."""
    return None if _is_attended(intent) else _cancelled(payment_id, intent, at)


def _cancelled(payment_id: str, intent: Body, at: datetime) -> Notice:
    return PaymentNotice(payment_id, PaymentFact.FAILED, at, reference=intent["id"], error=failure_of(intent))


def _is_attended(intent: Body) -> bool:
    """Only checkouts leave a method for later."""
    return bool(intent.get("setup_future_usage"))


def _checked_out(payment_id: str, session: Body, at: datetime) -> Notice | None:
    """A bank transfer is under way when its checkout is complete, and not yet paid."""
    if session.get("payment_status") != "paid":
        return None
    return PaymentNotice(payment_id, PaymentFact.SETTLED, at, reference=session.get("payment_intent") or "")


def _expired(payment_id: str, session: Body, at: datetime) -> Notice:
    return PaymentNotice(payment_id, PaymentFact.FAILED, at, error=_NOT_PAID)


def _not_settled(payment_id: str, session: Body, at: datetime) -> Notice:
    reference = session.get("payment_intent") or ""
    return PaymentNotice(payment_id, PaymentFact.FAILED, at, reference=reference, error=_NOT_SETTLED)


def _refund(refund: Body) -> Notice | None:
    refund_id, ended = id_in(refund, REFUND), REFUND_ENDED.get(refund.get("status") or "")
    if not refund_id or ended is None:
        return None
    return RefundNotice(refund_id, ended, reference=refund["id"], error=refund_failure(refund))


def refund_failure(refund: Body) -> str:
    """Why a refund failed; empty for one that did not."""
    return str(refund.get("failure_reason") or "").replace("_", " ")


REFUND_ENDED = {"succeeded": True, "failed": False, "canceled": False}
"""Whether money went back, by a refund's status; it is under way in all others."""
_DISPUTES = {
    "charge.dispute.funds_withdrawn": PaymentFact.REVERSED,
    "charge.dispute.funds_reinstated": PaymentFact.REINSTATED,
}
_READERS: dict[str, Callable[[str, Body, datetime], Notice | None]] = {
    "payment_intent.succeeded": _paid,
    "payment_intent.payment_failed": _declined,
    "payment_intent.canceled": _cancelled,
    "checkout.session.completed": _checked_out,
    "checkout.session.async_payment_succeeded": _checked_out,
    "checkout.session.async_payment_failed": _not_settled,
    "checkout.session.expired": _expired,
}
EVENTS = frozenset({*_READERS, *_DISPUTES, "refund.created", "refund.updated", "refund.failed"})
"""What the endpoint at Stripe is to be subscribed to."""
