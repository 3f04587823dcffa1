"""Metering of predictions: calls, and seconds of a worker."""

import math
from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum

from trainyard.billing.ledger import lock_books
from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import CALL, SECOND, most_micros
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.core.money import format_micros
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import key_caps
from trainyard.jobs.accounting.key_caps import KeyCapReached
from trainyard.registry.models import OPEN_STATES, Prediction
from trainyard.tenants.models import ApiKey


def meter_prediction(answered: Prediction, *, now: datetime, until: datetime | None = None) -> None:
    """A call, and the seconds that a worker took for it, until ``until`` where that is not ``now``.

    Waiting is free, and so are answers that failed.
    """
    begun = answered.claimed_at or now
    ended = max(begun, until or now)
    nanoseconds = (ended - begun) // timedelta(microseconds=1) * 1_000
    quantities = {CALL: NANO_PER_UNIT, SECOND: nanoseconds}
    with tenant_scope(answered.organization_id):
        events = [
            MeterEvent(
                kind=MeteredUsage.Kind.PREDICTIONS,
                subject=answered.model_id,
                key=f"{answered.id}:{unit}",
                quantity_nano=quantity,
                unit=unit,
                started_at=begun,
                ended_at=ended,
                made_by=answered.created_by,
            )
            for unit, quantity in quantities.items()
        ]
        rate(events, now=now)


def reserved_of_key(created_by: str, *, seconds: float, now: datetime) -> int:
    """The most, in micro-units, that a prediction which may take ``seconds`` costs, where its key has a monthly cap.

    In the transaction that makes the prediction: the books are locked, so that the next one sees what this may cost.
    0 for a key without a cap, and for people. Raises ``KeyCapReached``.
    """
    if key_caps.left_micros(created_by=created_by, now=now) is None:
        return 0
    lock_books()
    left = key_caps.left_micros(created_by=created_by, now=now) or 0
    quantities = {CALL: 1, SECOND: math.ceil(seconds)}
    most = most_micros(MeteredUsage.Kind.PREDICTIONS, quantities, now=now)
    if most > left:
        raise KeyCapReached(
            f"A prediction may cost {format_micros(most)}, and this API key may spend {format_micros(left)} more this "
            "month.",
            hint="Wait for what the key has under way, or use one with a higher monthly_cap.",
        )
    return most


def most_of_open(keys: QuerySet[ApiKey]) -> int:
    """The most that the predictions under way of ``keys`` may cost, in micro-units."""
    waiting = Prediction.objects.filter(created_by__in=keys.values("id"), state__in=OPEN_STATES)
    most: int = waiting.aggregate(total=Sum("most_micros"))["total"] or 0
    return most
