"""Pool state: a pool as the scheduling policy sees it, in a fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models.fields.json import KeyTransform

from trainyard.core.tenancy import platform_scope
from trainyard.jobs.models import Attempt
from trainyard.jobs.queue.candidates import LazyQueues, first_jobs, waiting_slots
from trainyard.jobs.queue.running_limits import running_limits
from trainyard.jobs.reporting.progress import samples_per_step, seconds_left
from trainyard.jobs.scheduling.fair_share import decayed, held_usage
from trainyard.jobs.scheduling.state import (
    PoolState,
    PoolWorker,
    ResourceRequest,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)
from trainyard.pools.models import PoolQuota, Worker, labels_of_models
from trainyard.pools.queries import closed_workers
from trainyard_spec.states import LIVE_ATTEMPT_STATES, DesiredState


def rules() -> Rules:
    """The knobs, as ``TRAINYARD_…`` sets them."""
    environment = settings.ENVIRONMENT
    return Rules(
        half_life_seconds=environment.share_half_life_seconds,
        ageing_seconds=environment.priority_ageing_seconds,
        starvation_seconds=environment.starvation_seconds,
        minimum_runtime_seconds=environment.minimum_runtime_seconds,
    )


@platform_scope()
def snapshot(*, pool_id: str, now: datetime) -> PoolState:
    """The pool at ``now``, in six queries; in seven where no worker takes jobs."""
    running, queues = _running(pool_id, now=now, with_ends=True), first_jobs(pool_id, now=now)
    workers = _workers(pool_id, now=now)
    return PoolState(
        now=now.timestamp(),
        tenants=_tenants(pool_id, queues=queues, running=running, wanted=waiting_slots(pool_id, now=now), now=now),
        queues=queues,
        running=running,
        workers=workers,
        closed={} if workers else closed_workers(pool_id=pool_id, now=now),
    )


def claim_snapshot(*, claimer: Worker, releasing_slots: int, now: datetime) -> PoolState:
    """The pool of ``claimer``, which counts as up, for one decision: the same as from ``snapshot``.

    ``releasing_slots`` of its slots hold no job and are not offered yet.

    Six queries and those of ``LazyQueues``, which is read while the decision is made. Left out is what no decision
    asks for (when running jobs will probably end) and what this one does not: the slots that waiting jobs want matter
    only where preemptible jobs run.
    """
    pool_id = claimer.pool_id
    running, queues = _running(pool_id, now=now, with_ends=False), LazyQueues(pool_id, now=now)
    wanted = waiting_slots(pool_id, now=now) if any(job.preemptible for job in running) else {}
    return PoolState(
        now=now.timestamp(),
        tenants=_tenants(pool_id, queues=queues, running=running, wanted=wanted, now=now),
        queues=queues,
        running=running,
        workers=_workers(pool_id, now=now, claimer=claimer, releasing_slots=releasing_slots),
    )


_RUNNING = (
    "job_id",
    "organization_id",
    "job__slots",
    "worker_id",
    "job__queued_at",
    "claimed_at",
    "job__max_runtime_seconds",
    "job__priority",
    "job__preemptible",
    "job__desired",
)

_PROGRESS = ("job__step", "job__total_steps", "job__samples_per_second", "training", "job__resolved_training")


def _running(pool_id: str, *, now: datetime, with_ends: bool) -> list[RunningJob]:
    live = Attempt.across_tenants.filter(worker__pool_id=pool_id, state__in=LIVE_ATTEMPT_STATES)
    if not with_ends:
        return [_running_job(row, ends_about=None) for row in live.values_list(*_RUNNING)]
    rows = live.annotate(training=KeyTransform("training", "job__spec")).values_list(*_RUNNING, *_PROGRESS)
    own = len(_RUNNING)
    return [_running_job(row[:own], ends_about=_ends_about(row[own:], at=now.timestamp())) for row in rows]


def _ends_about(progress: Sequence[Any], *, at: float) -> float | None:
    step, total_steps, speed, training, resolved = progress
    left = seconds_left(
        step=step,
        total_steps=total_steps,
        samples_per_second=speed,
        samples_per_step=samples_per_step(training, resolved),
    )
    return None if left is None else at + left


def _running_job(row: Sequence[Any], *, ends_about: float | None) -> RunningJob:
    job_id, organization_id, slots, worker_id, queued_at, claimed_at, longest, priority, preemptible, desired = row
    since = claimed_at.timestamp()
    return RunningJob(
        id=job_id,
        organization_id=organization_id,
        request=ResourceRequest(slots),
        worker_ids=(worker_id,),
        queued_at=queued_at.timestamp(),
        since=since,
        ends_by=since + longest,
        ends_about=ends_about,
        priority=priority,
        preemptible=preemptible,
        stopping=desired != DesiredState.RUN,
    )


def _tenants(
    pool_id: str,
    *,
    queues: Mapping[str, Sequence[WaitingJob]],
    running: Iterable[RunningJob],
    wanted: Mapping[str, int],
    now: datetime,
) -> dict[str, Tenant]:
    """``wanted`` slots count for organizations that have a queue: not for one that is suspended."""
    at, half_life = now.timestamp(), settings.ENVIRONMENT.share_half_life_seconds
    used: dict[str, float] = dict.fromkeys(queues, 0.0)
    for job in running:
        held = held_usage(slots=job.request.total, start=job.since, end=at, now=at, half_life_seconds=half_life)
        used[job.organization_id] = used.get(job.organization_id, 0.0) + held
    quotas = {quota.organization_id: quota for quota in PoolQuota.across_tenants.filter(pool_id=pool_id)}
    of_plans = running_limits(organization_ids=used, pool_id=pool_id)
    return {
        organization_id: _tenant(
            quotas.get(organization_id) or PoolQuota(organization_id=organization_id),
            of_plan=of_plans.get(organization_id),
            using=using,
            waiting_slots=wanted.get(organization_id, 0) if organization_id in queues else 0,
            at=at,
        )
        for organization_id, using in used.items()
    }


def _tenant(quota: PoolQuota, *, of_plan: int | None, using: float, waiting_slots: int, at: float) -> Tenant:
    half_life = settings.ENVIRONMENT.share_half_life_seconds
    last = quota.used_at or datetime.fromtimestamp(0, UTC)
    kept = decayed(quota.used_slot_seconds, seconds=max(at - last.timestamp(), 0.0), half_life_seconds=half_life)
    return Tenant(
        id=quota.organization_id,
        weight=quota.weight,
        guaranteed_slots=quota.guaranteed_slots,
        max_running_jobs=min((each for each in (quota.max_running_jobs, of_plan) if each is not None), default=None),
        used_slot_seconds=kept + using,
        last_held_at=last.timestamp(),
        waiting_slots=waiting_slots,
    )


def _workers(
    pool_id: str, *, now: datetime, claimer: Worker | None = None, releasing_slots: int = 0
) -> list[PoolWorker]:
    takers = Worker.objects.taking_jobs(now=now)
    if claimer is not None:
        takers |= Worker.objects.filter(id=claimer.id)
    columns = ("id", "slots", "labels", "pool__labels", "pretrained")
    rows = takers.filter(pool_id=pool_id).values_list(*columns)
    return [
        PoolWorker(
            id=worker_id,
            slots=slots,
            labels=frozenset((of_pool | own | labels_of_models(models)).items()),
            releasing_slots=releasing_slots if claimer is not None and worker_id == claimer.id else 0,
        )
        for worker_id, slots, own, of_pool, models in rows
    ]
