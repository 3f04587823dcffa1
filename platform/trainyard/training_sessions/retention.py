"""Retention: files of sessions that nothing needs any more are deleted.

Rows first: what a row says is gone is given to nobody, and files that a crash leaves behind are swept as orphans.
"""

from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import tenant_scope
from trainyard.training_sessions import arrays, saving
from trainyard.training_sessions.models import Operation, SavedWeights, TrainingRun
from trainyard_spec.training_sessions import OperationKind

PURGE = "purge_training_sessions"
RESULTS_KEPT = timedelta(hours=24)
"""How long a client may take to ask for the arrays of a result."""
PURGED_AFTER = timedelta(hours=1)
"""Since a deletion, an expiry or a session's end: no request that began before it still goes on."""
PURGED_AT_ONCE = 200


def purge(*, now: datetime) -> int:
    """Purges operations' arrays, deleted and expired weights, and states of finished sessions; returns of how many."""
    operations = ((row.id, partial(_purge_operation, row)) for row in _operations_due(now))
    weights = ((row.id, partial(_purge_weights, row, now=now)) for row in _weights_due(now))
    runs = ((row.id, partial(_purge_state, row)) for row in _runs_due(now))
    return each(chain(operations, weights, runs), reconciler=PURGE, now=now)


def _operations_due(now: datetime) -> QuerySet[Operation]:
    """Operations that ended long ago and that no replay needs."""
    rows = due(Operation.across_tenants.all(), reconciler=PURGE, now=now).select_related("run")
    ended = rows.filter(Q(has_payload=True) | Q(has_data=True), finished_at__lt=now - RESULTS_KEPT)
    over = Q(run__session__finished_at__lt=now) & ~_has_queued("run")
    spent = Q(run=None) | Q(run__state_seq__gte=F("seq_id")) | over
    return ended.filter(spent).order_by("id")[:PURGED_AT_ONCE]


def _weights_due(now: datetime) -> QuerySet[SavedWeights]:
    gone = now - PURGED_AFTER
    ended = Q(deleted_at__lt=gone) | Q(expires_at__lt=gone)
    rows = due(SavedWeights.across_tenants.all(), reconciler=PURGE, now=now).select_related("run")
    return _unneeded(rows.filter(ended, purged_at=None)).order_by("id")[:PURGED_AT_ONCE]


def _runs_due(now: datetime) -> QuerySet[TrainingRun]:
    rows = due(TrainingRun.across_tenants.all(), reconciler=PURGE, now=now).exclude(state_files=[])
    return rows.filter(~_has_queued("pk"), session__finished_at__lt=now - PURGED_AFTER).order_by("id")[:PURGED_AT_ONCE]


def _unneeded(rows: QuerySet[SavedWeights]) -> QuerySet[SavedWeights]:
    """Condition of saved weights with which nothing that waits begins, nor what another host would execute again."""
    queued = Operation.across_tenants.filter(state=Operation.State.QUEUED)
    loaded = Operation.across_tenants.filter(kind=OperationKind.LOAD, state=Operation.State.SUCCEEDED)
    replayed = loaded.filter(Q(run__state_seq=None) | Q(run__state_seq__lt=F("seq_id")))
    mine = OuterRef("pk")
    return rows.filter(
        ~Exists(queued.filter(weights=mine)),
        ~Exists(queued.filter(sampling_session__weights=mine)),
        ~Exists(replayed.filter(weights=mine)),
    )


def _has_queued(run: str) -> Exists:
    return Exists(Operation.across_tenants.filter(run=OuterRef(run), state=Operation.State.QUEUED))


def _purge_operation(row: Operation) -> int:
    with tenant_scope(row.organization_id):
        arrays.delete(row)
        return Operation.objects.filter(id=row.id).update(has_payload=False, has_data=False)


def _purge_weights(row: SavedWeights, *, now: datetime) -> int:
    with tenant_scope(row.organization_id):
        with transaction.atomic():
            # Whoever journals an operation with them locks them too.
            SavedWeights.objects.select_for_update(no_key=True).get(id=row.id)
            unneeded = _unneeded(SavedWeights.objects.filter(id=row.id, purged_at=None)).exists()
            if not unneeded or SavedWeights.objects.filter(id=row.id).update(purged_at=now, files=[]) != 1:
                return 0
        saving.drop_files(row.run, seq_id=row.seq_id)
        return 1


def _purge_state(row: TrainingRun) -> int:
    with tenant_scope(row.organization_id):
        changed = TrainingRun.objects.filter(~_has_queued("pk"), id=row.id).update(state_files=[])
        if changed and row.state_seq is not None:
            saving.drop_files(row, seq_id=row.state_seq)
        return changed
