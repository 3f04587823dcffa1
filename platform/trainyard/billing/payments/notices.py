"""Payment provider webhooks: from the request body to facts about a payment or a refund."""

from datetime import datetime, timedelta
from functools import partial

import structlog

from trainyard.billing.payments.adapters import configured
from trainyard.billing.payments.operations import record_notice
from trainyard.billing.payments.port import ForgedNotice, Notice, PaymentFact, PaymentNotice, RefundNotice
from trainyard.billing.payments.refunds import record_refund_notice
from trainyard.core.errors import NotFound
from trainyard.core.reconciling import each

logger = structlog.get_logger(__name__)

CATCH_UP = "payment_notices"
LOOKED_BACK = timedelta(days=30)
"""As long as Stripe keeps events. It tells them again for three days only."""


def receive(*, provider: str, body: bytes, signature: str, now: datetime) -> None:
    """Keeps what ``provider`` tells; what was told before, or does not matter, changes nothing.

    Reading may ask the provider back, so nothing of it happens in a transaction. Raises ``ForgedNotice``, and
    ``NotFound`` for a payment or refund that is not here: the provider tells again later.
    """
    sender = configured().get(provider)
    if sender is None:
        raise ForgedNotice("This platform has no such payment provider.")
    notice = sender.read(body, signature)
    if notice is not None:
        _record(notice, now=now)


def catch_up(*, now: datetime) -> int:
    """Asks each provider what it could not tell, and keeps that; returns how many notices there were.

    A notice that was lost on its way may be the only one of a payment, which would stay pending.
    """
    kept = 0
    for provider in configured().values():
        notices = provider.undelivered(since=now - LOOKED_BACK)
        kept += each(
            ((_name(notice), partial(_keep, notice, now=now)) for notice in notices), reconciler=CATCH_UP, now=now
        )
    return kept


def _name(notice: Notice) -> str:
    return notice.refund_id if isinstance(notice, RefundNotice) else f"{notice.payment_id}:{notice.fact}"


def _keep(notice: Notice, *, now: datetime) -> int:
    _record(notice, now=now)
    return 1


def _record(notice: Notice, *, now: datetime) -> None:
    if isinstance(notice, RefundNotice):
        record_refund_notice(notice, now=now)
    else:
        _record_payment(notice, now=now)


def _record_payment(notice: PaymentNotice, *, now: datetime) -> None:
    try:
        record_notice(notice, now=now)
    except NotFound:
        # A checkout that was begun twice for one request, and of which one was never shown to anybody.
        if notice.fact != PaymentFact.FAILED:
            raise
        logger.info("payment.never_begun", payment_id=notice.payment_id)
