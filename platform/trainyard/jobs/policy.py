"""Which waiting job a free slot gets: a pure function over small values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A queued job."""

    job_id: str
    organization_id: str
    priority: int
    slots: int
    queued_at: datetime


def choose(candidates: Collection[Candidate], *, running_slots: Mapping[str, int], free_slots: int) -> Candidate | None:
    """The job to run next, or ``None`` when none fits into ``free_slots``.

    Organizations take turns: the one with the least ``running_slots`` (by id, absent is none) goes first, whatever
    its jobs' priorities, which count inside an organization alone. Then the job that has waited longest.
    """
    fitting = [candidate for candidate in candidates if candidate.slots <= free_slots]
    heads: dict[str, Candidate] = {}
    for candidate in sorted(fitting, key=_within_organization):
        heads.setdefault(candidate.organization_id, candidate)
    return min(
        heads.values(),
        key=lambda head: (running_slots.get(head.organization_id, 0), head.queued_at, head.job_id),
        default=None,
    )


def _within_organization(candidate: Candidate) -> tuple[int, datetime, str]:
    return -candidate.priority, candidate.queued_at, candidate.job_id
