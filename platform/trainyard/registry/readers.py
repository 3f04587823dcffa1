"""Whoever reads a streamed answer along may leave: the writing ends there, and so does its price."""

from datetime import datetime

from django.db import transaction

from trainyard.registry.models import OPEN_STATES, Prediction
from trainyard.registry.prediction_metering import meter_prediction
from trainyard.registry.predictions import end
from trainyard_spec.engine_protocol import Failed, Fault

READER_LEFT = Failed(
    fault=Fault.USER,
    code="reader_left",
    message="Whoever read the answer left before its end.",
    hint="Ask again.",
)


@transaction.atomic
def leave(*, prediction_id: str, now: datetime) -> None:
    """Ends a prediction that is still open; what was written of it is billed, up to ``now``.

    Its worker learns of it when it next tells a part.
    """
    locked = Prediction.objects.select_for_update(no_key=True).filter(id=prediction_id, state__in=OPEN_STATES)
    prediction = locked.only("state", "model_id", "organization_id", "claimed_at").first()
    if prediction is None:
        return
    is_written = prediction.state == Prediction.State.CLAIMED
    open_still = Prediction.objects.filter(id=prediction_id, state=prediction.state)
    if end(open_still, failure=READER_LEFT, now=now) == 1 and is_written:
        meter_prediction(prediction, now=now)
