"""What predictions cost: a call, and the seconds of a worker."""

from datetime import datetime, timedelta

from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import CALL, SECOND
from trainyard.billing.meters.rating import NANO_PER_UNIT, MeterEvent, rate
from trainyard.core.tenancy import tenant_scope
from trainyard.registry.models import Prediction


def meter_prediction(answered: Prediction, *, now: datetime) -> None:
    """A call, and the seconds that a worker took for it: waiting is free, and so are answers that failed."""
    begun = answered.claimed_at or now
    nanoseconds = (now - begun) // timedelta(microseconds=1) * 1_000
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
                ended_at=now,
            )
            for unit, quantity in quantities.items()
        ]
        rate(events, now=now)
