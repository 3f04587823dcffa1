"""Checkpoints: they count once registered, and registering one commits the usage up to it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Count, F, IntegerField, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from trainyard.core.blobs import blob_store
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import limits
from trainyard.jobs.accounting.settlement import bill_attempt
from trainyard.jobs.lifecycle.attempts import check_may_keep, is_late, lock, renew, trained_microseconds
from trainyard.jobs.lifecycle.transitions import note
from trainyard.jobs.models import Attempt, Checkpoint, Job
from trainyard.jobs.reporting import uploaded_files
from trainyard_spec.states import TERMINAL_STATES, DesiredState
from trainyard_spec.training import CheckpointConfig
from trainyard_spec.worker_protocol import CheckpointRegistration

logger = structlog.get_logger(__name__)

CHECKPOINT = "checkpoint"
PRUNE = "prune_checkpoints"
KEPT_AFTER_THE_END = timedelta(days=1)
JOBS_PRUNED_AT_ONCE = 200
_MAX_TO_KEEP = tuple(f"spec__training__checkpoint__{name}" for name in ("max_to_keep", "keep"))
"""In a stored spec, and in one that an earlier release stored."""


def receive_file(*, attempt: Attempt, fence: int, step: int, name: str, chunks: Iterable[bytes]) -> None:
    """Stores one file of a checkpoint to come. A registered checkpoint is not written again. Raises ``StaleFence``."""
    check_may_keep(attempt, attempt.job, fence)
    if Checkpoint.objects.filter(attempt=attempt, step=step).exists():
        return
    uploaded_files.receive(attempt, key=f"{_prefix(attempt, step)}/{name}", chunks=chunks)


@transaction.atomic
def register(*, attempt_id: str, registration: CheckpointRegistration, now: datetime) -> DesiredState:
    """Makes a checkpoint count: row, event and usage up to it, all or nothing. A repetition changes nothing.

    So does one that comes late, from the disk of a worker that was lost and is back, while its job waits or is paused.
    Returns what is wanted of the attempt. Raises ``StaleFence`` and ``NotUploaded``.
    """
    attempt, job = lock(attempt_id)
    check_may_keep(attempt, job, registration.fence)
    if not (late := is_late(attempt, job)):
        renew(attempt, now=now)
    if not Checkpoint.objects.filter(attempt=attempt, step=registration.step).exists():
        _add(attempt, job, registration, now=now)
        if not late:
            limits.enforce_limits((attempt, job), now=now)
    return DesiredState(job.desired)


def prune(*, now: datetime) -> int:
    """Deletes the files of checkpoints that no attempt will resume from and returns how many checkpoints lost theirs.

    An unfinished job keeps as many of its furthest as its spec says; a finished one none, a day after its end.
    """
    unpruned = Job.across_tenants.filter(checkpoints__isnull=False, checkpoints__pruned_at=None)
    counted = unpruned.annotate(
        unpruned=Count("checkpoints"), max_to_keep=Cast(Coalesce(*map(KT, _MAX_TO_KEEP)), IntegerField())
    )
    ended = Q(state__in=TERMINAL_STATES)
    surplus = (~ended & Q(unpruned__gt=F("max_to_keep"))) | (ended & Q(finished_at__lt=now - KEPT_AFTER_THE_END))
    jobs = due(counted.filter(surplus), reconciler=PRUNE, now=now)[:JOBS_PRUNED_AT_ONCE]
    return each(((job.id, partial(_prune, job, now=now)) for job in jobs), reconciler=PRUNE, now=now)


def _prune(job: Job, *, now: datetime) -> int:
    stated = CheckpointConfig.model_validate(job.spec["training"]["checkpoint"])
    kept = 0 if job.state in TERMINAL_STATES else stated.max_to_keep
    with tenant_scope(job.organization_id):
        unpruned = Checkpoint.objects.filter(job=job, pruned_at=None).select_related("attempt")
        surplus = list(unpruned.order_by("-step", "-attempt__fence")[kept:])
        for checkpoint in surplus:
            # Files first: a crash in between leaves a row that is pruned next time, never files without a row.
            blob_store().delete_prefix(checkpoint.blob_prefix)
            Checkpoint.objects.filter(id=checkpoint.id).update(pruned_at=now)
            logger.info("checkpoint.pruned", job_id=job.id, checkpoint_id=checkpoint.id, step=checkpoint.step)
    return len(surplus)


def _add(attempt: Attempt, job: Job, registration: CheckpointRegistration, *, now: datetime) -> None:
    uploaded_files.settle(attempt, prefix=_prefix(attempt, registration.step), files=registration.files)
    checkpoint = Checkpoint.objects.create(
        job=job,
        attempt=attempt,
        step=registration.step,
        epoch=registration.epoch,
        files=[file.model_dump(mode="json") for file in registration.files],
        bytes=sum(file.bytes for file in registration.files),
        trained_microseconds=trained_microseconds(attempt, seconds=registration.trained_seconds, now=now),
        created_at=now,
    )
    bill_attempt(
        attempt,
        job,
        step=registration.step,
        seconds=registration.trained_seconds,
        billed_by=checkpoint.id,
        files=registration.files,
        now=now,
    )
    number = job.checkpoints_count + 1
    changes: dict[str, Any] = {
        "checkpoints_count": number,
        # It got somewhere: failures before this point say nothing about the next.
        "failures": {},
        "step": max(job.step, registration.step),
        "epoch": max(job.epoch, registration.epoch),
    }
    if not is_recorded(number):
        Job.objects.filter(id=job.id).update(changed_at=now, **changes)
        return
    about = {"checkpoint_id": checkpoint.id, "number": number, "step": checkpoint.step, "epoch": checkpoint.epoch}
    note(job, event=CHECKPOINT, now=now, data=about, **changes)


def is_recorded(number: int) -> bool:
    """Whether the job's events include checkpoint ``number``: the first ten, then every tenth, every hundredth, ….

    Otherwise the events of a long job would be mostly checkpoints, which the list of checkpoints contains anyway.
    """
    magnitude: int = 10 ** (len(str(number)) - 1)
    return number % magnitude == 0


def _prefix(attempt: Attempt, step: int) -> str:
    return Checkpoint(attempt=attempt, step=step).blob_prefix
