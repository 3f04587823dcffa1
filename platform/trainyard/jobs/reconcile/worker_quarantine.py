"""Worker quarantine: a worker on which jobs of several tenants fail is taken out of service."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, Count, F, QuerySet, Value, When
from django.db.models.functions import Coalesce

from trainyard.jobs.models import Attempt
from trainyard.pools import health
from trainyard.pools.models import OUT_OF_SERVICE, Worker
from trainyard_spec.states import AttemptState, Reason
from trainyard_spec.stop_rules import StopRule
from trainyard_spec.worker_protocol import SHARED_FAULTS

REMEMBERED = timedelta(hours=1)

NOT_THE_WORKERS = frozenset({"control_plane_refused", "reports_refused", "checkpoint_not_kept"})
"""Codes of faults between a worker and the control plane, which would else quarantine every worker at once."""

ALL = ""
"""Stands for all tenants where they blame a worker together."""


def quarantine_if_suspect(attempt: Attempt, *, fault: StopRule, now: datetime) -> None:
    """Quarantines the worker of ``attempt`` if enough tenants have had faults on it lately, this one among them.

    A process that all share is one witness, however many tenants' jobs it took with it. ``attempt.worker`` then shows
    the new state. One tenant's jobs alone prove nothing: it may be what they train. A worker whose row a claim holds is
    left to ``quarantine_suspects``: to wait for it here, under the job's lock, could wait for ever.
    """
    if fault.reason != Reason.INFRASTRUCTURE or attempt.error_code in NOT_THE_WORKERS:
        return
    worker = attempt.worker
    earlier = _faults(now).filter(worker=worker).values_list("organization_id", "error_code")
    sources = {_fault_source(*fault) for fault in (*earlier.distinct(), (attempt.organization_id, attempt.error_code))}
    if len(sources) < settings.ENVIRONMENT.quarantine_tenants:
        return
    reason = f"{_evidence(len(sources))}, the last with {attempt.error_code}."
    if health.quarantine(worker_id=worker.id, reason=reason, now=now, retest=True):
        worker.state = Worker.State.QUARANTINED


def quarantine_suspects(*, now: datetime) -> int:
    """Quarantines the workers on which enough tenants have had faults and that are in service still.

    Returns how many. One whose row is held just now is seen to by the next review.
    """
    counted_faults = _faults(now).exclude(worker__state__in=OUT_OF_SERVICE).values_list("worker_id")
    sources = Case(When(error_code__in=SHARED_FAULTS, then=Value(ALL)), default=F("organization_id"))
    counted = counted_faults.annotate(tenants=Count(sources, distinct=True)).order_by("worker_id")
    suspects = counted.filter(tenants__gte=settings.ENVIRONMENT.quarantine_tenants)
    return sum(
        health.quarantine(worker_id=worker_id, reason=f"{_evidence(tenants)}.", now=now, retest=True)
        for worker_id, tenants in suspects
    )


def _faults(now: datetime) -> QuerySet[Attempt]:
    """Faults that may be their workers', not older than is remembered nor than their last return to service."""
    failed = Attempt.across_tenants.filter(state=AttemptState.FAILED, reason=Reason.INFRASTRUCTURE)
    in_service_since = Coalesce("worker__healthy_since", "worker__registered_at")
    lately = failed.filter(ended_at__gte=now - REMEMBERED).filter(ended_at__gte=in_service_since)
    return lately.exclude(error_code__in=NOT_THE_WORKERS)


def _fault_source(organization_id: str, error_code: str) -> str:
    """Whose job failed: a tenant, or all tenants together for a fault of what they share, which counts once."""
    return ALL if error_code in SHARED_FAULTS else organization_id


def _evidence(tenants: int) -> str:
    return f"Jobs of {tenants} tenants failed on it within {REMEMBERED}"
