"""Writes about datasets, all in the tenant in context."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from trainyard.core import audit, outbox
from trainyard.core.blobs import blob_store
from trainyard.core.connections import blocked
from trainyard.core.errors import FieldError, InvalidInput, NotFound, PreconditionFailed, TrainyardError
from trainyard.core.tenancy import current_tenant
from trainyard.datasets import queries
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.tenants import queries as tenants
from trainyard_spec.compile_options import describe_option, missing_options
from trainyard_spec.tasks import Task

VALIDATE_TASK = "trainyard.periodic.validate_dataset_version"
VALIDATE_QUEUE = "control"


class StorageQuotaExceeded(TrainyardError):
    status = 413
    code = "storage_quota_exceeded"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file received from a customer: where it lies, the name it came under, its size and hex SHA-256."""

    path: Path
    filename: str
    bytes: int
    sha256: str


@transaction.atomic
def create_dataset(*, name: str, task: Task, options: dict[str, Any], actor: str, now: datetime) -> Dataset:
    """A dataset without usable versions. Raises ``InvalidInput`` when ``options`` do not fit ``task``.

    One of the same name whose versions were all rejected is taken up again, with the task and options as they are now:
    a second try takes no name twice, and what was wrong stays to be read.
    """
    _check_options(task, options)
    if rejected := _take_up_again(name, task, options):
        _audit("dataset.take_up", rejected.id, actor=actor, now=now)
        return rejected
    dataset = Dataset(name=name, task=task, options=options, created_at=now)
    dataset.save(force_insert=True)
    _audit("dataset.create", dataset.id, actor=actor, now=now)
    return dataset


def _take_up_again(name: str, task: Task, options: dict[str, Any]) -> Dataset | None:
    found = queries.wholly_rejected(name=name)
    if found is None:
        return None
    # An upload that was added since then is not to be checked by other options than it was sent for.
    unchanged = Dataset.objects.filter(id=found.id, versions_count=found.versions_count, deleted_at=None)
    if unchanged.update(task=task, options=options) != 1:
        return None
    found.task, found.options = task, options
    return found


@transaction.atomic
def rename_dataset(*, dataset_id: str, name: str, revision: int | None, actor: str, now: datetime) -> Dataset:
    """Gives a dataset another name; with ``revision`` only if nobody changed it since then.

    Raises ``NotFound`` and ``PreconditionFailed``.
    """
    before = queries.dataset(dataset_id=dataset_id).name
    rows = Dataset.objects.filter(id=dataset_id, deleted_at=None)
    unchanged = rows if revision is None else rows.filter(revision=revision)
    if unchanged.update(name=name, revision=F("revision") + 1) != 1:
        raise PreconditionFailed("Somebody changed this dataset meanwhile.", hint="Read it again, then change it.")
    audit.record(
        actor=actor,
        action="dataset.rename",
        target=dataset_id,
        organization_id=current_tenant(),
        now=now,
        before={"name": before},
        after={"name": name},
    )
    return queries.dataset(dataset_id=dataset_id)


@transaction.atomic
def delete_dataset(*, dataset_id: str, actor: str, now: datetime) -> None:
    """Hides a dataset and its versions; no new job can use them. Raises ``NotFound``.

    Versions never change, so jobs that already train on one go on undisturbed; files are purged after the last.
    """
    if Dataset.objects.filter(id=dataset_id, deleted_at=None).update(deleted_at=now) != 1:
        raise NotFound("There is no dataset by that id.")
    _audit("dataset.delete", dataset_id, actor=actor, now=now)


@contextmanager
def stored_version(*, dataset_id: str, upload: Upload, now: datetime) -> Iterator[DatasetVersion]:
    """``stored_file`` of an existing dataset. Raises ``NotFound`` too."""
    queries.dataset(dataset_id=dataset_id)
    with stored_file(upload=upload, now=now) as version:
        version.dataset_id = dataset_id
        yield version


@contextmanager
def stored_file(*, upload: Upload, now: datetime) -> Iterator[DatasetVersion]:
    """A version of no dataset yet, to be added in the block: the file of ``upload``, which is consumed, is stored.

    Storing takes minutes and belongs into no transaction. The file comes before the row that names it: a crash in
    between leaves a file nobody knows, never a row without its file. After a block that added no row the file is
    deleted. Raises ``StorageQuotaExceeded``; uploads that come at once may together go a little over.
    """
    check_room(upload.bytes)
    version = DatasetVersion(
        organization_id=current_tenant(),
        filename=upload.filename,
        bytes=upload.bytes,
        sha256=upload.sha256,
        created_at=now,
    )
    store = blob_store()
    with blocked():
        store.put_file(version.source_key, upload.path)
    try:
        yield version
    finally:
        # The database decides: the block's transaction may have ended either way.
        if not DatasetVersion.objects.filter(id=version.id).exists():
            store.delete_prefix(version.source_key)


@transaction.atomic
def add_version(version: DatasetVersion, *, actor: str, now: datetime) -> None:
    """Adds a version whose file is stored as the dataset's next, and asks for its validation. Raises ``NotFound``."""
    counted = Dataset.objects.filter(id=version.dataset_id, deleted_at=None).update(
        versions_count=F("versions_count") + 1
    )
    if counted != 1:
        raise NotFound("There is no dataset by that id.")
    version.number = Dataset.objects.values_list("versions_count", flat=True).get(id=version.dataset_id)
    version.save(force_insert=True)
    _audit("dataset_version.create", version.id, actor=actor, now=now)
    outbox.enqueue(task=VALIDATE_TASK, queue=VALIDATE_QUEUE, now=now, dataset_version_id=version.id)


def check_room(size: int) -> None:
    """Raises ``StorageQuotaExceeded``; what unfinished uploads announced counts as stored."""
    most, stored = tenants.most_stored_bytes(), queries.stored_bytes() + queries.announced_bytes()
    if stored + size > most:
        raise StorageQuotaExceeded(
            f"Your organization stores {stored} bytes of uploads; with these {size} it would be more than {most}.",
            hint="Delete datasets that you no longer need, or ask the operator of the platform for more room.",
        )


def _check_options(task: Task, options: dict[str, Any]) -> None:
    given = {name for name, value in options.items() if value}
    for name in missing_options(task, given):
        message = f"{task} needs the option {name}: {describe_option(name)}"
        raise InvalidInput(message, errors=(FieldError(f"options.{name}", "missing", message),))
    unused = sorted(given - task.traits.options)
    if unused:
        errors = [FieldError(f"options.{name}", "not_used", f"{name} is not an option of {task}.") for name in unused]
        raise InvalidInput(errors[0].message, errors=tuple(errors))


def _audit(action: str, target: str, *, actor: str, now: datetime) -> None:
    audit.record(actor=actor, action=action, target=target, organization_id=current_tenant(), now=now)
