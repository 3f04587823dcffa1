"""Readers of streamed answers: when a reader disconnects, generation and billing stop.

A killed web process cannot report that its readers are gone. It therefore records their presence every second; a reader
that was not seen for ``SILENT_HEARTBEATS`` of a worker's heartbeats counts as gone since it was last seen.
"""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Worker
from trainyard.registry import parts, predictions
from trainyard.registry.models import OPEN_STATES, Prediction
from trainyard.registry.prediction_metering import meter_prediction
from trainyard.registry.predictions import end
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.worker_protocol import PredictionParts

SILENT_HEARTBEATS = 3

READER_LEFT = Failed(
    fault=Fault.USER,
    code="reader_left",
    message="Whoever read the answer left before its end.",
    hint="Ask again.",
)


@transaction.atomic
def leave(*, prediction_id: str, now: datetime, read_until: datetime | None = None) -> None:
    """Ends a prediction that is still open; what was written of it is billed, up to ``now`` or to ``read_until``.

    Its worker learns of it when it next tells a part.
    """
    locked = Prediction.objects.select_for_update(no_key=True).filter(id=prediction_id, state__in=OPEN_STATES)
    prediction = locked.only("state", "model_id", "organization_id", "claimed_at").first()
    if prediction is None:
        return
    is_written = prediction.state == Prediction.State.CLAIMED
    open_still = Prediction.objects.filter(id=prediction_id, state=prediction.state)
    if end(open_still, failure=READER_LEFT, now=now) == 1 and is_written:
        meter_prediction(prediction, now=now, until=read_until)


def tell(*, worker: Worker, prediction_id: str, told: PredictionParts, now: datetime) -> None:
    """Passes on what the worker has written so far, while somebody reads along. Raises ``ClaimLost``."""
    silent = parts.unread_for(prediction_id)
    if silent is not None and silent.total_seconds() > SILENT_HEARTBEATS * settings.ENVIRONMENT.heartbeat_seconds:
        claimed = predictions.claimed_by(worker=worker, prediction_id=prediction_id)
        with tenant_scope(claimed.organization_id):
            leave(prediction_id=prediction_id, now=now, read_until=now - silent)
    predictions.tell_parts(worker=worker, prediction_id=prediction_id, told=told)
