"""Hourly metering of storage: the bytes of each organization when the hour's snapshot is taken.

An hour is counted once, however late or often its snapshot is taken; an hour without a snapshot costs nothing.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Sum

from trainyard.billing.meters.models import MeteredUsage
from trainyard.billing.meters.prices import GB_HOUR
from trainyard.billing.meters.rating import MeterEvent, rate
from trainyard.core import reconciling
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Checkpoint
from trainyard.registry.models import Model
from trainyard.tracking.models import Artifact

RECONCILER = "billing.storage"
HOUR = timedelta(hours=1)
Stored = dict[str, dict[str, int]]


def meter_hour(*, stored: Stored, now: datetime) -> int:
    """Counts the hour that ``now`` lies in for every organization in ``stored``; returns the micro-units."""
    start = now.replace(minute=0, second=0, microsecond=0)
    return reconciling.each(
        ((organization_id, _rating(organization_id, kinds, start, now)) for organization_id, kinds in stored.items()),
        reconciler=RECONCILER,
        now=now,
    )


def stored_bytes() -> Stored:
    """Bytes by organization and what they are of: data, checkpoints, models and files of runs that are not deleted."""
    sums = {
        "datasets": DatasetVersion.across_tenants.filter(dataset__deleted_at=None, bytes__gt=0),
        "checkpoints": Checkpoint.across_tenants.filter(pruned_at=None, bytes__gt=0),
        "run_artifacts": Artifact.across_tenants.filter(bytes__gt=0),
    }
    found: Stored = {}
    for kind, rows in sums.items():
        for organization_id, total in rows.order_by().values_list("organization_id").annotate(total=Sum("bytes")):
            found.setdefault(organization_id, {})[kind] = total
    models = Model.across_tenants.filter(deleted_at=None).values_list("organization_id", "files")
    for organization_id, files in models.iterator():
        of_kind = found.setdefault(organization_id, {})
        of_kind["models"] = of_kind.get("models", 0) + sum(file["bytes"] for file in files)
    return found


def _rating(organization_id: str, of_kind: dict[str, int], start: datetime, now: datetime) -> Callable[[], int]:
    def work() -> int:
        with tenant_scope(organization_id):
            return rate([_event(kind, count, start) for kind, count in of_kind.items()], now=now)

    return work


def _event(kind: str, count: int, start: datetime) -> MeterEvent:
    """A byte for an hour is 10⁻⁹ of a GB-hour."""
    return MeterEvent(
        kind=MeteredUsage.Kind.STORAGE,
        subject=kind,
        key=f"storage:{kind}:{start:%Y-%m-%dT%H}",
        quantity_nano=count,
        unit=GB_HOUR,
        started_at=start,
        ended_at=start + HOUR,
    )
