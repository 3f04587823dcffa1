"""Validates uploads: claims a version, has its file compiled, stores what came of it.

A claim is a fence and an expiry on the row. Who finishes must still hold the newest fence, so any number of
validators may be at work on a version, or die at any point, and exactly one outcome is stored.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from trainyard.core import domain_events, outbox
from trainyard.core.blobs import CHUNK_BYTES, Metered, blob_store
from trainyard.core.fair_queue import fair_order
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import compiler, previews, refusals, uploads
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.operations import VALIDATE_QUEUE, VALIDATE_TASK
from trainyard_common.untrusted import remove_tree
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.datasets import CompiledDataset, CompileResult, profile_summary
from trainyard_spec.files import FileEntry
from trainyard_spec.tasks import Task
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

CLAIMED_FOR = timedelta(seconds=60)
RENEWED_BEFORE_EXPIRY = timedelta(seconds=40)
UNCLAIMED_AFTER = timedelta(seconds=30)
MAX_TRIES = 3
SERVICE_REMEMBERED_FOR = timedelta(hours=1)
"""Whose file was checked before that comes as if it never had one."""
ASKED_AT_ONCE = 100

Clock = Callable[[], datetime]

_slots = threading.BoundedSemaphore(settings.ENVIRONMENT.validation_slots)
"""A process validates only so many files at a time: it takes long, and other tasks must not wait behind it."""


class ValidationClaimLost(Exception):
    """Another validator took over."""


def validate_next(*, clock: Clock) -> None:
    """Makes the version whose turn it is ready or rejected, unless none waits, or we are busy."""
    if not _slots.acquire(blocking=False):
        return
    try:
        version = _claim_next(clock())
        if version is not None:
            _validate(version, clock)
    finally:
        _slots.release()
    if version is not None:
        _ask(_unclaimed(clock()).exclude(id=version.id)[:1], now=clock())


def revalidate(*, now: datetime) -> int:
    """Asks again for versions that nobody claimed, or whose validator was lost. Returns how many."""
    forgotten = Q(validation_fence__gt=0) | Q(created_at__lt=now - UNCLAIMED_AFTER)
    return _ask(_unclaimed(now).filter(forgotten)[:ASKED_AT_ONCE], now=now)


def _ask(versions: QuerySet[DatasetVersion], *, now: datetime) -> int:
    ids = list(versions.values_list("id", flat=True))
    for version_id in ids:
        outbox.enqueue(task=VALIDATE_TASK, queue=VALIDATE_QUEUE, now=now, dataset_version_id=version_id)
    return len(ids)


def _validate(version: DatasetVersion, clock: Clock) -> None:
    log = logger.bind(dataset_version_id=version.id, fence=version.validation_fence)
    with tenant_scope(version.organization_id), _scratch(version) as scratch:
        try:
            compilation = _compilation(version, scratch, clock)
            result = _compile(version, compilation, clock)
            _finish(version, result, compiled=compilation.out, now=clock())
            log.info("validation.finished", accepted=result.dataset is not None)
        except (compiler.CompileAbandoned, ValidationClaimLost):
            blob_store().delete_prefix(version.compiled_prefix)
            log.warning("validation.superseded")
        except Exception as error:
            # Ours or the customer's fault, we cannot tell: the claim is given back for another try.
            log.exception("validation.failed", stderr=getattr(error, "stderr", ""))
            blob_store().delete_prefix(version.compiled_prefix)
            _give_back(version, error, now=clock())


def _unclaimed(now: datetime) -> QuerySet[DatasetVersion]:
    expired = Q(validation_expires_at=None) | Q(validation_expires_at__lt=now)
    return DatasetVersion.across_tenants.filter(expired, state=DatasetVersion.State.VALIDATING).order_by("created_at")


def _held(version: DatasetVersion) -> QuerySet[DatasetVersion]:
    return DatasetVersion.across_tenants.filter(
        id=version.id, validation_fence=version.validation_fence, state=DatasetVersion.State.VALIDATING
    )


def _claim_next(now: datetime) -> DatasetVersion | None:
    """The oldest version of the organization whose turn it is, now claimed.

    Two validators that look at once may both take one of an organization: it then has one more at work than it should.
    """
    turns = fair_order(
        waiting=_unclaimed(now),
        running=DatasetVersion.across_tenants.filter(
            state=DatasetVersion.State.VALIDATING, validation_expires_at__gte=now
        ),
        finished=DatasetVersion.across_tenants.filter(validated_at__gt=now - SERVICE_REMEMBERED_FOR),
        finished_at="validated_at",
        most_running=settings.ENVIRONMENT.validations_per_organization,
    )
    for organization_id in turns:
        waiting = _unclaimed(now).filter(organization_id=organization_id).values_list("id", flat=True)
        for version_id in waiting[:ASKED_AT_ONCE]:
            if (version := _claim(version_id, now)) is not None:
                return version
    return None


def _claim(version_id: str, now: datetime) -> DatasetVersion | None:
    version = _unclaimed(now).select_related("dataset").filter(id=version_id).first()
    if version is None:
        return None
    fence, expires_at = version.validation_fence + 1, now + CLAIMED_FOR
    if _held(version).update(validation_fence=fence, validation_expires_at=expires_at) != 1:
        return None
    version.validation_fence, version.validation_expires_at = fence, expires_at
    if fence > MAX_TRIES:
        # Each validator so far died without a word.
        _finish(version, refusals.after_last_try(version.filename, None), now=now)
        return None
    return version


def _renewed(version: DatasetVersion, clock: Clock) -> bool:
    """Whether the claim is still ours; renews it when it is time to."""
    now = clock()
    if version.validation_expires_at is not None and version.validation_expires_at - now > RENEWED_BEFORE_EXPIRY:
        return True
    version.validation_expires_at = now + CLAIMED_FOR
    return _held(version).update(validation_expires_at=version.validation_expires_at) == 1


def _give_back(version: DatasetVersion, error: Exception, *, now: datetime) -> None:
    if version.validation_fence < MAX_TRIES:
        _held(version).update(validation_expires_at=now)
        return
    _finish(version, refusals.after_last_try(version.filename, error), now=now)


def _compilation(version: DatasetVersion, scratch: Path, clock: Clock) -> compiler.Compilation:
    return compiler.Compilation(
        source=_source(version, scratch, clock),
        filename=version.filename,
        task=Task(version.dataset.task),
        options=CompileOptions.model_validate(version.dataset.options),
        scratch=scratch,
        memory_bytes=settings.ENVIRONMENT.compile_memory_bytes,
        seconds=settings.ENVIRONMENT.compile_seconds,
        sandbox=compiler.host_sandbox(),
    )


def _compile(version: DatasetVersion, compilation: compiler.Compilation, clock: Clock) -> CompileResult:
    try:
        return compiler.run(compilation, keep_going=lambda: _renewed(version, clock))
    except compiler.CompileTimeout:
        return refusals.too_slow(version.filename, seconds=compilation.deadline_seconds)
    except compiler.CompileOversized as oversized:
        return refusals.too_large(version.filename, oversized.excess)
    except compiler.CompilerCrashed as crash:
        if crash.ended_by != signal.SIGXCPU:
            raise
        return refusals.too_costly(version.filename, seconds=compilation.processor_seconds)


def _source(version: DatasetVersion, scratch: Path, clock: Clock) -> Path:
    """The file as uploaded, where the compiler can read it. Copying may outlast the claim: raises ``ClaimLost``."""
    pieces = uploads.content(version)
    path = blob_store().local_path(version.source_key) if pieces is None else None
    if path is not None:
        return path
    copied = Metered(_stored(version) if pieces is None else pieces)
    copy = scratch / "source"
    with copy.open("wb") as file:
        for chunk in copied:
            if not _renewed(version, clock):
                raise ValidationClaimLost
            file.write(chunk)
    version.sha256 = copied.stored.sha256
    return copy


def _stored(version: DatasetVersion) -> Iterator[bytes]:
    with blob_store().open(version.source_key) as stored:
        yield from iter(lambda: stored.read(CHUNK_BYTES), b"")


def _finish(version: DatasetVersion, result: CompileResult, *, now: datetime, compiled: Path | None = None) -> None:
    """Stores the outcome with the compiled files, or drops the upload. Raises ``ClaimLost``."""
    outcome: dict[str, Any] = {"state": DatasetVersion.State.REJECTED}
    if result.dataset is not None and compiled is not None:
        outcome = _store(version, result.dataset, compiled)
    problems = [problem.model_dump(mode="json") for problem in result.problems]
    with transaction.atomic():
        stored = _held(version).update(
            **_storable(outcome),
            problems=_storable(problems),
            problems_omitted=result.problems_omitted,
            sha256=version.sha256,
            validated_at=now,
            validation_expires_at=None,
        )
        if stored != 1:
            raise ValidationClaimLost
        _announce(version, result, now=now)
    if outcome["state"] == DatasetVersion.State.REJECTED:
        blob_store().delete_prefix(version.source_key)


def _announce(version: DatasetVersion, result: CompileResult, *, now: datetime) -> None:
    is_ready = result.dataset is not None
    data = {
        "id": version.id,
        "dataset_id": version.dataset_id,
        "number": version.number,
        "filename": version.filename,
        "rows": result.dataset.rows if result.dataset is not None else None,
        "problems_count": len(result.problems) + result.problems_omitted,
    }
    event = WebhookEvent.DATASET_VERSION_READY if is_ready else WebhookEvent.DATASET_VERSION_REJECTED
    domain_events.record(event, data=data, organization_id=version.organization_id, now=now)


def _store(version: DatasetVersion, dataset: CompiledDataset, compiled: Path) -> dict[str, Any]:
    store = blob_store()
    store.put(version.preview_key, [previews.build(dataset, compiled)])
    description = (compiled / compiler.DATASET_FILE).read_bytes()
    stored = store.put(f"{version.compiled_prefix}/{compiler.DATASET_FILE}", [description])
    for file in dataset.files:
        store.put_file(f"{version.compiled_prefix}/{file.name}", compiled / file.name)
    files = [*dataset.files, FileEntry(name=compiler.DATASET_FILE, bytes=stored.bytes, sha256=stored.sha256)]
    return {
        "state": DatasetVersion.State.READY,
        "rows": dataset.rows,
        "profile": profile_summary(dataset),
        "files": [file.model_dump(mode="json") for file in files],
        "warnings": [warning.model_dump(mode="json") for warning in dataset.warnings],
    }


def _storable(value: Any) -> Any:
    """PostgreSQL stores no NUL character in JSON; a file may hold one anywhere."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return [_storable(item) for item in value] if isinstance(value, list) else value


@contextmanager
def _scratch(version: DatasetVersion) -> Iterator[Path]:
    """An empty directory for this claim; those of earlier claims, left by a crash, go with it."""
    root = settings.ENVIRONMENT.scratch_dir / "validations" / version.id
    _remove(root)
    directory = root / str(version.validation_fence)
    directory.mkdir(parents=True)
    try:
        yield directory
    finally:
        _remove(root)


def _remove(scratch: Path) -> None:
    with suppress(OSError):
        remove_tree(scratch)
