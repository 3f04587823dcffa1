"""Candidates of the scheduling policy: the queued jobs that may be claimed now."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, overload

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum, Window
from django.db.models.functions import RowNumber

from trainyard.jobs.models import Job
from trainyard.jobs.scheduling.state import NO_LABELS, Labels, ResourceRequest, WaitingJob
from trainyard.tenants.models import Organization
from trainyard_spec.states import JobState

FIRST_JOBS = 4
"""Queued jobs that are read of each organization and each kind of need: more than one, for what is locked just now."""

PARTS = 4
"""Queries in which queues are read by what their first jobs need, before all that are left are read at once."""

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


def waiting_job(job: Job) -> WaitingJob:
    """A queued job as the policy sees it."""
    return _waiting((getattr(job, column) for column in _WAITING), {})


def claimable(jobs: QuerySet[Job], *, now: datetime) -> QuerySet[Job]:
    """Those of ``jobs`` that a worker may claim: queued, past the delay after a fault, of an active organization."""
    return _ready(jobs, now=now).filter(organization__state=Organization.State.ACTIVE)


def claimable_jobs(pool_id: str, *, now: datetime) -> QuerySet[Job]:
    """Jobs of all tenants that a worker of the pool may claim."""
    return claimable(Job.across_tenants.filter(pool_id=pool_id), now=now)


def pools_with_claimable_jobs(*, now: datetime) -> set[str]:
    """Ids of pools in which a job of any tenant waits that a worker may claim."""
    return set(claimable(Job.across_tenants.all(), now=now).values_list("pool_id", flat=True).distinct())


def waiting_slots(pool_id: str, *, now: datetime) -> dict[str, int]:
    """The slots that all queued jobs of each organization would occupy, from an index alone."""
    by_organization = _ready_in(pool_id, now=now).values_list("organization_id")
    return dict(by_organization.annotate(total=Sum("slots")).order_by())


def first_jobs(
    pool_id: str, *, now: datetime, organization_ids: Collection[str] | None = None
) -> dict[str, list[WaitingJob]]:
    """The first jobs of each organization (or of some), and of each kind of need: one that fits nowhere must not hide
    others."""
    kind = [F("organization_id"), F("slots"), F("labels")]
    place = Window(RowNumber(), partition_by=kind, order_by=["ranked_at", "id"])
    candidates = _ready_in(pool_id, now=now)
    if organization_ids is not None:
        candidates = candidates.filter(organization_id__in=organization_ids)
    first = candidates.annotate(place=place).filter(place__lte=FIRST_JOBS)
    # By id alone: SQLite, which has no statistics, would otherwise go through all jobs that the pool ever had.
    active = Job.across_tenants.filter(organization__state=Organization.State.ACTIVE)
    return _by_organization(active.filter(id__in=first.values("id")))


class LazyQueues(Mapping[str, Sequence[WaitingJob]]):
    """Result of ``first_jobs``, read on demand: at first only the first job of each organization.

    A decision for one worker looks behind first jobs that do not fit. It will also look behind others with the same
    request, so those queues are read together: never more than ``PARTS + 2`` queries. To be used while the pool is
    locked, so that no claim comes in between.
    """

    def __init__(self, pool_id: str, *, now: datetime) -> None:
        self._pool_id, self._now = pool_id, now
        self._firsts = {owner: job for owner, [job] in _firsts(pool_id, now=now).items()}
        self._queues = {owner: _LazyQueue(self, job) for owner, job in self._firsts.items()}
        self._unread = set(self._firsts)
        self._read: dict[str, list[WaitingJob]] = {}
        self._parts = 0

    def __getitem__(self, organization_id: str) -> Sequence[WaitingJob]:
        return self._queues[organization_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._queues)

    def __len__(self) -> int:
        return len(self._queues)

    def read(self, first: WaitingJob) -> list[WaitingJob]:
        """The queue that ``first`` leads, as it is now."""
        if first.organization_id in self._unread:
            alike = {owner for owner in self._unread if self._firsts[owner].request == first.request}
            part = alike if self._parts < PARTS else self._unread
            self._read |= first_jobs(self._pool_id, now=self._now, organization_ids=part)
            self._unread = self._unread - part
            self._parts += 1
        return self._read.get(first.organization_id, [])


class _LazyQueue(Sequence[WaitingJob]):
    """Queue of one organization.

    It is a snapshot: jobs that are queued before its first job afterwards are not in it.
    """

    def __init__(self, queues: LazyQueues, first: WaitingJob) -> None:
        self._queues, self._first = queues, first

    @cached_property
    def _jobs(self) -> list[WaitingJob]:
        first = self._first
        return [
            first,
            *(job for job in self._queues.read(first) if (job.ranked_at, job.id) > (first.ranked_at, first.id)),
        ]

    @overload
    def __getitem__(self, place: int) -> WaitingJob: ...
    @overload
    def __getitem__(self, place: slice) -> list[WaitingJob]: ...
    def __getitem__(self, place: int | slice) -> WaitingJob | list[WaitingJob]:
        return self._first if place == 0 else self._jobs[place]

    def __len__(self) -> int:
        return len(self._jobs)


def _ready(jobs: QuerySet[Job], *, now: datetime) -> QuerySet[Job]:
    """``claimable`` but for the state of their organizations, which an index of jobs alone does not know."""
    return jobs.filter(Q(not_before=None) | Q(not_before__lte=now), state=JobState.QUEUED)


def _ready_in(pool_id: str, *, now: datetime) -> QuerySet[Job]:
    return _ready(Job.across_tenants.filter(pool_id=pool_id), now=now)


def _firsts(pool_id: str, *, now: datetime) -> dict[str, list[WaitingJob]]:
    """Each organization's first job: one look into an index for each active organization, however many jobs wait."""
    own = _ready_in(pool_id, now=now).filter(organization_id=OuterRef("id")).order_by("ranked_at", "id")
    active = Organization.objects.filter(state=Organization.State.ACTIVE)
    first = active.values(first=Subquery(own.values("id")[:1]))
    return _by_organization(Job.across_tenants.filter(id__in=first))


def _by_organization(jobs: QuerySet[Job]) -> dict[str, list[WaitingJob]]:
    """The queues that ``jobs`` form, in the order of ``ranked_at``, id."""
    queues: dict[str, list[WaitingJob]] = {}
    known: dict[str, Labels] = {}
    for row in jobs.values_list(*_WAITING):
        queues.setdefault(row[1], []).append(_waiting(row, known))
    for queue in queues.values():
        queue.sort(key=lambda job: (job.ranked_at, job.id))
    return queues


def _waiting(row: Iterable[Any], known: dict[str, Labels]) -> WaitingJob:
    job_id, organization_id, slots, labels, ranked_at, queued_at, priority, preemptible, longest = row
    return WaitingJob(
        id=job_id,
        organization_id=organization_id,
        request=ResourceRequest(slots, 1, _labels_of(labels, known)),
        ranked_at=ranked_at.timestamp(),
        queued_at=queued_at.timestamp(),
        priority=priority,
        preemptible=preemptible,
        longest_seconds=float(longest),
    )


def _labels_of(text: str, known: dict[str, Labels]) -> Labels:
    if not text:
        return NO_LABELS
    if text not in known:
        known[text] = frozenset((name, value) for name, _, value in (part.partition("=") for part in text.split(",")))
    return known[text]
