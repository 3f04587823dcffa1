"""Data portability: everything that an organization has here, as one zip with a manifest of SHA-256 sums.

Asked for by a call, written in the background by whichever process claims it, downloaded within ``KEPT_FOR``.
"""

from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.errors import Conflict, NotFound
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.portability.archive import Archive, write_archive
from trainyard.portability.models import Export
from trainyard_spec.files import FileEntry

logger = structlog.get_logger(__name__)

CLAIMED_FOR = timedelta(hours=2)
KEPT_FOR = timedelta(days=7)
ERROR_CHARACTERS = 400


class ExportPending(Conflict):
    """Another export of the organization is being prepared."""

    code = "export_pending"


class ExportNotReady(Conflict):
    """The export has no file, either not yet or no longer."""

    code = "export_not_ready"


@transaction.atomic
def request(*, requested_by: str, now: datetime) -> Export:
    """Asks for an export of the organization in context. Raises ``ExportPending`` while another is prepared."""
    try:
        with transaction.atomic():
            export = Export.objects.create(organization_id=current_tenant(), requested_by=requested_by, created_at=now)
    except IntegrityError:
        raise ExportPending("An export is being prepared.", hint="Wait until it is ready.") from None
    audit.record(action="organization.export", target=export.id, organization_id=export.organization_id, now=now)
    return export


def exports() -> QuerySet[Export]:
    """Exports of the organization in context."""
    return Export.objects.all()


def export(export_id: str) -> Export:
    """Raises ``NotFound``."""
    found = Export.objects.filter(id=export_id).first()
    if found is None:
        raise NotFound("There is no export by that id.")
    return found


def file_of(found: Export) -> FileEntry:
    """The zip of a ready export. Raises ``ExportNotReady``."""
    if found.state != Export.State.READY or found.bytes is None:
        raise ExportNotReady(f"The export is {found.state}.", hint="Download it while its state is ready.")
    return FileEntry(name=f"{found.organization_id}.zip", bytes=found.bytes, sha256=found.sha256)


def prepare_next(*, now: datetime) -> bool:
    """Writes one export that waits; False where none does. A process that died half-way is made good by the next."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    waiting = Export.across_tenants.filter(unclaimed, state=Export.State.PREPARING).order_by("id").first()
    if waiting is None:
        return False
    mine = Export.across_tenants.filter(unclaimed, id=waiting.id, state=Export.State.PREPARING)
    if mine.update(claimed_until=now + CLAIMED_FOR, fence=F("fence") + 1) != 1:
        return True  # somebody else has it; there may be more
    waiting.refresh_from_db()
    with tenant_scope(waiting.organization_id):
        _prepare(waiting, now=now)
    return True


def expire(*, now: datetime) -> int:
    """Deletes the files of exports that are past their time; returns of how many."""
    past = list(Export.across_tenants.filter(state=Export.State.READY, expires_at__lt=now)[:100])
    for found in past:
        with tenant_scope(found.organization_id):
            blob_store().delete_prefix(found.blob_key)
            Export.objects.filter(id=found.id).update(state=Export.State.EXPIRED)
    return len(past)


def _prepare(claimed: Export, *, now: datetime) -> None:
    try:
        written = write_archive(organization_id=claimed.organization_id, key=claimed.blob_key, now=now)
    except Exception as error:
        logger.exception("export.failed", export_id=claimed.id)
        _finish(claimed, state=Export.State.FAILED, now=now, error=f"{type(error).__name__}"[:ERROR_CHARACTERS])
        return
    _finish(claimed, state=Export.State.READY, now=now, written=written)
    logger.info("export.finished", export_id=claimed.id, bytes=written.bytes)


def _finish(
    claimed: Export, *, state: Export.State, now: datetime, written: Archive | None = None, error: str = ""
) -> None:
    """Guarded by the fence: who was slower than ``CLAIMED_FOR`` changes nothing."""
    Export.objects.filter(id=claimed.id, fence=claimed.fence, state=Export.State.PREPARING).update(
        state=state,
        finished_at=now,
        expires_at=now + KEPT_FOR,
        bytes=written.bytes if written else None,
        sha256=written.sha256 if written else "",
        error=error,
    )
