"""Exports of models to other libraries' layouts: merged weights, made by a worker on a slot, free, kept for a day.

An organization can have few at once, and each has a time limit, so that none delays others' trainings for long.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.errors import Conflict, InvalidInput, NotFound, QuotaExceeded
from trainyard.core.reconciling import each
from trainyard.core.tenancy import current_tenant
from trainyard.jobs.queue import notify_workers
from trainyard.pools.models import Worker
from trainyard.registry import queries
from trainyard.registry.generation import base_of, pool_of, writes
from trainyard.registry.models import Model, ModelExport
from trainyard.registry.predictions import NoWorker
from trainyard.tenants.models import Organization
from trainyard_spec.engine_protocol import Failed, Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.tasks import Task
from trainyard_spec.worker_protocol import ExportFinish

logger = structlog.get_logger(__name__)

PURGE = "purge_model_exports"
State = ModelExport.State
OPEN = (State.QUEUED, State.RUNNING)
MOST_OPEN = 2
"""Of an organization."""
KEPT_FOR = timedelta(days=1)
RUNS_FOR = timedelta(minutes=30)
"""In which a worker fetches the model, writes it anew and uploads it; it is lost after that."""
WAITS_FOR = timedelta(hours=2)
MOST_CLAIMS = 3
PURGED_AT_ONCE = 100
EXPORTED = frozenset({Task.TRANSLATION, Task.SENTENCE_EMBEDDING})
"""Tasks whose pretrained networks ``transformers`` reads with its own classes, beside language models."""
LOST = Failed(
    fault=Fault.INFRASTRUCTURE, code="worker_lost", message="The workers that made it were lost.", hint="Ask again."
)
NO_SLOT = Failed(
    fault=Fault.INFRASTRUCTURE,
    code="no_free_slot",
    message="No worker that can make it had a free slot for two hours.",
    hint="Ask again when the pool is less busy.",
)


class NotExported(InvalidInput):
    """The architecture of this model exists only here; use the weights and manifest among its files."""

    code = "not_exported"


class TooManyExports(QuotaExceeded):
    """The organization has the maximum number of exports in progress; wait for one to finish."""

    code = "too_many_exports"


class ExportLost(Conflict):
    """The export has ended, or was given to another worker."""

    code = "export_lost"


@transaction.atomic
def request(*, model_id: str, layout: str, actor: str, now: datetime) -> ModelExport:
    """Has a model exported, unless it is or is being: then that one is answered.

    Raises ``NotFound``, ``NotExported``, ``TooManyExports`` and ``NoWorker``.
    """
    model = queries.model(model_id=model_id)
    _require_exportable(model)
    # So that requests at the same time count one another.
    Organization.objects.select_for_update(no_key=True).get(id=current_tenant())
    found = ModelExport.objects.filter(model=model, format=layout).exclude(state=State.FAILED).first()
    if found is not None and found.expires_at > now:
        return found
    if found is not None:
        _delete(found)
    if ModelExport.objects.filter(state__in=OPEN).count() >= MOST_OPEN:
        raise TooManyExports(
            f"{MOST_OPEN} models are being exported, as many as may at once.",
            hint="Wait for one of these.",
            retry_after_seconds=10,
        )
    export = _added(model, layout=layout, actor=actor, now=now)
    notify_workers.notify(export.pool, now=now)
    audit.record(actor=actor, action="model.export", target=model.id, organization_id=model.organization_id, now=now)
    return export


def _added(model: Model, *, layout: str, actor: str, now: datetime) -> ModelExport:
    pool = pool_of(model, now=now)
    if pool is None or not pool.workers.taking_work(now=now).exists():
        raise NoWorker(
            "No worker that can make it is running, so the model cannot be exported now.",
            hint="Try again later, or ask the operator.",
            retry_after_seconds=30,
        )
    export = ModelExport(
        model=model,
        format=layout,
        pool=pool,
        base=base_of(model) if writes(model) else "",
        created_by=actor,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    export.save(force_insert=True)
    return export


def _require_exportable(model: Model) -> None:
    if writes(model) or (model.task in EXPORTED and model.architecture == "pretrained"):
        return
    raise NotExported(
        "Only language models, and pretrained translators and encoders of embeddings, are exported.",
        hint="GET /models/{id}/files/model.safetensors has the weights of any model.",
    )


def exports(*, model_id: str, now: datetime) -> QuerySet[ModelExport]:
    """Exports of a model that are still kept. Raises ``NotFound``."""
    return ModelExport.objects.filter(model=queries.model(model_id=model_id), expires_at__gt=now)


def export(*, model_id: str, export_id: str, now: datetime) -> ModelExport:
    """Raises ``NotFound``, also once it has expired."""
    found = exports(model_id=model_id, now=now).filter(id=export_id).first()
    if found is None:
        raise NotFound("There is no export by that id; exports are kept for a day.")
    return found


def file_of(export: ModelExport, name: str) -> FileEntry:
    """The file ``name`` of an export that is there as a whole. Raises ``NotFound``."""
    entries = export.files if export.state == State.SUCCEEDED else []
    for entry in entries:
        if entry["name"] == name:
            return FileEntry.model_validate(entry)
    raise NotFound(f"This export has no file {name}.")


def claim(*, worker: Worker, now: datetime) -> ModelExport | None:
    """The oldest export that ``worker`` can make, now claimed by it, or ``None``."""
    if not (worker.takes_work and worker.has_room):
        return None
    waiting = _waiting(now=now).filter(pool_id=worker.pool_id, base__in=["", *worker.pretrained])
    waiting = waiting.filter(claims__lt=MOST_CLAIMS, organization__state=Organization.State.ACTIVE)
    while (candidate := waiting.order_by("id").first()) is not None:
        # Another worker may have been quicker.
        claimed = waiting.filter(id=candidate.id, claims=candidate.claims).update(
            state=State.RUNNING, worker=worker, claims=F("claims") + 1, leased_until=now + RUNS_FOR, files=[]
        )
        if claimed == 1:
            logger.info("export.claimed", export_id=candidate.id, worker_id=worker.id)
            return claimed_by(worker=worker, export_id=candidate.id)
    return None


def claimed_by(*, worker: Worker, export_id: str) -> ModelExport:
    """An export of any tenant that ``worker`` makes, with its model. Raises ``ExportLost``."""
    found = _held(worker, export_id).select_related("model__job").first()
    if found is None:
        raise ExportLost("The export has ended, or is another worker's.")
    return found


def receive_file(*, worker: Worker, export_id: str, name: str, chunks: Iterator[bytes]) -> None:
    """Stores a file of an export; one that comes again replaces the first. Raises ``ExportLost``."""
    held = claimed_by(worker=worker, export_id=export_id)
    stored = blob_store().put(f"{held.blob_prefix}/{name}", chunks)
    entry = {"name": name, "bytes": stored.bytes, "sha256": stored.sha256}
    with transaction.atomic():
        row = _held(worker, export_id).select_for_update(of=("self",)).first()
        if row is None:
            raise ExportLost("The export has ended, or is another worker's.")
        row.files = [*(file for file in row.files if file["name"] != name), entry]
        row.save(update_fields=["files"])


@transaction.atomic
def finish(*, worker: Worker, export_id: str, outcome: ExportFinish, now: datetime) -> None:
    """Ends an export, or has another worker try where the platform was at fault. Raises ``ExportLost``."""
    held = claimed_by(worker=worker, export_id=export_id)
    failure = outcome.failure
    if failure is None and not held.files:
        raise InvalidInput("An export has at least one file.")
    if failure is None:
        changes = {"state": State.SUCCEEDED, "expires_at": now + KEPT_FOR, "finished_at": now}
    elif failure.fault == Fault.INFRASTRUCTURE and held.claims < MOST_CLAIMS:
        changes = {"state": State.QUEUED}
    else:
        changes = {"state": State.FAILED, "error": failure.model_dump(mode="json"), "finished_at": now}
    if _held(worker, export_id).update(**changes, worker=None, leased_until=None) != 1:
        raise ExportLost("The export has ended, or is another worker's.")
    logger.info("export.finished", export_id=export_id, state=changes["state"])


def pools_with_queued() -> set[str]:
    """Ids of pools in which an export of any tenant waits for a worker."""
    queued = ModelExport.across_tenants.filter(state=State.QUEUED)
    return set(queued.values_list("pool_id", flat=True).distinct())


def purge(*, now: datetime) -> int:
    """Fails what no worker can make, and deletes what has expired or is of a deleted model; returns how many."""
    lost = _waiting(now=now).filter(state=State.RUNNING, claims__gte=MOST_CLAIMS)
    idle = ModelExport.across_tenants.filter(state=State.QUEUED, created_at__lte=now - WAITS_FOR)
    failed = _fail(lost, LOST, now=now) + _fail(idle, NO_SLOT, now=now)
    over = ModelExport.across_tenants.filter(Q(expires_at__lte=now) | Q(model__deleted_at__isnull=False))
    due = list(over.exclude(state=State.RUNNING, leased_until__gt=now).order_by("id")[:PURGED_AT_ONCE])
    deleted = each(((row.id, partial(_delete, row)) for row in due), reconciler=PURGE, now=now)
    if failed or deleted:
        logger.info("exports.purged", failed=failed, deleted=deleted)
    return failed + deleted


def _delete(row: ModelExport) -> int:
    """Files first: a crash in between leaves a row that is found again."""
    blob_store().delete_prefix(row.blob_prefix)
    return ModelExport.across_tenants.filter(id=row.id).delete()[0]


def _fail(rows: QuerySet[ModelExport], why: Failed, *, now: datetime) -> int:
    error = why.model_dump(mode="json")
    return rows.update(state=State.FAILED, worker=None, leased_until=None, finished_at=now, error=error)


def _waiting(*, now: datetime) -> QuerySet[ModelExport]:
    is_lost = Q(state=State.RUNNING, leased_until__lt=now)
    return ModelExport.across_tenants.filter(Q(state=State.QUEUED) | is_lost)


def _held(worker: Worker, export_id: str) -> QuerySet[ModelExport]:
    return ModelExport.across_tenants.filter(id=export_id, worker=worker, state=State.RUNNING)
