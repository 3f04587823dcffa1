"""What providers tell by themselves, as they tell it: from a webhook's body to facts of a payment or a refund."""

from datetime import datetime

import structlog

from trainyard.billing.payments.adapters import configured
from trainyard.billing.payments.operations import record_notice
from trainyard.billing.payments.port import Fact, ForgedNotice, PaymentNotice, RefundNotice
from trainyard.billing.payments.refunds import record_refund_notice
from trainyard.core.errors import NotFound

logger = structlog.get_logger(__name__)


def receive(*, provider: str, body: bytes, signature: str, now: datetime) -> None:
    """Keeps what ``provider`` tells; what was told before, or does not matter, changes nothing.

    Reading may ask the provider back, so nothing of it happens in a transaction. Raises ``ForgedNotice``, and
    ``NotFound`` for a payment or refund that is not here: the provider tells again later.
    """
    sender = configured().get(provider)
    if sender is None:
        raise ForgedNotice("This platform has no such payment provider.")
    notice = sender.read(body, signature)
    if isinstance(notice, RefundNotice):
        record_refund_notice(notice, now=now)
    elif notice is not None:
        _record(notice, now=now)


def _record(notice: PaymentNotice, *, now: datetime) -> None:
    try:
        record_notice(notice, now=now)
    except NotFound:
        # A checkout that was begun twice for one request, and of which one was never shown to anybody.
        if notice.fact != Fact.FAILED:
            raise
        logger.info("payment.never_begun", payment_id=notice.payment_id)
