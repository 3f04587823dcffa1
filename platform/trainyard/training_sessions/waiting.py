"""Why an operation waits: in the numbers by which the fair share decides."""

from datetime import datetime

from django.db.models import Count, Sum

from trainyard.core.tenancy import platform_scope
from trainyard.jobs.models import Attempt
from trainyard.pools.models import Worker
from trainyard.training_sessions.models import Operation, TrainingRun
from trainyard_spec.states import LIVE_ATTEMPT_STATES


@platform_scope()
def reason(operation: Operation, *, now: datetime) -> str | None:
    """A sentence; ``None`` for an operation that somebody is at work on, or that follows one of its own run."""
    if operation.host:
        return None
    run = operation.run
    if run is not None and operation.seq_id > run.executed_seq + 1:
        return None
    workers = [
        worker
        for worker in Worker.objects.taking_work(now=now).filter(pool_id=operation.pool_id)
        if operation.base_model in worker.language_models
    ]
    pool = operation.pool.name
    if not workers:
        return f"No worker of the pool {pool} that is running has {operation.base_model}."
    slots = sum(worker.slots for worker in workers)
    jobs = Attempt.across_tenants.filter(worker__in=workers, state__in=LIVE_ATTEMPT_STATES)
    training = jobs.aggregate(total=Sum("job__slots"))["total"] or 0
    held = TrainingRun.across_tenants.filter(worker__in=workers).exclude(host="")
    hosts = held.values("worker", "host").distinct().count()
    queued = Operation.across_tenants.filter(pool_id=operation.pool_id, state=Operation.State.QUEUED)
    others = queued.exclude(organization_id=operation.organization_id)
    others_count = others.aggregate(total=Count("organization_id", distinct=True))["total"]
    ahead = others.filter(id__lt=operation.id).aggregate(total=Count("organization_id", distinct=True))["total"]
    return (
        f"Of {slots} slots of the pool {pool} with {operation.base_model}, jobs use {training} and training sessions "
        f"{hosts}; {others_count} other organizations wait, {ahead} of them for longer. Each is served in turn."
    )
