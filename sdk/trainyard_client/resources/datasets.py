"""Datasets and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trainyard_client.core.calls import delete, get, pages, patch, post
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps, blocking, clock, sleep
from trainyard_client.core.tus import PIECE_BYTES, begin, send_pieces
from trainyard_client.core.uploads import OnProgress, upload
from trainyard_client.errors import ApiError, DatasetRejected, ImportFailed, TimedOut, Unreachable
from trainyard_client.types import (
    Dataset,
    DatasetDetail,
    DatasetDifference,
    DatasetImport,
    DatasetPreview,
    DatasetVersion,
    DatasetVersionSummary,
    Samples,
    Upload,
)

POLL_SECONDS = 0.5
ADDRESSES = ("https://", "http://", "s3://")


class Datasets(Resource[M]):
    """Datasets and their versions."""

    @method
    def create(
        self,
        *,
        name: str,
        task: str,
        options: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> Steps[Dataset]:
        """A dataset without versions, or that of this name whose versions were all rejected, to be tried again."""
        return post(Dataset, "datasets", _body(name, task, options), idempotency_key=idempotency_key)

    @method
    def upload(
        self,
        dataset_id: str,
        path: Path | str,
        *,
        on_progress: OnProgress | None = None,
        resume: str | None = None,
    ) -> Steps[DatasetVersion]:
        """Uploads the file at ``path`` as a new version. Validation goes on afterwards; see ``wait``.

        A large file goes in pieces (tus 1.0): where the line breaks or the service is restarted, it goes on from what
        has arrived, for some minutes. Later, and in another process, ``resume`` goes on with an unfinished upload, as
        ``uploads`` lists them.

        Raises
        ------
        ChangedFile
            When the file is not the one that the upload began with.
        """
        return upload_version(dataset_id, Path(path), on_progress=on_progress, resume=resume)

    @listing
    def uploads(self, *, limit: int | None = None) -> Flow[Upload]:
        """Resumable uploads, newest first, finished ones too."""
        return pages(Upload, "uploads/", limit=limit)

    @method
    def start_import(
        self, dataset_id: str, url: str, *, filename: str = "", idempotency_key: str | None = None
    ) -> Steps[DatasetImport]:
        """Lets the service fetch a file, from ``https://…`` or ``s3://…``, as the dataset's next version."""
        body = {"url": url, "filename": filename} if filename else {"url": url}
        return post(DatasetImport, f"datasets/{dataset_id}/imports", body, idempotency_key=idempotency_key)

    @listing
    def imports(self, dataset_id: str, *, limit: int | None = None) -> Flow[DatasetImport]:
        """Imports into the dataset, newest first."""
        return pages(DatasetImport, f"datasets/{dataset_id}/imports", limit=limit)

    @method
    def get_import(self, dataset_id: str, import_id: str) -> Steps[DatasetImport]:
        """How far an import is, or why it failed."""
        return get(DatasetImport, f"datasets/{dataset_id}/imports/{import_id}")

    @method
    def cancel_import(self, dataset_id: str, import_id: str) -> Steps[None]:
        """Ends an unfinished import; what has come of it is deleted."""
        return delete(f"datasets/{dataset_id}/imports/{import_id}")

    @method
    def import_from(
        self, dataset_id: str, url: str, *, filename: str = "", on_progress: OnProgress | None = None
    ) -> Steps[DatasetVersion]:
        """Lets the service fetch a file as the dataset's next version, and waits until it is here; see ``wait``.

        Raises ``ImportFailed``.
        """
        return import_version(dataset_id, url, filename=filename, on_progress=on_progress)

    @method
    def create_from(
        self,
        path: Path | str,
        *,
        task: str,
        name: str = "",
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
    ) -> Steps[DatasetVersion]:
        """Uploads the file at ``path`` as the first version of a dataset called ``name``, or as the file is.

        ``path`` may be an ``https://…`` or ``s3://…`` address, which the service then fetches. Where the file is not
        accepted, no empty dataset stays. Raises ``ApiError``, ``Unreachable`` and ``ImportFailed``.
        """
        return create_from(path, task=task, name=name, options=options, on_progress=on_progress)

    @method
    def samples(self) -> Steps[Samples]:
        """The sample datasets that any organization may take, as ``data``."""
        return get(Samples, "samples")

    @method
    def take_sample(self, name: str, *, idempotency_key: str | None = None) -> Steps[DatasetVersion]:
        """A dataset made of the sample ``name``, or the one that was made of it before; see ``wait``."""
        return post(DatasetVersion, f"samples/{name}", idempotency_key=idempotency_key)

    @method
    def get(self, dataset_id: str) -> Steps[DatasetDetail]:
        """The dataset with its newest versions."""
        return get(DatasetDetail, f"datasets/{dataset_id}")

    @method
    def rename(self, dataset_id: str, name: str) -> Steps[Dataset]:
        """Gives a dataset another name."""
        return patch(Dataset, f"datasets/{dataset_id}", {"name": name})

    @method
    def version(self, dataset_id: str, version_id: str) -> Steps[DatasetVersion]:
        """A version with what was found in it, or what is wrong with it."""
        return get(DatasetVersion, f"datasets/{dataset_id}/versions/{version_id}")

    @listing
    def versions(self, dataset_id: str, *, limit: int | None = None) -> Flow[DatasetVersionSummary]:
        """The dataset's versions, newest first."""
        return pages(DatasetVersionSummary, f"datasets/{dataset_id}/versions", limit=limit)

    @method
    def preview(self, dataset_id: str, version_id: str) -> Steps[DatasetPreview]:
        """A glance at a ready version: its first rows, or a few of its images."""
        return get(DatasetPreview, f"datasets/{dataset_id}/versions/{version_id}/preview")

    @method
    def difference(self, dataset_id: str, version_id: str, *, since: str) -> Steps[DatasetDifference]:
        """What changed in a version since another one of the dataset."""
        other: dict[str, Any] = {"from": since}
        return get(DatasetDifference, f"datasets/{dataset_id}/versions/{version_id}/difference", **other)

    @method
    def wait(self, dataset_id: str, version_id: str, *, timeout_seconds: float | None = None) -> Steps[DatasetVersion]:
        """The version once it is ready. Raises ``DatasetRejected`` with the problems otherwise, and ``TimedOut``."""
        return wait_until_ready(dataset_id, version_id, timeout_seconds=timeout_seconds)

    @method
    def delete(self, dataset_id: str) -> Steps[None]:
        """Deletes the dataset; jobs that train on one of its versions go on."""
        return delete(f"datasets/{dataset_id}")

    @listing
    def list(
        self,
        *,
        task: str | None = None,
        version: str | None = None,
        search: str | None = None,
        limit: int | None = None,
    ) -> Flow[Dataset]:
        """Datasets, newest first: of a task, the one of a version's id, or with ``search`` in their name."""
        return pages(Dataset, "datasets", limit=limit, task=task, version=version, search=search)


def upload_version(
    dataset_id: str, path: Path, *, on_progress: OnProgress | None = None, resume: str | None = None
) -> Steps[DatasetVersion]:
    """Uploads the file at ``path`` as a new version of the dataset: in one request, or in pieces if it is large."""
    if resume:
        begun = yield from get(Upload, f"uploads/{resume}")
        return (yield from send_pieces(begun, path, on_progress=on_progress))
    size = yield from blocking(lambda: path.stat().st_size)
    if size > PIECE_BYTES:
        begun = yield from begin({"filename": path.name, "dataset": dataset_id}, size)
        return (yield from send_pieces(begun, path, on_progress=on_progress))
    return DatasetVersion((yield from upload(f"datasets/{dataset_id}/versions", path, on_progress=on_progress)))


def is_address(path: Path | str) -> bool:
    """Whether the service is to fetch the file, which is not on this machine."""
    return isinstance(path, str) and path.startswith(ADDRESSES)


def import_version(
    dataset_id: str, url: str, *, filename: str = "", on_progress: OnProgress | None = None
) -> Steps[DatasetVersion]:
    """Lets the service fetch the file at ``url`` as a new version of the dataset. Raises ``ImportFailed``."""
    body = {"url": url, "filename": filename} if filename else {"url": url}
    path = f"datasets/{dataset_id}/imports"
    found = yield from post(DatasetImport, path, body)
    while not found.finished_at:
        yield from sleep(POLL_SECONDS)
        found = yield from get(DatasetImport, f"{path}/{found.id}")
        if on_progress is not None and found.total_bytes:
            on_progress(found.bytes, found.total_bytes)
    if not found.version_id:
        raise ImportFailed(found)
    return (yield from get(DatasetVersion, f"datasets/{dataset_id}/versions/{found.version_id}"))


def create_from(
    path: Path | str,
    *,
    task: str,
    name: str = "",
    options: Mapping[str, Any] | None = None,
    on_progress: OnProgress | None = None,
) -> Steps[DatasetVersion]:
    """The file at ``path``, or at that address, as the first version of a new dataset; nothing stays if that fails."""
    called = urlsplit(str(path)).path.rpartition("/")[2] if is_address(path) else Path(path).name
    dataset = yield from post(Dataset, "datasets", _body(name or called, task, options))
    try:
        if is_address(path):
            return (yield from import_version(dataset.id, str(path), on_progress=on_progress))
        return (yield from upload_version(dataset.id, Path(path), on_progress=on_progress))
    except (Exception, KeyboardInterrupt):
        if not dataset.versions_count:
            with suppress(ApiError, Unreachable):  # the refusal is what has to be told
                yield from delete(f"datasets/{dataset.id}")
        raise


def wait_until_ready(
    dataset_id: str, version_id: str, *, timeout_seconds: float | None = None
) -> Steps[DatasetVersion]:
    """The version once it has been validated."""
    started = yield from clock()
    while True:
        version = yield from get(DatasetVersion, f"datasets/{dataset_id}/versions/{version_id}")
        if version.state == "ready":
            return version
        if version.state == "rejected":
            raise DatasetRejected(version.id, version.problems, omitted=version.problems_omitted)
        if timeout_seconds is not None and (yield from clock()) - started >= timeout_seconds:
            raise TimedOut(f"{version_id} is still being validated after {timeout_seconds:g} seconds.")
        yield from sleep(POLL_SECONDS)


def _body(name: str, task: str, options: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"name": name, "task": task, "options": dict(options or {})}
