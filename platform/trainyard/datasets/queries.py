"""Reads about datasets, all of the tenant in context."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Sum

from trainyard.core.blobs import blob_store
from trainyard.core.errors import Conflict, NotFound
from trainyard.datasets.models import Dataset, DatasetImport, DatasetVersion, ResumableUpload

_counted: list[Callable[[], int]] = []


class DatasetNotReady(Conflict):
    """The dataset version is not ready; only ready versions can be trained on."""

    code = "dataset_not_ready"


def datasets(*, task: str | None = None, version: str | None = None, search: str | None = None) -> QuerySet[Dataset]:
    """Datasets that were not deleted, each with its newest version, if any, as the list ``newest_version``.

    ``version`` is the id of one of theirs, ``search`` a part of their name, in upper or lower case.
    """
    newest = DatasetVersion.objects.filter(number=F("dataset__versions_count")).defer("profile", "problems", "warnings")
    rows = Dataset.objects.filter(deleted_at=None)
    if task is not None:
        rows = rows.filter(task=task)
    if version is not None:
        rows = rows.filter(id__in=DatasetVersion.objects.filter(id=version).values("dataset"))
    if search is not None:
        rows = rows.filter(name__icontains=search)
    return rows.prefetch_related(Prefetch("versions", queryset=newest, to_attr="newest_version"))


def datasets_alone() -> QuerySet[Dataset]:
    """Datasets that were not deleted, without a look at their versions."""
    return datasets().prefetch_related(None)


def dataset_alone(*, dataset_id: str) -> Dataset:
    """As ``dataset``, of ``datasets_alone``. Raises ``NotFound``."""
    return _one(datasets_alone(), dataset_id)


def newest_named(*, name: str) -> Dataset | None:
    """The newest dataset of exactly that name, of which there may be several."""
    return datasets_alone().filter(name=name).order_by("-id").first()


def dataset(*, dataset_id: str) -> Dataset:
    """Raises ``NotFound``, also for a deleted one."""
    return _one(datasets(), dataset_id)


def _one(rows: QuerySet[Dataset], dataset_id: str) -> Dataset:
    found = rows.filter(id=dataset_id).first()
    if found is None:
        raise NotFound("There is no dataset by that id.")
    return found


def stored_bytes() -> int:
    """Bytes of all versions' files, but for deleted datasets, and of what else is counted (``count_as_stored``)."""
    kept = DatasetVersion.objects.filter(dataset__deleted_at=None)
    return int(kept.aggregate(total=Sum("bytes"))["total"] or 0) + sum(stored() for stored in _counted)


def count_as_stored(stored: Callable[[], int]) -> None:
    """From now on the bytes that ``stored`` tells of, of the tenant in context, take room that uploads have."""
    _counted.append(stored)


def announced_bytes() -> int:
    """Bytes that uploads which are not finished will have in all."""
    return int(unfinished_uploads().aggregate(total=Sum("length"))["total"] or 0)


def uploads() -> QuerySet[ResumableUpload]:
    return ResumableUpload.objects.all()


def unfinished_uploads() -> QuerySet[ResumableUpload]:
    return uploads().filter(finished_at=None)


def upload(upload_id: str) -> ResumableUpload:
    """Raises ``NotFound``."""
    found = uploads().filter(id=upload_id).first()
    if found is None:
        raise NotFound("There is no upload by that id.")
    return found


def imports() -> QuerySet[DatasetImport]:
    """Each with what of it is here."""
    return DatasetImport.objects.select_related("upload")


def imports_of(*, dataset_id: str) -> QuerySet[DatasetImport]:
    """Imports into a dataset that was not deleted."""
    return imports().filter(dataset_id=dataset_id, dataset__deleted_at=None)


def dataset_import(import_id: str, *, dataset_id: str | None = None) -> DatasetImport:
    """Raises ``NotFound``."""
    rows = imports() if dataset_id is None else imports_of(dataset_id=dataset_id)
    found = rows.filter(id=import_id).first()
    if found is None:
        raise NotFound("There is no import by that id.")
    return found


def wholly_rejected(*, name: str) -> Dataset | None:
    """The newest dataset of that name that has versions, all of them rejected."""
    usable = DatasetVersion.objects.filter(dataset=OuterRef("id")).exclude(state=DatasetVersion.State.REJECTED)
    tried = datasets().filter(name=name, versions_count__gt=0)
    return tried.exclude(Exists(usable)).order_by("-id").first()


def versions(*, dataset_id: str) -> QuerySet[DatasetVersion]:
    """Versions of a dataset without the parts that may be large."""
    return DatasetVersion.objects.filter(dataset_id=dataset_id, dataset__deleted_at=None).defer(
        "profile", "problems", "warnings"
    )


def version(*, dataset_id: str, version: str) -> DatasetVersion:
    """``version`` is an id or a number as text. Raises ``NotFound``."""
    which = {"number": int(version)} if version.isdecimal() and len(version) < 10 else {"id": version}
    found = DatasetVersion.objects.filter(dataset_id=dataset_id, dataset__deleted_at=None, **which).first()
    if found is None:
        raise NotFound("This dataset has no such version.")
    return found


def ready_version(*, version_id: str) -> DatasetVersion:
    """The version to train on. Raises ``NotFound`` and ``DatasetNotReady``."""
    return the_ready_one(version_with_dataset(version_id=version_id))


def version_with_dataset(*, version_id: str) -> QuerySet[DatasetVersion]:
    """What ``ready_version`` reads: at most one row."""
    return DatasetVersion.objects.select_related("dataset").filter(dataset__deleted_at=None, id=version_id)


def the_ready_one(found: Iterable[DatasetVersion]) -> DatasetVersion:
    """``ready_version`` of what ``version_with_dataset`` found."""
    for each in found:
        return ready(each)
    raise NotFound("There is no dataset version by that id.")


def preview(*, dataset_id: str, version_id: str) -> dict[str, Any]:
    """A few rows or images of a ready version. Raises ``NotFound`` and ``DatasetNotReady``."""
    found = ready(version(dataset_id=dataset_id, version=version_id))
    with blob_store().open(found.preview_key) as file:
        content: dict[str, Any] = json.loads(file.read())
    return NOTHING_SHOWN | content


NOTHING_SHOWN: dict[str, Any] = {
    "rows": [],
    "images": [],
    "recordings": [],
    "series": [],
    "columns": [],
    "findings": [],
}
"""Previews of earlier releases lack some of these."""


def ready(found: DatasetVersion) -> DatasetVersion:
    """``found``. Raises ``DatasetNotReady`` where it cannot be trained on."""
    if found.state != DatasetVersion.State.READY:
        raise DatasetNotReady(f"Dataset version {found.id} is {found.state}.", hint=_HINTS[found.state])
    return found


_HINTS: dict[str, str] = {
    DatasetVersion.State.VALIDATING: "Wait until its state is ready.",
    DatasetVersion.State.REJECTED: "Read its problems, correct the file and upload it as a new version.",
}
