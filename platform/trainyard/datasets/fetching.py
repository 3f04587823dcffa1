"""Fetches what imports ask for, each file in a thread of its own that holds no database connection while it waits."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus

import structlog
from django.conf import settings

from trainyard.core.connections import release_connections
from trainyard.core.errors import TrainyardError
from trainyard.core.outbound.addresses import Resolver, system_resolver
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import imports, receiving, sources
from trainyard.datasets.models import DatasetImport
from trainyard.datasets.sources import FetchFailed
from trainyard.datasets.uploads import TooManyUploads, UploadLocked

logger = structlog.get_logger(__name__)

Clock = Callable[[], datetime]
RENEWED_EVERY_SECONDS = 10.0
PASSES = (UploadLocked, receiving.OffsetMismatch, TooManyUploads)
"""What passes by itself: locks of a process that died, what it stored late, and other unfinished uploads."""

_looking = threading.Lock()
_busy: set[threading.Thread] = set()


def fetch_due(*, clock: Clock) -> int:
    """Begins the imports that are due and there is room for; returns how many. They go on after this has returned.

    A process that ends takes its threads with it: their claims expire, and another goes on.
    """
    begun = 0
    with _looking:
        _busy.difference_update([thread for thread in _busy if not thread.is_alive()])
        while len(_busy) < settings.ENVIRONMENT.imports_at_once:
            row = imports.claim_next(now=clock())
            if row is None:
                break
            thread = threading.Thread(target=_run, args=(row, clock), name=f"import-{row.id}")
            thread.daemon = True  # the end of the process waits for no customer's server
            _busy.add(thread)
            thread.start()
            begun += 1
    return begun


def fetch(row: DatasetImport, *, clock: Clock, resolver: Resolver = system_resolver) -> None:
    """One try at an import that was just claimed; what comes of it is stored."""
    with tenant_scope(row.organization_id):
        before = _arrived(row)
        try:
            _fetch(row, clock, resolver)
            imports.finish(row, now=clock())
        except imports.ImportClaimLost:
            logger.info("dataset_import.superseded", import_id=row.id)
        except FetchFailed as failure:
            _fail(row, failure, progressed=_arrived(row) > before, now=clock())
        except TrainyardError as error:
            is_final = error.status < HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, PASSES)
            refused = FetchFailed(error.code, error.message, hint=error.hint, is_final=is_final)
            _fail(row, refused, progressed=False, now=clock())


def _fetch(row: DatasetImport, clock: Clock, resolver: Resolver) -> None:
    upload = row.upload
    if upload is not None and upload.finished_at is not None:
        return
    start = upload.offset if upload is not None and upload.expires_at > clock() else 0
    with sources.opened(row.url, start=start, validator=row.validator, resolver=resolver) as content:
        most = settings.ENVIRONMENT.max_upload_bytes
        if content.length > most:
            raise FetchFailed("source_too_large", f"The file has {content.length} bytes, and {most} is the most.")
        upload = imports.begin(row, content, now=clock())
        if upload.finished_at is None:  # it is, where the file is empty
            chunks = _renewing(content.chunks, row, clock)
            upload = receiving.receive(upload_id=upload.id, offset=content.start, chunks=chunks, clock=clock)
    row.upload = upload
    if upload.finished_at is None:
        message = f"The address broke off after {upload.offset} of {upload.length} bytes."
        raise FetchFailed("source_broke_off", message, is_final=False)


def _renewing(chunks: Iterator[bytes], row: DatasetImport, clock: Clock) -> Iterator[bytes]:
    renewed_at = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - renewed_at > RENEWED_EVERY_SECONDS:
            imports.renew(row, now=clock())
            renewed_at = time.monotonic()
        yield chunk


def _arrived(row: DatasetImport) -> int:
    """How many bytes are here, by the database: a try that failed half-way has not told."""
    if row.upload is None:
        return 0
    row.upload.refresh_from_db(fields=["offset", "finished_at", "expires_at"])
    return row.upload.offset


def _fail(row: DatasetImport, failure: FetchFailed, *, progressed: bool, now: datetime) -> None:
    try:
        imports.fail(row, failure, progressed=progressed, now=now)
    except imports.ImportClaimLost:
        logger.info("dataset_import.superseded", import_id=row.id)


def _run(row: DatasetImport, clock: Clock) -> None:
    try:
        fetch(row, clock=clock)
    except Exception:  # the claim expires, and another try is made
        logger.exception("dataset_import.try_failed", import_id=row.id)
    finally:
        release_connections()
