"""Claiming: a host of a worker takes operations of one run, or samples, of whoever's turn it is.

A run is in one host's memory at a time, under a fence that grows; a host that lost it is refused what it still writes.
"""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import structlog
from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from trainyard.billing.holds import left_micros_of
from trainyard.core.blobs import BlobNotFound
from trainyard.core.errors import TrainyardError
from trainyard.core.fair_queue import fair_order
from trainyard.core.prepared import PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.tenancy import tenant_scope
from trainyard.pools.models import Worker, lease
from trainyard.tenants.models import Organization
from trainyard.training_sessions import arrays, finishing, funding
from trainyard.training_sessions.models import Operation, TrainingRun
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import (
    OperationKind,
    OperationWork,
    RunWork,
    SessionClaimRequest,
    SessionWork,
    StoredState,
)

logger = structlog.get_logger(__name__)

SERVED_LATELY = timedelta(minutes=10)
OPERATIONS_AT_ONCE = 16
PAYLOAD_BYTES_AT_ONCE = 8 * 2**20
MAX_CLAIMS = 4
"""An operation on which so many hosts ended is at fault itself."""
REPLAYED = (OperationKind.LOAD, OperationKind.FORWARD_BACKWARD, OperationKind.OPTIM_STEP)
"""What changes a run's state."""
RELATED = ("run__session", "sampling_session__session", "sampling_session__weights")
"""What a candidate is judged by, and what a sample is given; an operation of a run is given its own ``weights``."""


def turns(*, worker: Worker, request: SessionClaimRequest, now: datetime) -> list[str]:
    """Organizations with something that the host may take, in the order in which they are to be served.

    A look alone: it waits for nobody who writes, and nobody waits for it. Who takes something looks again.
    """
    if not worker.takes_work or not _bases(worker, request):
        return []
    asked = _asked(worker, request, now=now)
    found = list(_queries(len(_bases(worker, request))).claimants.rows(**asked))
    if len(found) <= 1:
        return found
    in_pool = Operation.across_tenants.filter(pool_id=worker.pool_id)
    return fair_order(
        waiting=_ready(**asked),
        running=in_pool.filter(state=Operation.State.QUEUED).exclude(host=""),
        finished=in_pool.filter(finished_at__gt=now - SERVED_LATELY),
        finished_at="finished_at",
    )


def claim(*, turns: Sequence[str], worker: Worker, request: SessionClaimRequest, now: datetime) -> SessionWork | None:
    """Work for the host, its own now under a new fence where it was not; ``None`` where nothing waits for it.

    In the caller's transaction; ``turns`` were just read.
    """
    candidates = _queries(len(_bases(worker, request))).candidates
    asked = _asked(worker, request, now=now)
    for organization_id in turns:
        with tenant_scope(organization_id):
            for candidate in candidates.rows(organization_id=organization_id, **asked):
                if _is_funded(candidate, now=now) and (work := _take(candidate, worker, request, now=now)) is not None:
                    return work
    return None


def ready_operations(*, pool_id: str) -> QuerySet[Operation]:
    """Queued operations of any tenant that are next in their sequence, or have none."""
    queued = Operation.across_tenants.filter(pool_id=pool_id, state=Operation.State.QUEUED)
    return queued.filter(Q(run=None) | Q(seq_id=F("run__executed_seq") + 1))


def pools_with_queued() -> set[str]:
    """Ids of pools in which an operation waits."""
    queued = Operation.across_tenants.filter(state=Operation.State.QUEUED)
    return set(queued.values_list("pool_id", flat=True).distinct())


def _bases(worker: Worker, request: SessionClaimRequest) -> list[str]:
    return [request.base_model] if request.base_model else list(worker.language_models)


def _asked(worker: Worker, request: SessionClaimRequest, *, now: datetime) -> dict[str, Any]:
    """What ``_ready`` asks by."""
    bases = {f"base_{number}": name for number, name in enumerate(_bases(worker, request))}
    where = {"pool_id": worker.pool_id, "worker_id": worker.id, "host": request.host}
    return {**where, **bases, "heard_since": now - lease()}


def _ready(*, pool_id: str, worker_id: str, host: str, heard_since: datetime, **bases: str) -> QuerySet[Operation]:
    """What a host of the worker may take; other workers are up that were ``heard_since`` then."""
    up = Worker.objects.up(now=heard_since + lease()).values("id")
    mine = Q(run__worker=worker_id, run__host=host)
    free_run = mine | Q(run__host="") | ~Q(run__worker__in=up)
    free_sample = Q(host="") | ~Q(worker__in=up)
    ready = ready_operations(pool_id=pool_id).filter(base_model__in=list(bases.values()))
    ready = ready.filter(organization__state=Organization.State.ACTIVE)
    return ready.filter(Q(run=None) & free_sample | Q(run__isnull=False) & free_run)


def _claimants(**asked: Any) -> QuerySet[Any]:
    return _ready(**asked).order_by().values_list("organization_id", flat=True).distinct()


def _candidates(*, organization_id: str, **asked: Any) -> QuerySet[Any]:
    """The oldest of one organization, with what a session's hold has left as ``held_micros``."""
    session_id = Coalesce(OuterRef("run__session_id"), OuterRef("sampling_session__session_id"))
    theirs = _ready(**asked).filter(organization_id=organization_id).select_related(*RELATED)
    return theirs.annotate(held_micros=left_micros_of(session_id)).order_by("id")[:OPERATIONS_AT_ONCE]


class _Queries(NamedTuple):
    claimants: PreparedQuery[Any]
    candidates: PreparedQuery[Any]


@cache
def _queries(bases: int) -> _Queries:
    """Queries for a worker that holds so many base models."""
    names = ("pool_id", "worker_id", "host", *(f"base_{number}" for number in range(bases)))
    moments = ("heard_since",)
    return _Queries(
        PreparedQuery(_claimants, *names, moments=moments, across_tenants=True),
        PreparedQuery(_candidates, "organization_id", *names, moments=moments),
    )


def _is_funded(candidate: Any, *, now: datetime) -> bool:
    """An operation whose session cannot pay waits; the client is told so when it asks for the result."""
    session, pool_id = candidate.subject.session, candidate.pool_id
    try:
        if funding.is_covered(session, pool_id=pool_id, held_micros=candidate.held_micros, now=now):
            return True
        with transaction.atomic():
            funding.ensure(session, pool_id=pool_id, now=now)
    except TrainyardError:
        return False
    return True


def _take(candidate: Operation, worker: Worker, request: SessionClaimRequest, *, now: datetime) -> SessionWork | None:
    if candidate.run_id is None:
        return _take_samples(candidate, worker, request, now=now)
    run = funding.subject_locked(candidate)
    assert isinstance(run, TrainingRun)  # noqa: S101  whose operation it is
    is_mine = run.worker_id == worker.id and run.host == request.host
    if run.executed_seq + 1 != candidate.seq_id:
        return None
    if not is_mine:
        if run.host and Worker.objects.up(now=now).filter(id=run.worker_id).exists():
            return None
        TrainingRun.objects.filter(id=run.id).update(worker=worker, host=request.host, fence=F("fence") + 1)
        run.refresh_from_db()
        logger.info("training_run.claimed", run_id=run.id, worker_id=worker.id, host=request.host, fence=run.fence)
    chosen = _next_of(run)
    if not finishing.count_claim(chosen[0], again=not is_mine, most=MAX_CLAIMS, now=now):
        return None
    _GIVEN.update_later(
        run_id=run.id, after=run.executed_seq, last=chosen[-1].seq_id, worker=worker.id, host=request.host
    )
    holds = any(held.run_id == run.id and held.fence == run.fence for held in request.held)
    work = RunWork(
        run_id=run.id,
        fence=run.fence,
        lora=run.lora_config,
        start=None if holds else _state_of(run),
        replay=() if holds else tuple(map(_work_of, _replayed(run))),
        operations=tuple(map(_work_of, chosen)),
    )
    return SessionWork(base_model=run.base_model, run=work)


def _take_samples(
    candidate: Operation, worker: Worker, request: SessionClaimRequest, *, now: datetime
) -> SessionWork | None:
    up = Worker.objects.up(now=now).values("id")
    free = Operation.objects.filter(Q(host="") | ~Q(worker__in=up), state=Operation.State.QUEUED)
    if not finishing.count_claim(candidate, again=True, most=MAX_CLAIMS, now=now):
        return None
    if free.filter(id=candidate.id).update(worker=worker, host=request.host) != 1:
        return None
    return SessionWork(base_model=candidate.base_model, samples=(_work_of(candidate),))


def _next_of(run: TrainingRun) -> list[Operation]:
    """What follows in the sequence without a gap, up to some bytes."""
    rows = _AFTER.rows(run_id=run.id, seq_id=run.executed_seq)
    chosen: list[Operation] = []
    size = 0
    for number, row in enumerate(rows, start=run.executed_seq + 1):
        size += 8 * row.tokens
        if row.seq_id != number or row.is_finished or (chosen and size > PAYLOAD_BYTES_AT_ONCE):
            break
        chosen.append(row)
    return chosen


_AFTER = PreparedQuery(
    lambda *, run_id, seq_id: (
        Operation.objects.filter(run=run_id, seq_id__gt=seq_id)
        .select_related("weights")
        .order_by("seq_id")[:OPERATIONS_AT_ONCE]
    ),
    "run_id",
    numbers=("seq_id",),
)


_GIVEN = PreparedUpdate(
    lambda *, run_id, after, last: (Operation.objects.filter(run=run_id, seq_id__gt=after, seq_id__lte=last), {}),
    "run_id",
    numbers=("after", "last"),
    columns=("worker", "host"),
)


def _replayed(run: TrainingRun) -> Sequence[Operation]:
    """What was executed since the stored state and has to be executed again, by another host."""
    since = -1 if run.state_seq is None else run.state_seq
    done = Operation.objects.filter(
        run=run, seq_id__gt=since, seq_id__lte=run.executed_seq, state=Operation.State.SUCCEEDED, kind__in=REPLAYED
    )
    found = list(done.select_related("weights").order_by("seq_id"))
    # Loading replaces everything that was before it.
    loads = [place for place, row in enumerate(found) if row.kind == OperationKind.LOAD]
    return found[loads[-1] :] if loads else found


def _state_of(run: TrainingRun) -> StoredState | None:
    if run.state_seq is None:
        return None
    files = tuple(FileEntry.model_validate(entry) for entry in run.state_files)
    return StoredState(run_id=run.id, seq_id=run.state_seq, files=files)


def _work_of(operation: Operation) -> OperationWork:
    payload = None
    if operation.has_payload:
        try:
            payload = base64.b64encode(arrays.read(operation, arrays.PAYLOAD)).decode()
        except BlobNotFound:
            logger.error("payload.lost", operation_id=operation.id)
    weights = operation.weights
    if operation.sampling_session is not None:
        weights = operation.sampling_session.weights
    state = None
    if weights is not None:
        files = tuple(FileEntry.model_validate(entry) for entry in weights.files)
        state = StoredState(run_id=weights.run_id, seq_id=weights.seq_id, files=files)
    return OperationWork(
        operation_id=operation.id,
        seq_id=operation.seq_id,
        kind=OperationKind(operation.kind),
        request=operation.request,
        payload=payload,
        state=state,
    )
