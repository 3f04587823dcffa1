"""Storage of saved weights, metered by the hour beside everything else that an organization stores."""

from datetime import datetime

from django.db.models import Sum

from trainyard.core.tenancy import platform_scope
from trainyard.registry import storage_metering
from trainyard.training_sessions import queries
from trainyard.training_sessions.models import SavedWeights

SAVED_WEIGHTS = "saved_weights"


def meter_hour(*, now: datetime) -> int:
    """Counts the hour that ``now`` lies in for every organization that stores something; returns the micro-units."""
    with platform_scope():
        stored = storage_metering.stored_bytes()
        for organization_id, total in saved_bytes(now=now).items():
            stored.setdefault(organization_id, {})[SAVED_WEIGHTS] = total
    return storage_metering.meter_hour(stored=stored, now=now)


def saved_bytes(*, now: datetime) -> dict[str, int]:
    """Bytes by organization of weights that are neither deleted nor expired. States of runs are free."""
    rows = queries.kept(SavedWeights.across_tenants.filter(bytes__gt=0), now=now)
    return dict(rows.order_by().values_list("organization_id").annotate(total=Sum("bytes")))
