"""Datasets as a customer makes them, and their validation run at once instead of by a control worker."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.support.platform import Caller
from trainyard.datasets import validation


def clock() -> datetime:
    return datetime.now(UTC)


def blobs_of(owner: Caller) -> set[str]:
    """The names of all datasets' files that the store holds for the caller's organization."""
    assert owner.organization is not None
    root = Path(settings.ENVIRONMENT.data_dir) / "blobs" / "organizations" / owner.organization.id / "datasets"
    return {str(file.relative_to(root)) for file in root.rglob("*") if file.is_file()}


def create_dataset(owner: Caller, *, task: str = "tabular_classification", **options: Any) -> str:
    """The id of a new dataset."""
    answer = owner.post("/datasets", {"name": "data", "task": task, "options": options})
    assert answer.status_code == 201, answer.content
    dataset_id: str = answer.json()["id"]
    return dataset_id


def upload(owner: Caller, dataset_id: str, file: Path) -> dict[str, Any]:
    """The new version, still validating."""
    with file.open("rb") as content:
        answer = owner.upload(f"/datasets/{dataset_id}/versions", file=content)
    assert answer.status_code == 201, answer.content
    version: dict[str, Any] = answer.json()
    return version


def validated(owner: Caller, dataset_id: str, file: Path) -> dict[str, Any]:
    """The version after a real validation of ``file``."""
    version = upload(owner, dataset_id, file)
    validation.validate_next(clock=clock)
    body: dict[str, Any] = owner.get(f"/datasets/{dataset_id}/versions/{version['id']}").json()
    return body
