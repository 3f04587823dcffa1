"""Renaming a dataset, and what differs between two of its versions."""

from copy import deepcopy
from typing import Any

import pytest

from tests.support.jobs import START, make_version
from tests.support.platform import Caller
from tests.support.profiles import PENGUINS
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets.models import DatasetVersion
from trainyard.tenants.models import Organization

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(organization: Organization) -> DatasetVersion:
    return make_version(organization)


def next_version(version: DatasetVersion, profile: dict[str, Any], **fields: Any) -> DatasetVersion:
    with tenant_scope(version.organization_id):
        return DatasetVersion.objects.create(
            dataset_id=version.dataset_id,
            number=version.number + 1,
            filename="next.csv",
            bytes=1,
            profile=profile,
            created_at=START,
            **{"state": "ready", "sha256": "0" * 64, "rows": profile["rows"], **fields},
        )


def test_a_dataset_gets_another_name(owner: Caller, version: DatasetVersion) -> None:
    path = f"/datasets/{version.dataset_id}"
    tag = owner.get(path).headers["ETag"]
    renamed = owner.patch(path, {"name": "birds"}, **{"If-Match": tag})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "birds")
    assert owner.patch(path, {"name": "fish"}, **{"If-Match": tag}).status_code == 412
    assert owner.get(path).json()["name"] == "birds"
    assert owner.patch(path, {"name": "fish"}, **{"If-Match": renamed.headers["ETag"]}).status_code == 200
    assert owner.patch(path, {"name": ""}).status_code == 400
    assert "dataset.rename" in str(owner.get("/audit-events").json())


def test_only_who_may_write_renames(teammate: Caller, outsider: Caller, version: DatasetVersion) -> None:
    assert teammate.patch(f"/datasets/{version.dataset_id}", {"name": "x"}).status_code == 403
    assert outsider.patch(f"/datasets/{version.dataset_id}", {"name": "x"}).status_code == 404


def test_the_difference_names_classes_and_columns(owner: Caller, teammate: Caller, version: DatasetVersion) -> None:
    before: dict[str, Any] = PENGUINS
    profile = deepcopy(before)
    gone = profile["classes"][0]
    profile["classes"][0] = "Puffin"
    profile["class_counts"][1] += 5
    dropped = profile["profile"]["columns"].pop(0)
    next_version(version, profile)
    path = f"/datasets/{version.dataset_id}/versions/2/difference"
    found = teammate.get(path, **{"from": version.id}).json()
    assert (found["before"]["number"], found["after"]["number"]) == (1, 2)
    assert not found["is_same_content"]
    names = [change["name"] for change in found["classes"]]
    assert names == [gone, before["classes"][1], "Puffin"]
    grown = found["classes"][1]
    assert grown["after"] == grown["before"] + 5
    assert found["columns"] == [{"name": dropped["name"], "before": dropped["kind"], "after": None}]
    same = owner.get(path, **{"from": "2"}).json()
    assert (same["is_same_content"], same["classes"], same["columns"]) == (True, [], [])


def test_only_what_is_ready_is_compared(owner: Caller, outsider: Caller, version: DatasetVersion) -> None:
    next_version(version, deepcopy(PENGUINS), state="validating")
    path = f"/datasets/{version.dataset_id}/versions/2/difference"
    assert owner.get(path, **{"from": "1"}).json()["code"] == "dataset_not_ready"
    assert owner.get(path).status_code == 400
    assert owner.get(path, **{"from": "9"}).status_code == 404
    assert outsider.get(path, **{"from": "1"}).status_code == 404
