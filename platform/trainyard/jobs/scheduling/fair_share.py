"""Fair share: decayed usage, and max-min fair slots by weight."""

from collections.abc import Iterable, Mapping
from math import log

from trainyard.jobs.scheduling.state import PoolState, Tenant


def decayed(use: float, *, seconds: float, half_life_seconds: float) -> float:
    """What is left of ``use`` slot-seconds after ``seconds``: half after each half-life.

    Source: the usage factor of Slurm's multifactor priority plugin, with PriorityDecayHalfLife
    (https://slurm.schedmd.com/priority_multifactor.html).
    """
    return float(use * 2.0 ** (-seconds / half_life_seconds))


def held_usage(*, slots: int, start: float, end: float, now: float, half_life_seconds: float) -> float:
    """The decayed slot-seconds, at ``now``, of ``slots`` held from ``start`` to ``end``.

    The integral of ``slots * 2 ** (-(now - t) / half_life)`` over t: exact, however seldom it is computed.
    """
    since_start = decayed(1.0, seconds=now - start, half_life_seconds=half_life_seconds)
    since_end = decayed(1.0, seconds=now - end, half_life_seconds=half_life_seconds)
    return slots * (half_life_seconds / log(2)) * (since_end - since_start)


def average_slots(use: float, *, half_life_seconds: float) -> float:
    """Decayed use as slots: whoever always held n slots has used ``n * half_life / ln 2`` slot-seconds."""
    return use * log(2) / half_life_seconds


def fair_slots(*, capacity: float, tenants: Iterable[Tenant], held: Mapping[str, int]) -> dict[str, float]:
    """How many of ``capacity`` slots each organization should hold, by id: max-min fair shares by weight.

    Each first gets what it is guaranteed, as far as it asks for it (all in proportion where there is not enough).
    The rest is poured out by weight, and whoever has all that they ask for drops out. What an organization asks for
    is what it holds (``held``) and what waits. Sources: progressive filling, Bertsekas & Gallager, Data Networks
    (1992), 6.5.2; weighted, and one resource of dominant resource fairness, Ghodsi et al., NSDI 2011.
    """
    wanting = {tenant.id: held.get(tenant.id, 0) + tenant.waiting_slots for tenant in tenants}
    askers = sorted((t for t in tenants if wanting[t.id] > 0), key=lambda tenant: tenant.id)
    fair = {tenant.id: float(min(tenant.guaranteed_slots, wanting[tenant.id])) for tenant in askers}
    promised = sum(fair.values())
    if promised > capacity:
        return {organization_id: slots * capacity / promised for organization_id, slots in fair.items()}
    rest, weight = capacity - promised, sum(tenant.weight for tenant in askers)
    for tenant in sorted(askers, key=lambda t: ((wanting[t.id] - fair[t.id]) / t.weight, t.id)):
        poured = min(wanting[tenant.id] - fair[tenant.id], rest * tenant.weight / weight)
        fair[tenant.id] += poured
        rest -= poured
        weight -= tenant.weight
    return fair


def fair_slots_of(state: PoolState, *, held: Mapping[str, int]) -> dict[str, float]:
    """``fair_slots`` of a whole pool."""
    return fair_slots(capacity=state.slots, tenants=list(state.tenants.values()), held=held)
