"""Predictions: requested by customers, made by workers of the pool that trained the model.

The database holds the state of each; Redis only wakes waiting clients. Inputs are customers' data: they are cleared
when a prediction ends, and the row is deleted ``KEPT_FOR`` later.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from trainyard.core.errors import Conflict, FieldError, InvalidInput, TrainyardError
from trainyard.core.fair_queue import fair_order
from trainyard.jobs.queue import notify_workers
from trainyard.pools.models import Pool, Worker
from trainyard.registry import notification, parts, queries
from trainyard.registry.expected_inputs import check_inputs
from trainyard.registry.generation import NoLanguageModel, Wanted, base_of, pool_of, writes
from trainyard.registry.models import OPEN_STATES, Model, Prediction
from trainyard.registry.prediction_failures import NOT_FINITE, TIMED_OUT
from trainyard.registry.prediction_metering import meter_prediction, reserved_of_key
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.worker_protocol import PredictionFinish, PredictionParts

MAX_CLAIMS = 2
SILENT_HEARTBEATS = 1.5
"""A worker that was not heard of for so many of its heartbeats has lost its predictions."""
KEPT_FOR = timedelta(minutes=10)


class NoWorker(TrainyardError):
    status = 503
    code = "no_worker"


class TooManyPredictions(TrainyardError):
    """The organization has the maximum number of waiting predictions; try again later."""

    status = 429
    code = "too_many_predictions"


class PredictionFailed(TrainyardError):
    """A prediction that ended without an answer; ``status`` and ``code`` are those of its failure."""


class PredictionClaimLost(Conflict):
    """The prediction has ended, or was given to another worker."""

    code = "claim_lost"


@transaction.atomic
def submit(
    *,
    model_id: str,
    inputs: list[Any],
    created_by: str,
    now: datetime,
    streams: bool = False,
    wanted: Wanted = "text",
) -> Prediction:
    """Queues a prediction and notifies the pool's workers; with ``streams`` somebody reads along (``registry.parts``).

    Raises ``NotFound``, ``InvalidInput``, ``NoLanguageModel``, ``TooManyPredictions``, ``NoWorker`` and
    ``KeyCapReached``.
    """
    model = queries.model(model_id=model_id)
    if (streams or wanted != "text") and not writes(model):
        raise NoLanguageModel("This model is no language model, so its answers come whole.")
    check_inputs(inputs, model)
    _check_waiting(now=now)
    pool = _pool_at_work(model, now=now)
    environment = settings.ENVIRONMENT
    seconds = environment.generation_seconds if writes(model) else environment.prediction_seconds
    prediction = Prediction(
        model=model,
        pool=pool,
        inputs=inputs,
        created_at=now,
        deadline=now + timedelta(seconds=seconds),
        base=base_of(model),
        wanted=wanted if writes(model) else "",
        streams=streams,
        created_by=created_by,
        most_micros=reserved_of_key(created_by, seconds=seconds, now=now),
    )
    prediction.save(force_insert=True)
    notify_workers.notify(pool, now=now)
    return prediction


def _pool_at_work(model: Model, *, now: datetime) -> Pool:
    """The pool whose workers are asked. Raises ``NoWorker`` when none of them is running."""
    pool = pool_of(model, now=now)
    if pool is None or not pool.workers.taking_work(now=now).exists():
        where = f"of the pool {pool.name}" if pool else f"that holds {model.base}"
        raise NoWorker(
            f"No worker {where} is running, so no prediction can be made now.",
            hint="Try again later, or ask the operator.",
            retry_after_seconds=30,
        )
    return pool


def answers(*, prediction_id: str) -> list[dict[str, Any]] | None:
    """The answers, or ``None`` while there are none. Raises ``PredictionFailed``."""
    prediction = Prediction.objects.only("state", "predictions", "error").get(id=prediction_id)
    if prediction.state == Prediction.State.FAILED:
        raise _as_error(Failed.model_validate(prediction.error))
    found: list[dict[str, Any]] | None = prediction.predictions
    return found


def cancel(*, prediction_id: str, now: datetime) -> None:
    """Fails a prediction that its asker no longer waits for; one that has ended stays as it is."""
    end(Prediction.objects.filter(id=prediction_id, state__in=OPEN_STATES), failure=TIMED_OUT, now=now)


def claim(*, worker: Worker, now: datetime) -> Prediction | None:
    """A queued prediction of the worker's pool that is still waited for, now claimed by it, or ``None``.

    Organizations take turns, and a worker with room for several predictions makes one at a time of each.
    """
    if not worker.takes_work:
        return None
    queued = Prediction.across_tenants.filter(pool_id=worker.pool_id, state=Prediction.State.QUEUED, deadline__gt=now)
    queued = queued.filter(base__in=["", *worker.pretrained])
    # Another worker may have been quicker: then somebody else's turn may be next.
    while (candidate := _next_of(queued, worker=worker, now=now)) is not None:
        claimed = queued.filter(id=candidate).update(
            state=Prediction.State.CLAIMED,
            worker=worker,
            claims=F("claims") + 1,
            claimed_at=now,
        )
        if claimed == 1:
            return claimed_by(worker=worker, prediction_id=candidate)
    return None


def _next_of(queued: QuerySet[Prediction], *, worker: Worker, now: datetime) -> str | None:
    """The oldest of the organization whose turn it is; of none for which the worker is at work already."""
    in_pool = Prediction.across_tenants.filter(pool_id=worker.pool_id)
    claimed = in_pool.filter(state=Prediction.State.CLAIMED)
    served_here = claimed.filter(worker=worker).values("organization_id")
    turns = fair_order(
        waiting=queued.exclude(organization_id__in=served_here),
        running=claimed,
        finished=in_pool.filter(finished_at__gt=now - KEPT_FOR),
        finished_at="finished_at",
    )
    if not turns:
        return None
    return queued.filter(organization_id=turns[0]).order_by("id").values_list("id", flat=True).first()


def pools_with_queued() -> set[str]:
    """Ids of pools in which a prediction of any tenant waits for a worker."""
    queued = Prediction.across_tenants.filter(state=Prediction.State.QUEUED)
    return set(queued.values_list("pool_id", flat=True).distinct())


def claimed_by(*, worker: Worker, prediction_id: str) -> Prediction:
    """The prediction with its model, if ``worker`` holds it. Raises ``ClaimLost``."""
    found = _claimed(worker, prediction_id).select_related("model__job").first()
    if found is None:
        raise PredictionClaimLost("This prediction is not claimed by this worker.")
    return found


@transaction.atomic
def finish(*, worker: Worker, prediction_id: str, outcome: PredictionFinish, now: datetime) -> None:
    """Stores the outcome and wakes who waits; a repetition changes nothing.

    A fault of the infrastructure is tried once more. Raises ``InvalidInput`` and ``ClaimLost``.
    """
    mine = _claimed(worker, prediction_id)
    held = mine.only("inputs", "model_id", "organization_id", "claimed_at", "streams").first()
    changed = 0 if held is None else _store(mine, _checked(outcome, inputs=len(held.inputs)), now=now)
    if changed != 1 and not _was_released_by(worker, prediction_id):
        raise PredictionClaimLost("This prediction is not claimed by this worker.")
    if changed == 1 and held is not None and outcome.failure is None:
        meter_prediction(held, now=now)
    transaction.on_commit(lambda: _wake(prediction_id, streams=held is not None and held.streams), robust=True)


def tell_parts(*, worker: Worker, prediction_id: str, told: PredictionParts) -> None:
    """Passes on what the worker has written so far, to whoever reads along. Raises ``ClaimLost``."""
    if not _claimed(worker, prediction_id).exists():
        raise PredictionClaimLost("This prediction is not claimed by this worker.")
    parts.tell(prediction_id, told)


@transaction.atomic
def expire(*, now: datetime) -> None:
    """Fails what is past its deadline, returns what a silent worker holds to the queue, deletes old rows."""
    overdue = Prediction.across_tenants.filter(state__in=OPEN_STATES, deadline__lte=now)
    end(overdue, failure=TIMED_OUT, now=now)
    silent_since = now - timedelta(seconds=SILENT_HEARTBEATS * settings.ENVIRONMENT.heartbeat_seconds)
    # No join: an update with one is guarded by what was before it waited for the row.
    silent = Worker.objects.filter(last_heartbeat_at__lt=silent_since)
    lost = Prediction.across_tenants.filter(state=Prediction.State.CLAIMED, worker__in=silent)
    pools = {prediction.pool for prediction in lost.select_related("pool").only("pool")}
    _return_or_fail(lost, failure=TIMED_OUT, now=now)
    for pool in pools:
        notify_workers.notify(pool, now=now)
    Prediction.across_tenants.filter(finished_at__lt=now - KEPT_FOR).delete()


def _wake(prediction_id: str, *, streams: bool) -> None:
    notification.notify(prediction_id)
    if streams:
        parts.wake(prediction_id)


def _check_waiting(*, now: datetime) -> None:
    """Requests that come at the very same time do not see one another, so a few more may wait than should."""
    most = settings.ENVIRONMENT.max_waiting_predictions
    if Prediction.objects.filter(state__in=OPEN_STATES, deadline__gt=now).count() >= most:
        raise TooManyPredictions(
            f"{most} predictions of your organization are waiting for an answer, as many as may.",
            hint="Wait for answers, and send up to 256 inputs in one request.",
            retry_after_seconds=1,
        )


def _refuse(field: str, message: str) -> None:
    raise InvalidInput(message, errors=(FieldError(field, "invalid", message),))


def _claimed(worker: Worker, prediction_id: str) -> QuerySet[Prediction]:
    return Prediction.across_tenants.filter(id=prediction_id, worker=worker, state=Prediction.State.CLAIMED)


def _was_released_by(worker: Worker, prediction_id: str) -> bool:
    known = Prediction.across_tenants.filter(id=prediction_id, worker=worker)
    return known.exclude(state=Prediction.State.CLAIMED).exists()


def _checked(outcome: PredictionFinish, *, inputs: int) -> PredictionFinish:
    predictions = outcome.predictions
    if (predictions is None) == (outcome.failure is None):
        _refuse("predictions", "A prediction ends with answers or with a failure.")
    if predictions is not None and len(predictions) != inputs:
        _refuse("predictions", f"There are {len(predictions)} answers to {inputs} inputs.")
    try:
        json.dumps(_as_stored(outcome), allow_nan=False)
    except ValueError:
        return PredictionFinish(failure=NOT_FINITE)
    return outcome


def _as_stored(outcome: PredictionFinish) -> list[dict[str, Any]]:
    return [prediction.model_dump() for prediction in outcome.predictions or ()]


def _store(rows: QuerySet[Prediction], outcome: PredictionFinish, *, now: datetime) -> int:
    if outcome.failure is None:
        return rows.update(
            state=Prediction.State.SUCCEEDED, predictions=_as_stored(outcome), inputs=[], finished_at=now
        )
    failed = _return_or_fail if outcome.failure.fault == Fault.INFRASTRUCTURE else end
    return failed(rows, failure=outcome.failure, now=now)


def _return_or_fail(rows: QuerySet[Prediction], *, failure: Failed, now: datetime) -> int:
    """Back into the queue, or, claimed often enough, to an end. The first update's rows are not the second's."""
    last_claim = Q(claims__gte=MAX_CLAIMS)
    returned = rows.exclude(last_claim).update(state=Prediction.State.QUEUED)
    return returned + end(rows.filter(last_claim), failure=failure, now=now)


def end(rows: QuerySet[Prediction], *, failure: Failed, now: datetime) -> int:
    """Fails ``rows``, and returns how many there were."""
    return rows.update(state=Prediction.State.FAILED, error=failure.model_dump(mode="json"), inputs=[], finished_at=now)


def _as_error(failure: Failed) -> PredictionFailed:
    field = (FieldError(failure.field, failure.code, failure.message, failure.hint),) if failure.field else ()
    error = PredictionFailed(failure.message, hint=failure.hint, errors=field)
    error.code = failure.code
    if failure.fault == Fault.INFRASTRUCTURE:
        error.status, error.retry_after_seconds = 503, 5
    return error
