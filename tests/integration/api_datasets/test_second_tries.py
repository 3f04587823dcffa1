"""A name whose uploads were all rejected is the same dataset at the next try."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support import uploads
from tests.support.dataset_versions import create_dataset, validated
from tests.support.platform import Caller
from trainyard.datasets import queries
from trainyard.datasets.models import Dataset, DatasetVersion

FLOWERS = {"name": "data", "task": "tabular_classification", "options": {"target": "species"}}


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    return uploads.write_csv(tmp_path / "flowers.csv", uploads.flower_rows())


@pytest.fixture
def dataset_id(owner: Caller) -> str:
    return create_dataset(owner, target="species")


def test_after_a_rejection_the_name_is_taken_up_again_with_other_options(owner: Caller, flowers: Path) -> None:
    dataset_id = create_dataset(owner, target="kind")
    rejected = validated(owner, dataset_id, flowers)
    assert rejected["state"] == "rejected"
    again = owner.post("/datasets", FLOWERS)
    assert (again.status_code, again.json()["id"]) == (200, dataset_id)
    assert again.json()["options"] == FLOWERS["options"]
    assert validated(owner, dataset_id, flowers)["state"] == "ready"
    problems = owner.get(f"/datasets/{dataset_id}/versions/1").json()["problems"]
    assert problems == rejected["problems"] != []


@pytest.mark.parametrize("state", DatasetVersion.State)
def test_only_a_dataset_whose_versions_were_all_rejected_is_taken_up(
    owner: Caller, dataset_id: str, flowers: Path, state: str
) -> None:
    for _ in range(2):
        owner.upload(f"/datasets/{dataset_id}/versions", file=SimpleUploadedFile("f.csv", flowers.read_bytes()))
    DatasetVersion.across_tenants.filter(number=1).update(state="rejected")
    DatasetVersion.across_tenants.filter(number=2).update(state=state)
    again = owner.post("/datasets", FLOWERS)
    taken_up = state == DatasetVersion.State.REJECTED
    assert again.status_code == (200 if taken_up else 201)
    assert (again.json()["id"] == dataset_id) == taken_up


def test_another_organizations_rejected_dataset_is_not_taken_up(
    owner: Caller, outsider: Caller, dataset_id: str, flowers: Path
) -> None:
    owner.upload(f"/datasets/{dataset_id}/versions", file=SimpleUploadedFile("f.csv", flowers.read_bytes()))
    DatasetVersion.across_tenants.update(state="rejected")
    theirs = outsider.post("/datasets", FLOWERS)
    assert (theirs.status_code, theirs.json()["versions_count"]) == (201, 0)


def test_an_upload_in_between_keeps_the_options_it_was_sent_for(
    owner: Caller, dataset_id: str, flowers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.upload(f"/datasets/{dataset_id}/versions", file=SimpleUploadedFile("f.csv", flowers.read_bytes()))
    DatasetVersion.across_tenants.update(state="rejected")
    found = queries.wholly_rejected

    def then_uploaded(*, name: str) -> Dataset | None:
        dataset = found(name=name)
        Dataset.objects.update(versions_count=2)
        return dataset

    monkeypatch.setattr(queries, "wholly_rejected", then_uploaded)
    again = owner.post("/datasets", FLOWERS | {"options": {"target": "width"}})
    assert (again.status_code, again.json()["id"] == dataset_id) == (201, False)
    assert Dataset.across_tenants.get(id=dataset_id).options == FLOWERS["options"]
