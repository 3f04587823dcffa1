"""A dataset that never got a file does not stay for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.dataset_versions import create_dataset
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent
from trainyard.datasets import abandoned
from trainyard.datasets.models import Dataset, ResumableUpload

LATER = datetime.now(UTC) + abandoned.ABANDONED_AFTER + timedelta(hours=2)
"""However long the tests before this one take."""


@pytest.fixture
def empty(owner: Caller) -> str:
    return create_dataset(owner, target="species")


def ids(caller: Caller) -> list[str]:
    return [dataset["id"] for dataset in caller.get("/datasets").json()["data"]]


def test_it_goes_after_a_day_and_only_once(owner: Caller, empty: str) -> None:
    assert abandoned.sweep(now=LATER - timedelta(hours=3)) == 0
    assert ids(owner) == [empty]
    assert [abandoned.sweep(now=LATER), abandoned.sweep(now=LATER)] == [1, 0]
    assert ids(owner) == []
    assert AuditEvent.objects.filter(action="dataset.delete", target=empty).count() == 1


def test_one_with_a_file_stays(owner: Caller, empty: str) -> None:
    owner.upload(f"/datasets/{empty}/versions", file=SimpleUploadedFile("f.csv", b"a,b\n1,2\n"))
    assert abandoned.sweep(now=LATER) == 0


def test_one_to_which_a_file_is_on_its_way_stays(owner: Caller, empty: str) -> None:
    dataset = Dataset.across_tenants.get(id=empty)
    upload = ResumableUpload(
        organization_id=dataset.organization_id,
        dataset=dataset,
        filename="f.csv",
        length=10,
        created_by="tests",
        created_at=LATER,
        expires_at=LATER + timedelta(hours=1),
    )
    upload.save(force_insert=True)
    assert abandoned.sweep(now=LATER) == 0
    ResumableUpload.across_tenants.filter(id=upload.id).update(finished_at=LATER)
    assert abandoned.sweep(now=LATER) == 1
