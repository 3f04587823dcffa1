"""Imports: files that the platform fetches into a dataset from an address, as a client would upload them in pieces.

Who fetches claims the import by a token with an expiry, and keeps what has come as a resumable upload: a process may
die at any point, and another goes on from the last piece, where the source still has the same file.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from trainyard.core import audit, domain_events
from trainyard.core.errors import Conflict, QuotaExceeded
from trainyard.core.fair_queue import fair_order
from trainyard.core.tenancy import current_tenant
from trainyard.datasets import queries, sources, uploads
from trainyard.datasets.models import DatasetImport, ResumableUpload
from trainyard.datasets.sources import Content, FetchFailed
from trainyard.tenants.models import Organization
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

State = DatasetImport.State
UNFINISHED = (State.QUEUED, State.FETCHING)
MOST_UNFINISHED = 100
CLAIMED_FOR = timedelta(seconds=60)
DELAYS = (2, 10, 30, 120, 600)
"""Seconds before the next try after so many failures in a row; after one more there is none."""
GIVEN_UP_AFTER = timedelta(hours=24)
SERVICE_REMEMBERED_FOR = timedelta(hours=1)


class TooManyImports(QuotaExceeded):
    """The organization has the maximum number of unfinished imports; wait for one to finish."""

    code = "too_many_imports"


class ImportClaimLost(Exception):
    """The import was cancelled, or another process took it over."""


@transaction.atomic
def create(*, dataset_id: str, url: str, filename: str, actor: str, now: datetime) -> DatasetImport:
    """Queues an import. Raises ``NotFound``, ``SourceNotAllowed``, ``AddressRefused`` and ``TooManyImports``."""
    dataset = queries.dataset(dataset_id=dataset_id)
    sources.check_source(url)
    if queries.imports().filter(state__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise TooManyImports(
            f"{MOST_UNFINISHED} imports of your organization are unfinished.", hint="Wait for one, or cancel it."
        )
    row = DatasetImport(
        dataset_id=dataset.id,
        url=url,
        filename=filename or sources.filename_of(url),
        not_before=now,
        created_by=actor,
        created_at=now,
    )
    row.save(force_insert=True)
    _audit("dataset_import.create", row, actor=actor, now=now)
    return row


@transaction.atomic
def cancel(*, import_id: str, actor: str, now: datetime) -> None:
    """Ends an unfinished import; what came of it goes. Raises ``NotFound``, and ``Conflict`` once the file is here."""
    unfinished = DatasetImport.objects.filter(id=import_id, state__in=UNFINISHED)
    ended = unfinished.update(state=State.CANCELLED, finished_at=now, claim_token="", claim_expires_at=None)
    # After the update, which locks the row: until then whoever fetches may begin another upload, or finish this one.
    row = queries.dataset_import(import_id)
    if ended != 1 or (row.upload is not None and row.upload.finished_at is not None):
        state = State.FINISHED if ended else row.state
        raise Conflict(f"The import is {state}.", hint="Delete the dataset to delete what came of it.")
    _forget_upload(row, now=now)
    _audit("dataset_import.cancel", row, actor=actor, now=now)


def claim_next(*, now: datetime) -> DatasetImport | None:
    """The import whose turn it is, claimed by its new ``claim_token``; the fewest at work go first."""
    turns = fair_order(
        waiting=_due(now),
        running=DatasetImport.across_tenants.filter(state=State.FETCHING, claim_expires_at__gt=now),
        finished=DatasetImport.across_tenants.filter(finished_at__gt=now - SERVICE_REMEMBERED_FOR),
        finished_at="finished_at",
        most_running=settings.ENVIRONMENT.imports_per_organization,
    )
    for organization_id in turns:
        row = _due(now).filter(organization_id=organization_id).order_by("not_before", "id").first()
        if row is None:
            continue
        token = secrets.token_hex(16)
        claimed = {"state": State.FETCHING, "claim_token": token, "claim_expires_at": now + CLAIMED_FOR}
        if _due(now).filter(id=row.id).update(**claimed) == 1:
            row.claim_token, row.state = token, State.FETCHING
            return row
    return None


def renew(row: DatasetImport, *, now: datetime) -> None:
    """Keeps the claim. Raises ``ClaimLost``."""
    _guarded(row, claim_expires_at=now + CLAIMED_FOR)


@transaction.atomic
def begin(row: DatasetImport, content: Content, *, now: datetime) -> ResumableUpload:
    """The upload to which ``content`` is added: that of ``row`` where it goes on, else a new one.

    Raises ``ClaimLost``, and what ``uploads.create`` raises.
    """
    upload = row.upload
    if upload is not None and (content.start, content.length) == (upload.offset, upload.length):
        return upload
    _forget_upload(row, now=now)
    new = uploads.create(
        dataset_id=row.dataset_id, filename=row.filename, length=content.length, actor=row.created_by, now=now
    )
    row.upload, row.validator = new, content.validator[:255]
    _guarded(row, upload=new, validator=row.validator)
    return new


@transaction.atomic
def finish(row: DatasetImport, *, now: datetime) -> None:
    """All of the file is here. Raises ``ClaimLost``."""
    _guarded(row, state=State.FINISHED, finished_at=now, error=None, claim_token="", claim_expires_at=None)
    _announce(WebhookEvent.DATASET_IMPORT_FINISHED, row, error=None, now=now)
    logger.info("dataset_import.finished", import_id=row.id, bytes=row.upload.length if row.upload else 0)


@transaction.atomic
def fail(row: DatasetImport, failure: FetchFailed, *, progressed: bool, now: datetime) -> None:
    """Ends the import, or puts it off where another try may do better. Raises ``ClaimLost``."""
    failures = 0 if progressed else row.failures
    released: dict[str, Any] = {
        "error": {"code": failure.code, "message": failure.message, "hint": failure.hint},
        "claim_token": "",
        "claim_expires_at": None,
    }
    if failure.is_final or failures >= len(DELAYS) or now > row.created_at + GIVEN_UP_AFTER:
        _guarded(row, state=State.FAILED, finished_at=now, **released)
        _announce(WebhookEvent.DATASET_IMPORT_FAILED, row, error=released["error"], now=now)
        _forget_upload(row, now=now)
        logger.info("dataset_import.failed", import_id=row.id, error=failure.code)
        return
    delay = timedelta(seconds=DELAYS[failures])
    _guarded(row, state=State.QUEUED, failures=failures + 1, not_before=now + delay, **released)
    logger.info("dataset_import.postponed", import_id=row.id, error=failure.code, failures=failures + 1)


def _announce(event: WebhookEvent, row: DatasetImport, *, error: dict[str, str] | None, now: datetime) -> None:
    upload = row.upload
    data = {
        "id": row.id,
        "dataset_id": row.dataset_id,
        "url": row.shown_url,
        "filename": row.filename,
        "bytes": upload.offset if upload is not None else 0,
        "version_id": upload.version_id if upload is not None and error is None else None,
        "error": error,
    }
    domain_events.record(event, data=data, organization_id=row.organization_id, now=now)


def _due(now: datetime) -> QuerySet[DatasetImport]:
    unclaimed = Q(claim_expires_at=None) | Q(claim_expires_at__lte=now)
    due = DatasetImport.across_tenants.filter(unclaimed, state__in=UNFINISHED, not_before__lte=now)
    return due.filter(organization__state=Organization.State.ACTIVE)


def _guarded(row: DatasetImport, **set_: Any) -> None:
    mine = DatasetImport.objects.filter(id=row.id, claim_token=row.claim_token, state=State.FETCHING)
    if mine.update(**set_) != 1:
        raise ImportClaimLost(row.id)


def _forget_upload(row: DatasetImport, *, now: datetime) -> None:
    """Whoever still adds to it is refused from now on."""
    if row.upload is not None and row.upload.finished_at is None:
        uploads.delete(upload_id=row.upload.id, now=now)


def _audit(action: str, row: DatasetImport, *, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=row.id,
        organization_id=current_tenant(),
        now=now,
        dataset=row.dataset_id,
        url=row.shown_url,
    )
