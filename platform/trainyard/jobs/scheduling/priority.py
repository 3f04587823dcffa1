"""Priority of waiting jobs: tier, fair-share score and priority with ageing."""

from enum import IntEnum

from trainyard.jobs.scheduling.fair_share import average_slots
from trainyard.jobs.scheduling.state import ResourceRequest, Rules, Tenant

PriorityKey = tuple[int, float, float, str]

HELD_NOW = 1 / 16
"""What a slot held now counts beside one held on average. More, and organizations whose share is less than a slot get
too much; less, and shares swing more before they settle."""


class PriorityTier(IntEnum):
    """Priority tier of an organization's next job; lower goes first.

    An organization is starving if it has waited for ``Rules.starvation_seconds`` without holding a slot; a job is
    guaranteed while its organization stays within its guaranteed slots.
    """

    STARVING = 0
    GUARANTEED = 1
    FAIR_SHARE = 2


def aged_priority(*, queued_at: float, priority: int, ageing_seconds: float) -> float:
    """Priority with ageing among an organization's own jobs; lower goes first.

    Priority plus age, ``priority + (now - queued_at) / ageing_seconds``, orders jobs the same at every ``now``: as
    ``queued_at - priority * ageing_seconds``. So the order never has to be computed again, and a job of lower
    priority waits for younger ones at most the difference in priority times ``ageing_seconds``.
    """
    return queued_at - priority * ageing_seconds


def fair_share_score(tenant: Tenant, request: ResourceRequest, *, held: int, rules: Rules) -> float:
    """Fair-share score: what an organization has for its weight, were a job with ``request`` half started. Least first.

    ``(average + (held + slots / 2) / 16) / weight``: in the long run the slots held on average of late decide alone,
    so that shares become proportional to the weights; those held now, at a 16th, keep slots that come free at once
    from all going to one. Counting half of the job favours neither small shares nor large ones, as Webster's method
    of apportionment does (Balinski & Young, Fair Representation, 1982).
    """
    average = average_slots(tenant.used_slot_seconds, half_life_seconds=rules.half_life_seconds)
    return (average + (held + request.total / 2) * HELD_NOW) / tenant.weight


def priority_tier(
    tenant: Tenant, request: ResourceRequest, *, queued_at: float, held: int, now: float, rules: Rules
) -> PriorityTier:
    """The tier of an organization's next job while the organization holds ``held`` slots."""
    if held == 0 and now - max(queued_at, tenant.last_held_at) >= rules.starvation_seconds:
        return PriorityTier.STARVING
    return PriorityTier.GUARANTEED if held + request.total <= tenant.guaranteed_slots else PriorityTier.FAIR_SHARE


def priority_key(
    tenant: Tenant, request: ResourceRequest, *, job_id: str, queued_at: float, held: int, now: float, rules: Rules
) -> PriorityKey:
    """Sorting key of the first jobs of different organizations, each of which holds ``held`` slots. Least first."""
    tier = priority_tier(tenant, request, queued_at=queued_at, held=held, now=now, rules=rules)
    return int(tier), fair_share_score(tenant, request, held=held, rules=rules), queued_at, job_id
