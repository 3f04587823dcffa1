"""Base models: which pools have workers that hold one."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from trainyard.billing.pricing.queries import NoPrice, RateKey, rate_at
from trainyard.core.tenancy import current_tenant
from trainyard.pools.models import Pool, Worker
from trainyard.training_sessions.errors import NoHost
from trainyard_common.did_you_mean import did_you_mean


def base_models(*, now: datetime) -> dict[str, int]:
    """The longest context of each base model that a worker of an active pool holds, by name."""
    found: dict[str, int] = {}
    for models in _workers(now=now).values_list("language_models", flat=True):
        for name, longest in models.items():
            found[name] = max(longest, found.get(name, 0))
    return dict(sorted(found.items()))


def pool_with(base_model: str, *, now: datetime) -> Pool:
    """The cheapest pool with a price in which a worker holds ``base_model``. Raises ``NoHost`` and ``NoPrice``."""
    workers = _workers(now=now).select_related("pool")
    pools = {worker.pool_id: worker.pool for worker in workers if base_model in worker.language_models}
    if not pools:
        raise _no_host(base_model, base_models(now=now))
    priced = {}
    for pool_id in pools:
        try:
            rate = rate_at(RateKey(current_tenant(), pool_id, preemptible=False), at=now)
        except NoPrice:
            continue
        priced[pool_id] = rate.per_slot_second
    if not priced:
        raise NoPrice("No pool with this base model has a price yet.", hint="Ask the operators for a price.")
    return pools[min(priced, key=lambda pool_id: (priced[pool_id], pool_id))]


def _workers(*, now: datetime) -> QuerySet[Worker]:
    return Worker.objects.taking_work(now=now).filter(pool__state=Pool.State.ACTIVE, pool__preemptible=False)


def _no_host(base_model: str, known: Mapping[str, int]) -> NoHost:
    names = ", ".join(known) or "none"
    return NoHost(
        f"No worker that is running has the base model {base_model}.",
        hint=did_you_mean(base_model, known) or f"Base models here: {names}. Ask the operators to register another.",
    )
