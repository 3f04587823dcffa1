"""A pool as the scheduling policy sees it, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import mul
from typing import Any

from django.conf import settings
from django.db.models import F, IntegerField, Q, QuerySet, Sum, Window
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, RowNumber

from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.progress import seconds_left
from trainyard.jobs.scheduling.shares import decayed, held_use
from trainyard.jobs.scheduling.state import (
    NO_LABELS,
    Labels,
    Needs,
    PoolState,
    PoolWorker,
    Rules,
    RunningJob,
    Tenant,
    WaitingJob,
)
from trainyard.pools.models import Share, Worker
from trainyard.tenants.models import Organization
from trainyard_spec.states import LIVE_ATTEMPT_STATES, DesiredState, JobState

HEADS = 4
"""Queued jobs that are read of each organization and each kind of need: more than one, for what is locked just now."""


def rules() -> Rules:
    """The knobs, as ``TRAINYARD_…`` sets them."""
    environment = settings.ENVIRONMENT
    return Rules(
        half_life_seconds=environment.share_half_life_seconds,
        ageing_seconds=environment.priority_ageing_seconds,
        starvation_seconds=environment.starvation_seconds,
        minimum_runtime_seconds=environment.minimum_runtime_seconds,
    )


def snapshot(*, pool_id: str, now: datetime, claimer: Worker | None = None, claimer_slots: int = 0) -> PoolState:
    """The pool at ``now``, in five queries; ``claimer`` counts as up, with ``claimer_slots``."""
    running = _running(pool_id, now=now)
    queues = _queues(pool_id, now=now)
    demand = _demand(pool_id, now=now)
    return PoolState(
        now=now.timestamp(),
        tenants=_tenants(pool_id, organization_ids=queues.keys(), running=running, demand=demand, now=now),
        queues=queues,
        running=running,
        workers=_workers(pool_id, now=now, claimer=claimer, claimer_slots=claimer_slots),
    )


def waiting_job(job: Job) -> WaitingJob:
    """A queued job as the policy sees it."""
    return _waiting((getattr(job, column) for column in _WAITING), {})


def queued(pool_id: str, *, now: datetime) -> QuerySet[Job]:
    """Jobs of all tenants that may start now."""
    waiting = Job.across_tenants.filter(
        pool_id=pool_id, state=JobState.QUEUED, organization__state=Organization.State.ACTIVE
    )
    return waiting.exclude(not_before__gt=now)


_WAITING = (
    "id",
    "organization_id",
    "slots",
    "labels",
    "ranked_at",
    "queued_at",
    "priority",
    "preemptible",
    "max_runtime_seconds",
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
    "job__step",
    "job__total_steps",
    "job__samples_per_second",
    "samples_per_step",
)


def _queues(pool_id: str, *, now: datetime) -> dict[str, list[WaitingJob]]:
    """The first jobs of each organization, and of each kind of need: one that fits nowhere must not hide others."""
    kind = [F("organization_id"), F("slots"), F("labels")]
    place = Window(RowNumber(), partition_by=kind, order_by=["ranked_at", "id"])
    heads = queued(pool_id, now=now).annotate(place=place).filter(place__lte=HEADS)
    queues: dict[str, list[WaitingJob]] = defaultdict(list)
    known: dict[str, Labels] = {}
    for row in heads.values_list(*_WAITING):
        queues[row[1]].append(_waiting(row, known))
    for queue in queues.values():
        queue.sort(key=lambda job: (job.ranked_at, job.id))
    return dict(queues)


def _waiting(row: Iterable[Any], known: dict[str, Labels]) -> WaitingJob:
    job_id, organization_id, slots, labels, ranked_at, queued_at, priority, preemptible, longest = row
    return WaitingJob(
        id=job_id,
        organization_id=organization_id,
        needs=Needs(slots, 1, _labels_of(labels, known)),
        ranked_at=ranked_at.timestamp(),
        queued_at=queued_at.timestamp(),
        priority=priority,
        preemptible=preemptible,
        longest_seconds=float(longest),
    )


def _demand(pool_id: str, *, now: datetime) -> dict[str, int]:
    by_organization = queued(pool_id, now=now).values_list("organization_id")
    return dict(by_organization.annotate(slots=Sum("slots")).order_by())


def _running(pool_id: str, *, now: datetime) -> list[RunningJob]:
    live = Attempt.across_tenants.filter(job__pool_id=pool_id, state__in=LIVE_ATTEMPT_STATES)
    training = KeyTransform("training", "job__spec")
    sizes = (Cast(KeyTextTransform(name, training), IntegerField()) for name in ("batch_size", "accumulate"))
    rows = live.annotate(samples_per_step=reduce(mul, sizes)).values_list(*_RUNNING)
    return [_running_job(row, at=now.timestamp()) for row in rows]


def _running_job(row: Iterable[Any], *, at: float) -> RunningJob:
    job_id, organization_id, slots, worker_id, queued_at, claimed_at, longest, *rest = row
    priority, preemptible, desired, step, total_steps, speed, samples_per_step = rest
    since = claimed_at.timestamp()
    left = seconds_left(step=step, total_steps=total_steps, samples_per_second=speed, samples_per_step=samples_per_step)
    return RunningJob(
        id=job_id,
        organization_id=organization_id,
        needs=Needs(slots),
        worker_ids=(worker_id,),
        queued_at=queued_at.timestamp(),
        since=since,
        ends_by=since + longest,
        ends_about=None if left is None else at + left,
        priority=priority,
        preemptible=preemptible,
        stopping=desired != DesiredState.RUN,
    )


def _tenants(
    pool_id: str,
    *,
    organization_ids: Iterable[str],
    running: Iterable[RunningJob],
    demand: Mapping[str, int],
    now: datetime,
) -> dict[str, Tenant]:
    at, half_life = now.timestamp(), settings.ENVIRONMENT.share_half_life_seconds
    used: dict[str, float] = dict.fromkeys(organization_ids, 0.0)
    for job in running:
        held = held_use(slots=job.needs.total, start=job.since, end=at, now=at, half_life_seconds=half_life)
        used[job.organization_id] = used.get(job.organization_id, 0.0) + held
    shares = {share.organization_id: share for share in Share.across_tenants.filter(pool_id=pool_id)}
    return {
        organization_id: _tenant(
            shares.get(organization_id) or Share(organization_id=organization_id),
            using=using,
            waiting_slots=demand.get(organization_id, 0),
            at=at,
        )
        for organization_id, using in used.items()
    }


def _tenant(share: Share, *, using: float, waiting_slots: int, at: float) -> Tenant:
    half_life = settings.ENVIRONMENT.share_half_life_seconds
    last = share.used_at or datetime.fromtimestamp(0, UTC)
    kept = decayed(share.used_slot_seconds, seconds=max(at - last.timestamp(), 0.0), half_life_seconds=half_life)
    return Tenant(
        id=share.organization_id,
        weight=share.weight,
        guaranteed_slots=share.guaranteed_slots,
        max_running_jobs=share.max_running_jobs,
        used_slot_seconds=kept + using,
        last_held_at=last.timestamp(),
        waiting_slots=waiting_slots,
    )


def _workers(pool_id: str, *, now: datetime, claimer: Worker | None, claimer_slots: int) -> list[PoolWorker]:
    heard_since = now - timedelta(seconds=settings.ENVIRONMENT.lease_seconds)
    up = Q(state=Worker.State.ACTIVE, last_heartbeat_at__gte=heard_since, has_room=True)
    if claimer is not None:
        up |= Q(id=claimer.id)
    rows = Worker.objects.filter(up, pool_id=pool_id).values_list("id", "slots", "labels", "pool__labels")
    return [
        PoolWorker(
            id=worker_id,
            slots=claimer_slots if claimer is not None and worker_id == claimer.id else slots,
            labels=frozenset((of_pool | own).items()),
        )
        for worker_id, slots, own, of_pool in rows
    ]


def _labels_of(text: str, known: dict[str, Labels]) -> Labels:
    if not text:
        return NO_LABELS
    if text not in known:
        known[text] = frozenset((name, value) for name, _, value in (part.partition("=") for part in text.split(",")))
    return known[text]
