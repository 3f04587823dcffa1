"""Finishing: results of operations, stored and billed once; states of runs; hosts that let go of what they held."""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F

from trainyard.core import deferred_writes
from trainyard.core.errors import Conflict, NotFound
from trainyard.core.prepared import PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.queue import notify_workers
from trainyard.pools.models import Pool, Worker
from trainyard.training_sessions import arrays, funding, journal, saving, wake_ups
from trainyard.training_sessions.errors import invalid
from trainyard.training_sessions.models import Operation, OperationArrays, SamplingSession, SavedWeights, TrainingRun
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import OperationFinish, StateRegistration

logger = structlog.get_logger(__name__)

CRASHES = Failed(
    fault=Fault.INFRASTRUCTURE,
    code="host_crashed",
    message="Several workers ended while they executed this operation.",
    hint="Send less at once; the run is as it was before the operation.",
)


class StaleRunFence(Conflict):
    """The attempt has ended, or its job runs elsewhere: the worker must drop it."""

    code = "stale_fence"


def held_operation(*, worker: Worker, operation_id: str) -> Operation:
    """The operation, if it was last given to ``worker``. Raises ``NotFound``."""
    found = _HELD.rows(operation_id=operation_id, worker_id=worker.id)
    if not found:
        raise NotFound("There is no operation by that id.")
    return found[0]


_HELD = PreparedQuery(
    lambda *, operation_id, worker_id: Operation.across_tenants.select_related("run", "sampling_session").filter(
        id=operation_id, worker=worker_id
    ),
    "operation_id",
    "worker_id",
    across_tenants=True,
)


def finish(*, operation: Operation, outcome: OperationFinish, now: datetime) -> None:
    """Stores the outcome in the tenant's scope; a repetition changes nothing.

    A fault of the infrastructure leaves the operation to the next host. Raises ``StaleFence`` and ``InvalidInput``.
    """
    if (outcome.result is None) == (outcome.failure is None):
        raise invalid("result", "An operation ends with a result or with a failure.")
    if outcome.failure is not None and outcome.failure.fault != Fault.USER:
        release(worker=operation.worker, host=outcome.host, run_ids=(operation.run_id or "",), now=now)
        return
    data = None
    if outcome.data is not None and not operation.is_finished:
        # Before the row that tells of it. The same operation has the same bits, whoever was quicker.
        data = arrays.stored(operation, arrays.DATA, _decoded(outcome.data))
    _store(operation, outcome, data, now=now)


@transaction.atomic
def _store(operation: Operation, outcome: OperationFinish, data: OperationArrays | None, *, now: datetime) -> None:
    subject = funding.subject_locked(operation)
    if isinstance(subject, TrainingRun):
        if operation.is_finished or operation.seq_id <= subject.executed_seq:
            return
        _check_holder(subject, host=outcome.host, fence=outcome.fence)
        if operation.seq_id != subject.executed_seq + 1:
            raise StaleRunFence(f"The run has gone on to {subject.executed_seq}.")
    ended = _ended(operation, subject, outcome, now=now)
    if not _end(operation, subject, ended, host=outcome.host):
        if Operation.objects.filter(id=operation.id, state=Operation.State.QUEUED).exists():
            raise StaleRunFence("The sample is another host's by now.")
        return
    if data is not None and ended["has_data"]:
        deferred_writes.insert(data)
    operation.microseconds = ended["microseconds"]
    busy_before = subject.busy_microseconds
    _advance(subject, operation)
    funding.bill(operation, busy_before=busy_before, fence=outcome.fence, now=now)
    transaction.on_commit(lambda: wake_ups.finished(operation.id), robust=True)


def _ended(
    operation: Operation, subject: TrainingRun | SamplingSession, outcome: OperationFinish, *, now: datetime
) -> dict[str, Any]:
    """Columns of an operation that ends by ``outcome``; a checkpoint that it asked for is made."""
    failure = outcome.failure or saving.refused(operation, now=now)
    if failure is not None:
        error = failure.model_dump(mode="json")
        return {**NOTHING, "state": Operation.State.FAILED, "finished_at": now, "error": error}
    return {
        **NOTHING,
        "state": Operation.State.SUCCEEDED,
        "finished_at": now,
        "result": {**(outcome.result or {}), **saving.saved(operation, subject, outcome, now=now)},
        "has_data": outcome.data is not None,
        "microseconds": outcome.microseconds,
    }


def _end(operation: Operation, subject: Any, ended: dict[str, Any], *, host: str) -> bool:
    """Whether it was queued, and a sample this host's, and has ended now."""
    if isinstance(subject, TrainingRun):
        return _ENDED.update(operation_id=operation.id, **ended) == 1
    return _SAMPLED.update(operation_id=operation.id, asked_host=host, **ended) == 1


NOTHING: Mapping[str, Any] = {"result": None, "error": None, "has_data": False, "microseconds": 0}
"""Of an outcome, in the columns of a queued operation."""
_COLUMNS = ("state", "finished_at", *NOTHING)
_QUEUED: Any = partial(Operation.objects.filter, state=Operation.State.QUEUED)
_ENDED = PreparedUpdate(lambda *, operation_id: (_QUEUED(id=operation_id), {}), "operation_id", columns=_COLUMNS)
_SAMPLED = PreparedUpdate(
    lambda *, operation_id, asked_host: (_QUEUED(id=operation_id, host=asked_host), {}),
    "operation_id",
    "asked_host",
    columns=_COLUMNS,
)


def _advance(subject: TrainingRun | SamplingSession, row: Operation) -> None:
    busy = subject.busy_microseconds + row.microseconds  # it is locked
    if isinstance(subject, SamplingSession):
        deferred_writes.update(SamplingSession.objects.filter(id=subject.id), busy_microseconds=busy)
        return
    _ADVANCED.update_later(run_id=subject.id, executed_seq=row.seq_id, busy_microseconds=busy)
    subject.executed_seq = row.seq_id
    journal.pass_over_failed(subject)


_ADVANCED = PreparedUpdate(
    lambda *, run_id: (TrainingRun.objects.filter(id=run_id), {}),
    "run_id",
    columns=("executed_seq", "busy_microseconds"),
)


@transaction.atomic
def register_state(*, worker: Worker, run_id: str, registration: StateRegistration, now: datetime) -> None:
    """From now on the run is resumed from this state; an older one than is known changes nothing."""
    run = TrainingRun.objects.select_for_update(no_key=True).filter(id=run_id, worker=worker).first()
    if run is None:
        raise StaleRunFence("The run is another worker's by now.")
    _check_holder(run, host=registration.host, fence=registration.fence)
    if registration.seq_id > run.executed_seq:
        raise invalid("seq_id", f"The run has executed no more than {run.executed_seq}.")
    if run.state_seq is not None and registration.seq_id <= run.state_seq:
        return
    saving.keep_state(run, seq_id=registration.seq_id, files=registration.files)
    logger.info("training_run.state_stored", run_id=run.id, seq_id=registration.seq_id)


def run_held_by(*, worker: Worker, run_id: str) -> TrainingRun:
    """The run, if ``worker`` holds it. Raises ``NotFound``."""
    found = TrainingRun.across_tenants.filter(id=run_id, worker=worker).exclude(host="").first()
    if found is None:
        raise NotFound("This worker holds no run by that id.")
    return found


def readable_state(*, worker: Worker, run_id: str, seq_id: int, name: str) -> tuple[TrainingRun, FileEntry]:
    """A file of a state that something which ``worker`` was given begins with. Raises ``NotFound``."""
    own = TrainingRun.across_tenants.filter(id=run_id, worker=worker, state_seq=seq_id).first()
    entries = own.state_files if own else None
    if entries is None:
        given = Operation.across_tenants.filter(worker=worker, state=Operation.State.QUEUED)
        replayed = Operation.across_tenants.filter(run__worker=worker).exclude(run__host="")
        asked = SavedWeights.across_tenants.filter(run_id=run_id, seq_id=seq_id)
        found = (
            asked.filter(id__in=given.values("weights"))
            | asked.filter(id__in=given.values("sampling_session__weights"))
            | asked.filter(id__in=replayed.values("weights"))
        ).first()
        entries = found.files if found else []
    entry = next((FileEntry.model_validate(each) for each in entries if each["name"] == name), None)
    run = TrainingRun.across_tenants.filter(id=run_id).first()
    if entry is None or run is None:
        raise NotFound("This worker was given nothing that begins with that state.")
    return run, entry


@transaction.atomic
def release(*, worker: Worker | None, host: str | None, run_ids: tuple[str, ...] = (), now: datetime) -> int:
    """Lets others have what ``host`` of ``worker`` held, or all of its hosts did; returns how many runs it let go of.

    With ``run_ids`` only these runs; a host lets go of its samples only when it lets go of everything.
    """
    runs = TrainingRun.across_tenants.filter(worker=worker).exclude(host="")
    waiting = Operation.across_tenants.filter(worker=worker, state=Operation.State.QUEUED)
    if host is not None:
        runs, waiting = runs.filter(host=host), waiting.filter(host=host)
    if named := [each for each in run_ids if each]:
        runs, waiting = runs.filter(id__in=named), waiting.filter(run_id__in=named)
    waiting.update(host="")
    released = runs.update(host="", worker=None)
    if worker is not None and released:
        notify_workers.notify(Pool.objects.get(id=worker.pool_id), now=now)
        logger.info("training_runs.released", worker_id=worker.id, host=host, runs=released)
    return released


def count_claim(operation: Operation, *, again: bool, most: int, now: datetime) -> bool:
    """Counts that a host is given ``operation``; False once too many have ended on it: then it has failed."""
    if not again:
        return True
    if operation.claims < most:
        Operation.objects.filter(id=operation.id).update(claims=F("claims") + 1)
        return True
    with tenant_scope(operation.organization_id):
        failed = Operation.objects.filter(id=operation.id, state=Operation.State.QUEUED)
        changes = {"state": Operation.State.FAILED, "error": CRASHES.model_dump(mode="json"), "finished_at": now}
        if failed.update(**changes) == 1 and operation.run_id:
            journal.pass_over_failed(TrainingRun.objects.select_for_update(no_key=True).get(id=operation.run_id))
    transaction.on_commit(lambda: wake_ups.finished(operation.id), robust=True)
    return False


def _check_holder(run: TrainingRun, *, host: str, fence: int) -> None:
    if run.host != host or run.fence != fence:
        raise StaleRunFence("The run is another host's by now.")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise invalid("data", "The data are not base64.") from None
