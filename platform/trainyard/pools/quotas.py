"""Quotas of organizations in pools: reads and writes of operators."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from trainyard.core import audit
from trainyard.core.errors import NotFound
from trainyard.pools.models import Pool, PoolQuota, Worker
from trainyard.tenants.queries import organization


def quotas(*, organization_id: str) -> QuerySet[PoolQuota]:
    """The organization's shares that were set or used so far; elsewhere it has the defaults. Raises ``NotFound``."""
    owner = organization(organization_id)
    return PoolQuota.across_tenants.select_related("pool").filter(organization=owner)


@transaction.atomic
def set_quota(*, organization_id: str, pool_name: str, actor: str, now: datetime, **quota: Any) -> PoolQuota:
    """Sets those of ``weight``, ``guaranteed_slots``, ``max_running_jobs`` and ``max_queued_jobs`` that are given.

    What runs or is queued already stays. Raises ``NotFound``.
    """
    owner = organization(organization_id)
    pool = Pool.objects.filter(name=pool_name).first()
    if pool is None:
        raise NotFound(f"There is no pool named {pool_name}.")
    own = PoolQuota.across_tenants.filter(organization=owner, pool=pool)
    before = own.select_for_update().values(*quota).first()
    stored, _ = PoolQuota.across_tenants.update_or_create(organization=owner, pool=pool, defaults=quota)
    audit.record(
        actor=actor,
        action="quota.set",
        target=pool.id,
        organization_id=owner.id,
        now=now,
        before=before,
        after=quota,
        **quota,
    )
    return stored


@transaction.atomic
def set_worker_labels(*, worker_id: str, labels: Mapping[str, str], actor: str, now: datetime) -> None:
    """Replaces a worker's own labels; jobs that ask for them go to it from now on. Raises ``NotFound``."""
    if Worker.objects.filter(id=worker_id).update(labels=dict(labels)) != 1:
        raise NotFound("There is no worker by that id.")
    audit.record(actor=actor, action="worker.label", target=worker_id, now=now, labels=dict(labels))
