"""Whether it is the worker that is at fault, when jobs of several tenants fail on it."""

from datetime import datetime, timedelta

from django.conf import settings

from trainyard.jobs.models import Attempt
from trainyard.pools import health
from trainyard.pools.models import Worker
from trainyard_spec.states import AttemptState, Reason
from trainyard_spec.stop_rules import StopRule

REMEMBERED = timedelta(hours=1)

NOT_THE_WORKERS = frozenset({"control_plane_refused", "reports_refused", "checkpoint_not_kept"})
"""Codes of faults between a worker and the control plane, which would else quarantine every worker at once."""


def judge(attempt: Attempt, *, fault: StopRule, now: datetime) -> None:
    """Quarantines the worker of ``attempt`` if enough tenants have had faults on it lately, this one among them.

    ``attempt.worker`` then shows it. One tenant's jobs alone prove nothing: it may be what they train.
    """
    if fault.reason != Reason.INFRASTRUCTURE or attempt.error_code in NOT_THE_WORKERS:
        return
    worker = attempt.worker
    failed = Attempt.across_tenants.filter(worker=worker, state=AttemptState.FAILED, reason=Reason.INFRASTRUCTURE)
    lately = failed.filter(ended_at__gte=max(worker.healthy_since or worker.registered_at, now - REMEMBERED))
    blaming = lately.exclude(error_code__in=NOT_THE_WORKERS).values_list("organization_id", flat=True)
    tenants = {*blaming.distinct(), attempt.organization_id}
    if len(tenants) < settings.ENVIRONMENT.quarantine_tenants:
        return
    reason = f"Jobs of {len(tenants)} tenants failed on it within {REMEMBERED}, the last with {attempt.error_code}."
    if health.quarantine(worker_id=worker.id, reason=reason, now=now):
        worker.state = Worker.State.QUARANTINED
