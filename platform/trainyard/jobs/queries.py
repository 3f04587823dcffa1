"""Reads of jobs, of the current tenant unless stated otherwise."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, QuerySet, Subquery, Sum

from trainyard.core.errors import NotFound
from trainyard.jobs.models import Attempt, Checkpoint, Event, Job, LogLine
from trainyard.pools.models import Pool
from trainyard_spec.states import LIVE_ATTEMPT_STATES, JobState


def jobs(
    *,
    states: Sequence[str] = (),
    search: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    changed_since: datetime | None = None,
    ids: Collection[str] | None = None,
    **filters: str | None,
) -> QuerySet[Job]:
    """Jobs with their pool; ``search`` is a part of their name, in upper or lower case.

    ``filters`` are ``architecture``, ``task``, ``dataset_version``, ``init_from`` and ``pool``, for each of which there
    is an index ``jobs_by_…``; those that are None or empty are left out.
    """
    rows = Job.objects.select_related("pool")
    if states:
        rows = rows.filter(state__in=states)
    if search:
        rows = rows.filter(name__icontains=search)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    if changed_since:
        rows = rows.filter(changed_at__gte=changed_since)
    if created_after:
        rows = rows.filter(created_at__gt=created_after)
    if created_before:
        rows = rows.filter(created_at__lt=created_before)
    wanted: dict[str, Any] = {name: value for name, value in filters.items() if value}
    if "pool" in wanted:
        # Its id, not a join by name: otherwise the database would try the pool of each job in turn.
        wanted["pool"] = Subquery(Pool.objects.filter(name=wanted["pool"]).values("id"))
    return rows.filter(**wanted)


def job(job_id: str) -> Job:
    """Raises ``NotFound``."""
    return _one(jobs(), job_id)


def jobs_with_dataset_version(*, dataset_ids: Collection[str] | None = None) -> QuerySet[Job]:
    """Jobs, all or those of ``dataset_ids``, with pool and dataset version; of this without what may be long."""
    long = [f"dataset_version__{name}" for name in ("profile", "files", "problems", "warnings")]
    rows = jobs().select_related("dataset_version").defer(*long)
    return rows if dataset_ids is None else rows.filter(dataset_version__dataset__in=dataset_ids)


def job_with_dataset_version(job_id: str) -> Job:
    """Raises ``NotFound``."""
    return _one(jobs_with_dataset_version(), job_id)


def locked_job(job_id: str) -> Job:
    """The job, to be changed by the caller's transaction alone. Raises ``NotFound``."""
    return _one(Job.objects.select_for_update(of=("self",), no_key=True).select_related("pool"), job_id)


def _one(rows: QuerySet[Job], job_id: str) -> Job:
    found = rows.filter(id=job_id).first()
    if found is None:
        raise no_such_job()
    return found


def no_such_job() -> NotFound:
    return NotFound("There is no job by that id.")


def events(job_id: str, *, after: int = 0) -> QuerySet[Event]:
    """The history of a job beyond sequence ``after``. Raises ``NotFound``."""
    return Event.objects.filter(job=job(job_id), sequence__gt=after)


def log_lines(job_id: str, *, search: str | None = None, level: str | None = None) -> QuerySet[LogLine]:
    """Lines of ``level`` that hold ``search``, in upper or lower case; all where they are left out.

    Raises ``NotFound``.
    """
    rows = LogLine.objects.filter(job=job(job_id))
    if search:
        rows = rows.filter(message__icontains=search)
    return rows.filter(level=level) if level else rows


def checkpoints(job_id: str) -> QuerySet[Checkpoint]:
    """Raises ``NotFound``."""
    return Checkpoint.objects.filter(job=job(job_id)).select_related("attempt")


def queued_moments(job_id: str) -> list[datetime]:
    """When a job came into the queue, each time."""
    events = Event.objects.filter(job_id=job_id, to_state=JobState.QUEUED)
    return list(events.values_list("created_at", flat=True))


def stop_moments(job_id: str) -> dict[int, datetime]:
    """When the worker of each attempt was first asked to let go of the job, by fence; others were never asked."""
    asked = Event.objects.filter(job_id=job_id, to_state=JobState.STOPPING)
    return dict(asked.values_list("fence").annotate(first=Min("created_at")).order_by())


def attempts(job_id: str) -> QuerySet[Attempt]:
    """Raises ``NotFound``."""
    return Attempt.objects.filter(job=job(job_id))


def resume_points(job_id: str, *, before_fence: int) -> list[Checkpoint]:
    """The checkpoints that attempt ``before_fence`` may go on from, the furthest first: those that still have files.

    Of several at one step, from different attempts, the newest stands for all: they hold the same state.
    """
    kept = Checkpoint.objects.filter(job_id=job_id, attempt__fence__lt=before_fence, pruned_at=None)
    oldest_first = kept.select_related("attempt").order_by("step", "attempt__fence")
    by_step = {checkpoint.step: checkpoint for checkpoint in oldest_first}
    return [by_step[step] for step in sorted(by_step, reverse=True)]


def furthest_step(job_id: str) -> int:
    """The step up to which the job's work is billed: that of its furthest checkpoint, whole or not; 0 without any."""
    return Checkpoint.objects.filter(job_id=job_id).aggregate(furthest=Max("step"))["furthest"] or 0


def names(job_ids: Collection[str]) -> dict[str, str]:
    """The names of ``job_ids``."""
    return dict(Job.objects.filter(id__in=job_ids).values_list("id", "name"))


def slots_taken(worker_ids: Collection[str]) -> dict[str, int]:
    """How many slots the attempts of any tenant take on each of ``worker_ids`` that runs one."""
    live = Attempt.across_tenants.filter(worker__in=worker_ids, state__in=LIVE_ATTEMPT_STATES)
    return dict(live.values_list("worker_id").annotate(total=Sum("job__slots")).order_by())
