"""The journal of operations: each call is written down before anybody executes it, once per place in its sequence."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value

from trainyard.billing.holds import left_micros_of
from trainyard.core import deferred_writes
from trainyard.core.errors import NotFound, TrainyardError
from trainyard.core.prepared import PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.jobs.queue import notify_workers
from trainyard.pools.models import Worker, lease
from trainyard.training_sessions import arrays, funding, sessions, wake_ups
from trainyard.training_sessions.errors import SequenceReused, WeightsGone, invalid
from trainyard.training_sessions.models import Operation, OperationArrays, SamplingSession, SavedWeights, TrainingRun
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.training_sessions import OperationKind

logger = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""Operations of one run or sampler that wait at once."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation as it is asked for. ``refusal`` says why its content cannot be executed.

    What is refused takes its place in the sequence all the same: the calls behind it were sent already, and they are
    executed as if it had never been.
    """

    kind: OperationKind
    seq_id: int
    request: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes | None = None
    tokens: int = 0
    weights: SavedWeights | None = None
    refusal: TrainyardError | None = None


def submit(subject: TrainingRun | SamplingSession, call: Call, *, now: datetime) -> Operation:
    """Journals ``call`` and wakes whoever can execute it; a repetition answers the first one's operation.

    Raises ``SequenceReused`` for another call in its place, ``SessionFinished``, ``WeightsGone``, and what
    ``funding.ensure`` raises.
    """
    digest = _digest(call)
    if (known := _known(subject, call.seq_id)) is not None:
        return _same(known, digest)
    operation = Operation(
        seq_id=call.seq_id,
        kind=call.kind,
        request=dict(call.request),
        body_sha256=digest,
        has_payload=call.payload is not None and call.refusal is None,
        tokens=call.tokens,
        weights=call.weights,
        pool_id=subject.pool_id,
        base_model=subject.base_model,
        organization_id=subject.organization_id,
        created_at=now,
        **_owner(subject),
    )
    if call.refusal is not None:
        operation.state, operation.finished_at = Operation.State.FAILED, now
        operation.error = _failure(call.refusal).model_dump(mode="json")
    payload = None
    if operation.has_payload and call.payload is not None:
        # Before the row: what a row tells of is there.
        payload = arrays.stored(operation, arrays.PAYLOAD, call.payload)
    try:
        return _journal(subject, operation, payload, now=now)
    except IntegrityError:  # the same call came twice at once
        if (known := _known(subject, call.seq_id)) is None:
            raise
        return _same(known, digest)


@transaction.atomic
def _journal(
    subject: TrainingRun | SamplingSession, operation: Operation, payload: OperationArrays | None, *, now: datetime
) -> Operation:
    """Raises ``IntegrityError`` where the place in the sequence was taken meanwhile."""
    locked: Any = _locked(subject, now=now)
    sessions.check_open(locked.session)
    _pin_weights(subject, operation)
    if isinstance(locked, TrainingRun):
        if operation.seq_id <= locked.executed_seq and _known(subject, operation.seq_id) is None:
            raise invalid("seq_id", f"The run has gone on to {locked.executed_seq}.")
        _ASKED.update_later(run_id=locked.id, last_request_at=now)
    if (locked.waiting or 0) >= MOST_WAITING:
        raise _too_many()
    covered = partial(funding.is_covered, locked.session, held_micros=locked.held_micros)
    if operation.state == Operation.State.QUEUED and not covered(pool_id=subject.pool_id, now=now):
        funding.ensure(locked.session, pool_id=subject.pool_id, now=now)
    deferred_writes.insert(operation)
    if payload is not None:
        deferred_writes.insert(payload)
    if isinstance(locked, TrainingRun) and operation.state == Operation.State.FAILED:
        pass_over_failed(locked)
    _wake(locked, now=now)  # for a refused call too: those behind it may be next now
    return operation


def _wake(subject: Any, *, now: datetime) -> None:
    """Wakes the host that has the run in memory, once this is committed; whoever could take it where none has.

    Notified workers ask for work of every kind, each with several calls. The host waits for it, or asks next.
    """
    if subject.is_hosted:
        wake = partial(wake_ups.work_came_for, worker_id=subject.worker_id, host=subject.host)
    else:
        notify_workers.notify(subject.pool, now=now)
        wake = partial(wake_ups.work_came, pool_id=subject.pool_id, base_model=subject.base_model)
    transaction.on_commit(wake, robust=True)


def _pin_weights(subject: TrainingRun | SamplingSession, operation: Operation) -> None:
    """Locks what the operation begins with: until it is journaled nobody purges the files. Raises ``WeightsGone``."""
    sampled = subject.weights_id if isinstance(subject, SamplingSession) else None
    weights_id = operation.weights_id or sampled
    if weights_id is None:
        return
    found = SavedWeights.objects.select_for_update(no_key=True).filter(id=weights_id, purged_at=None).first()
    if found is None:
        raise WeightsGone("The weights were deleted, or have expired.", hint="Save them again, with a longer time.")


def pass_over_failed(run: TrainingRun) -> None:
    """Moves a locked run past what failed behind the last that was executed: nothing has to be done for it."""
    before = run.executed_seq
    while _FAILED.rows(run_id=run.id, seq_id=run.executed_seq + 1):
        run.executed_seq += 1
    if run.executed_seq != before:
        TrainingRun.objects.filter(id=run.id).update(executed_seq=run.executed_seq)


def operation(request_id: str) -> Operation:
    """One of the tenant in context. Raises ``NotFound``."""
    found = _BY_ID.rows(operation_id=request_id)
    if not found:
        raise NotFound("There is no request by that id.")
    return found[0]


def _known(subject: TrainingRun | SamplingSession, seq_id: int) -> Operation | None:
    found = _KNOWN[type(subject)].rows(owner=subject.id, seq_id=seq_id)
    return found[0] if found else None


def _same(known: Operation, digest: str) -> Operation:
    if known.body_sha256 != digest:
        raise SequenceReused(
            f"Another call was made as number {known.seq_id}.", hint="Each call has a number of its own."
        )
    return known


def _owner(subject: TrainingRun | SamplingSession) -> dict[str, Any]:
    return {"run" if isinstance(subject, TrainingRun) else "sampling_session": subject}


def _locked(subject: TrainingRun | SamplingSession, *, now: datetime) -> Any:
    """It and its session, locked until the transaction ends, with what a call is judged by.

    ``waiting`` are its queued operations, ``held_micros`` what the session's hold has left. ``is_hosted`` is a run that
    is in the memory of a worker which takes work.
    """
    if isinstance(subject, TrainingRun):
        [run] = _RUN_FOR_A_CALL.rows(owner=subject.id, heard_since=now - lease())
        return run
    [sampler] = _SAMPLER_FOR_A_CALL.rows(owner=subject.id)
    return sampler


def _for_a_call(subjects: Any, operations: Any, *, is_hosted: Any) -> Any:
    queued = operations.filter(state=Operation.State.QUEUED).order_by()
    rows = subjects.select_related("session").select_for_update(no_key=True, of=("self",))
    return rows.annotate(
        waiting=Subquery(queued.values("organization").annotate(rows=Count("*")).values("rows")),
        held_micros=left_micros_of(OuterRef("session_id")),
        is_hosted=is_hosted,
    )


_RUN_FOR_A_CALL: PreparedQuery[Any] = PreparedQuery(
    lambda *, owner, heard_since: _for_a_call(
        TrainingRun.objects.filter(id=owner),
        Operation.objects.filter(run=OuterRef("id")),
        is_hosted=Q(
            ~Q(host=""), Exists(Worker.objects.taking_work(now=heard_since + lease()).filter(id=OuterRef("worker")))
        ),
    ),
    "owner",
    moments=("heard_since",),
)
_SAMPLER_FOR_A_CALL: PreparedQuery[Any] = PreparedQuery(
    lambda *, owner: _for_a_call(
        SamplingSession.objects.filter(id=owner),
        Operation.objects.filter(sampling_session=OuterRef("id")),
        is_hosted=Value(False),
    ),
    "owner",
)
_KNOWN: Mapping[type[Any], PreparedQuery[Operation]] = {
    TrainingRun: PreparedQuery(
        lambda *, owner, seq_id: Operation.objects.filter(run=owner, seq_id=seq_id), "owner", numbers=("seq_id",)
    ),
    SamplingSession: PreparedQuery(
        lambda *, owner, seq_id: Operation.objects.filter(sampling_session=owner, seq_id=seq_id),
        "owner",
        numbers=("seq_id",),
    ),
}
_ASKED = PreparedUpdate(
    lambda *, run_id: (TrainingRun.objects.filter(id=run_id), {}), "run_id", columns=("last_request_at",)
)
_FAILED: PreparedQuery[Any] = PreparedQuery(
    lambda *, run_id, seq_id: Operation.objects.filter(
        run=run_id, seq_id=seq_id, state=Operation.State.FAILED
    ).values_list("id"),
    "run_id",
    numbers=("seq_id",),
)
_BY_ID = PreparedQuery(
    lambda *, operation_id: Operation.objects.select_related("run", "sampling_session", "pool", "weights").filter(
        id=operation_id
    ),
    "operation_id",
)


def _digest(call: Call) -> str:
    digest = hashlib.sha256(f"{call.kind}\n".encode())
    digest.update(json.dumps(call.request, sort_keys=True).encode())
    digest.update(call.payload or b"")
    return digest.hexdigest()


def _failure(error: TrainyardError) -> Failed:
    field_name = error.errors[0].field if error.errors else None
    return Failed(fault=Fault.USER, code=error.code, message=error.message, hint=error.hint, field=field_name)


def _too_many() -> TrainyardError:
    error = TrainyardError(
        f"{MOST_WAITING} operations wait already, as many as may.",
        hint="Wait for their results.",
        retry_after_seconds=1,
    )
    error.status, error.code = 429, "too_many_operations"
    return error
