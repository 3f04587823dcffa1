"""Ordering and steering fine-tuning jobs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from trainyard.core import audit
from trainyard.core.errors import Conflict, NotFound, TrainyardError
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.operations import add_version
from trainyard.fine_tuning import queries
from trainyard.fine_tuning.merging import merged_version
from trainyard.fine_tuning.models import FineTuningJob
from trainyard.fine_tuning.specs import TASKS, spec_of
from trainyard.jobs import operations as jobs
from trainyard.jobs.lifecycle import user_actions
from trainyard_spec.tasks import Task

logger = structlog.get_logger(__name__)

MOST_AT_ONCE = 100
REJECTED = "invalid_training_file"


class StillValidating(Conflict):
    """The files are still being validated, so that training has not begun."""

    code = "still_validating"


class WrongFile(Conflict):
    """The file is for another fine-tuning method than the job's."""

    code = "wrong_file"


class FineTuningEnded(Conflict):
    """The fine-tuning job has ended before it could train."""

    code = "fine_tuning_ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuningRequest:
    """What is asked; see ``FineTuningJob``."""

    base: str
    method: str
    training_file: str
    validation_file: str | None = None
    hyperparameters: dict[str, Any] = field(default_factory=dict)
    suffix: str = ""
    seed: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    cap: str = ""
    pool: str = ""


@transaction.atomic
def create(*, order: FineTuningRequest, actor: str, now: datetime) -> FineTuningJob:
    """Orders a training, which begins once its files are ready: at once if they are.

    Raises ``NotFound`` for a file that is not there, ``WrongFile``, ``UnreadableFile`` and, for files that are ready,
    what ``jobs.operations.submit`` raises.
    """
    training = _file(order.training_file, order.method, field="training_file")
    validation = order.validation_file and _file(order.validation_file, order.method, field="validation_file")
    row = FineTuningJob(
        organization_id=current_tenant(),
        base=order.base,
        method=order.method,
        hyperparameters=order.hyperparameters,
        suffix=order.suffix,
        seed=order.seed,
        metadata=order.metadata,
        training_file=training,
        validation_file=validation or None,
        trains_on=None if validation else training,
        cap=order.cap,
        pool=order.pool,
        created_by=actor,
        created_at=now,
    )
    if validation:
        with merged_version(training, validation, actor=actor, now=now) as version:
            add_version(version, actor=actor, now=now)
            row.trains_on = version
    row.save(force_insert=True)
    audit.record(actor=actor, action="fine_tuning.create", target=row.id, organization_id=current_tenant(), now=now)
    if row.trains_on is not None and row.trains_on.state == DatasetVersion.State.READY:
        _submit(row, now=now)
    return queries.fine_tuning_job(row.id)


def _file(file_id: str, method: str, *, field: str) -> DatasetVersion:
    known = DatasetVersion.objects.filter(dataset__deleted_at=None).select_related("dataset")
    found = known.filter(id=file_id).first()
    if found is None:
        raise NotFound(f"There is no file {file_id} for {field}.")
    task = TASKS[method]
    if found.dataset.task != task:
        is_pairs = found.dataset.task == Task.PREFERENCE_TUNING
        raise WrongFile(
            f"The file {file_id} holds {'preferences' if is_pairs else 'conversations'}, and {method} learns from "
            f"{'conversations' if is_pairs else 'preferences'}.",
            hint=f"Set method.type to {'dpo' if is_pairs else 'supervised'}, or name another file.",
        )
    return found


def _submit(row: FineTuningJob, *, now: datetime) -> None:
    """Raises what ``submit`` raises. Once: the row's guard goes with the job that it made."""
    job = jobs.submit(spec=spec_of(row), created_by=row.created_by, now=now)
    if FineTuningJob.objects.filter(id=row.id, waiting=True).update(job=job, waiting=False) != 1:
        raise FineTuningEnded("The fine-tuning job has ended meanwhile.")


def submit_ready(*, now: datetime) -> int:
    """Submits orders of any tenant whose files have become ready, and ends those whose files were rejected."""
    waiting = FineTuningJob.across_tenants.filter(waiting=True).exclude(
        trains_on__state=DatasetVersion.State.VALIDATING, trains_on__dataset__deleted_at=None
    )
    done = 0
    for row in waiting.select_related("trains_on__dataset").order_by("id")[:MOST_AT_ONCE]:
        with tenant_scope(row.organization_id), audit.acting(actor=row.created_by):
            done += _submit_or_end(row, now=now)
    if done:
        logger.info("fine_tuning.submitted", count=done)
    return done


def _submit_or_end(row: FineTuningJob, *, now: datetime) -> int:
    assert row.trains_on is not None  # noqa: S101  it has one from its first moment
    if row.trains_on.state == DatasetVersion.State.REJECTED:
        first: dict[str, Any] = next(iter(row.trains_on.problems), {})
        place = f" (line {first['row']})" if first.get("row") else ""
        message = f"The file cannot be trained on: {first.get('message', 'it was rejected')}{place}"
        return _end(row, {"code": REJECTED, "message": message, "param": "training_file"}, now=now)
    try:
        with transaction.atomic():
            _submit(row, now=now)
    except FineTuningEnded:
        return 0
    except TrainyardError as error:
        message = " ".join(filter(None, [error.message, *(each.message for each in error.errors[:3]), error.hint]))
        param = error.errors[0].field if error.errors else None
        return _end(row, {"code": error.code, "message": message, "param": param}, now=now)
    return 1


def _end(row: FineTuningJob, error: dict[str, Any] | None, *, now: datetime) -> int:
    rows = FineTuningJob.objects.filter(id=row.id, waiting=True)
    return rows.update(waiting=False, error=error, ended_at=now)


@transaction.atomic
def cancel(*, fine_tuning_id: str, now: datetime) -> FineTuningJob:
    """Ends it for good; again changes nothing. Raises ``NotFound``, ``FineTuningEnded`` and ``JobFinished``."""
    row = queries.fine_tuning_job(fine_tuning_id)
    if row.job is not None:
        user_actions.cancel(job_id=row.job.id, now=now)
    elif row.error is not None:
        raise FineTuningEnded("The fine-tuning job has failed.")
    else:
        _end(row, None, now=now)
    return queries.fine_tuning_job(fine_tuning_id)


@transaction.atomic
def pause(*, fine_tuning_id: str, now: datetime) -> FineTuningJob:
    """Raises ``NotFound``, ``StillValidating`` and what ``user_actions.pause`` raises."""
    user_actions.pause(job_id=_job_id(fine_tuning_id), now=now)
    return queries.fine_tuning_job(fine_tuning_id)


@transaction.atomic
def resume(*, fine_tuning_id: str, now: datetime) -> FineTuningJob:
    """Raises ``NotFound``, ``StillValidating`` and what ``user_actions.resume`` raises."""
    user_actions.resume(job_id=_job_id(fine_tuning_id), now=now)
    return queries.fine_tuning_job(fine_tuning_id)


def _job_id(fine_tuning_id: str) -> str:
    row = queries.fine_tuning_job(fine_tuning_id)
    if row.job is None:
        if row.waiting:
            raise StillValidating("The files of this fine-tuning job are still validated.", hint="Try again soon.")
        raise FineTuningEnded("The fine-tuning job has ended.")
    return str(row.job.id)
