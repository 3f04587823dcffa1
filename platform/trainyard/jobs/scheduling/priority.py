"""Who comes before whom."""

from enum import IntEnum

from trainyard.jobs.scheduling.fair_share import average_slots
from trainyard.jobs.scheduling.state import Needs, Rules, Tenant

Key = tuple[int, float, float, str]

HELD_NOW = 1 / 16
"""What a slot held now counts beside one held on average. More, and organizations whose share is less than a slot get
too much; less, and shares swing more before they settle."""


class Turn(IntEnum):
    """Why an organization's next job comes when it does; lower goes first.

    An organization starves that has waited for ``Rules.starvation_seconds`` and held no slot in all that time; a job
    is guaranteed while its organization stays within the slots that it is guaranteed.
    """

    STARVING = 0
    GUARANTEED = 1
    FAIR_SHARE = 2


def rank(*, queued_at: float, priority: int, ageing_seconds: float) -> float:
    """Where a job stands among its organization's own; lower goes first.

    Priority plus age, ``priority + (now - queued_at) / ageing_seconds``, orders jobs the same at every ``now``: as
    ``queued_at - priority * ageing_seconds``. So the order never has to be computed again, and a job of lower
    priority waits for younger ones at most the difference in priority times ``ageing_seconds``.
    """
    return queued_at - priority * ageing_seconds


def standing(tenant: Tenant, needs: Needs, *, held: int, rules: Rules) -> float:
    """How much an organization has for its weight, were a job with ``needs`` half started. Least first.

    ``(average + (held + slots / 2) / 16) / weight``: in the long run the slots held on average of late decide alone,
    so that shares become proportional to the weights; those held now, at a 16th, keep slots that come free at once
    from all going to one. Counting half of the job favours neither small shares nor large ones, as Webster's method
    of apportionment does (Balinski & Young, Fair Representation, 1982).
    """
    average = average_slots(tenant.used_slot_seconds, half_life_seconds=rules.half_life_seconds)
    return (average + (held + needs.total / 2) * HELD_NOW) / tenant.weight


def turn_of(tenant: Tenant, needs: Needs, *, queued_at: float, held: int, now: float, rules: Rules) -> Turn:
    if held == 0 and now - max(queued_at, tenant.last_held_at) >= rules.starvation_seconds:
        return Turn.STARVING
    return Turn.GUARANTEED if held + needs.total <= tenant.guaranteed_slots else Turn.FAIR_SHARE


def key_of(tenant: Tenant, needs: Needs, *, job_id: str, queued_at: float, held: int, now: float, rules: Rules) -> Key:
    """Orders the first jobs of different organizations, each of which holds ``held`` slots. Least first."""
    turn = turn_of(tenant, needs, queued_at=queued_at, held=held, now=now, rules=rules)
    return int(turn), standing(tenant, needs, held=held, rules=rules), queued_at, job_id
