"""``/samples``: data for somebody who has none; each is accepted by the compiler that checks uploads."""

from dataclasses import asdict

import pytest

from tests.support.dataset_versions import clock
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent
from trainyard.datasets import validation
from trainyard.datasets.examples import examples
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.datasets.samples.catalogue import SAMPLES

ROWS = {"digits": 1_000, "customers": 1_200, "messages": 880, "electricity": 2, "sounds": 240}
SHOWN = {"digits": "png", "customers": "cells", "messages": "text", "electricity": "steps", "sounds": "wav"}
PREVIEWED = {
    "digits": "images",
    "customers": "columns",
    "messages": "rows",
    "electricity": "series",
    "sounds": "recordings",
}


def test_every_kind_of_data_has_one(owner: Caller, teammate: Caller) -> None:
    listed = owner.get("/samples").json()["data"]
    assert [sample["name"] for sample in listed] == list(ROWS)
    assert len({sample["task"] for sample in listed}) == len(ROWS)
    assert teammate.get("/samples").json()["data"] == listed


@pytest.mark.parametrize("name", ROWS)
def test_each_is_a_dataset_that_is_ready_to_train_on(owner: Caller, name: str) -> None:
    answer = owner.post(f"/samples/{name}")
    assert answer.status_code == 201, answer.content
    validation.validate_next(clock=clock)
    version = answer.json()
    found = owner.get(f"/datasets/{version['dataset_id']}/versions/{version['id']}").json()
    assert (found["state"], found["problems"], found["rows"]) == ("ready", [], ROWS[name])
    [first, beyond] = examples(version=DatasetVersion.across_tenants.get(id=version["id"]), rows=[2, 10**6])
    assert first is not None
    assert {field for field, value in asdict(first).items() if value} == {SHOWN[name]}
    assert beyond is None
    preview = owner.get(f"/datasets/{version['dataset_id']}/versions/1/preview").json()
    assert {part for part, shown in preview.items() if shown} >= {PREVIEWED[name]}
    assert preview["findings"] == []
    dataset = owner.get(f"/datasets/{version['dataset_id']}").json()
    assert (dataset["name"], dataset["task"]) == (SAMPLES[name].title, SAMPLES[name].task)


def test_taken_twice_it_is_the_same_dataset(owner: Caller) -> None:
    first, again = owner.post("/samples/customers"), owner.post("/samples/customers")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    replayed = [owner.post("/samples/messages", **{"Idempotency-Key": "one"}).json() for _ in range(2)]
    assert replayed[0] == replayed[1]
    assert Dataset.across_tenants.count() == 2


def test_once_deleted_it_is_taken_anew(owner: Caller) -> None:
    first = owner.post("/samples/customers").json()
    owner.delete(f"/datasets/{first['dataset_id']}")
    assert owner.post("/samples/customers").status_code == 201


def test_each_organization_takes_its_own(owner: Caller, outsider: Caller) -> None:
    mine, theirs = (caller.post("/samples/customers").json() for caller in (owner, outsider))
    assert mine["dataset_id"] != theirs["dataset_id"]
    assert outsider.get(f"/datasets/{mine['dataset_id']}").status_code == 404
    assert AuditEvent.objects.filter(action="dataset.create").count() == 2


def test_a_viewer_takes_none_and_nobody_one_that_there_is_not(owner: Caller, teammate: Caller) -> None:
    assert teammate.post("/samples/customers").status_code == 403
    answer = owner.post("/samples/flowers")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "electricity" in answer.json()["hint"]


def test_a_sample_is_the_same_file_each_time() -> None:
    assert all(sample.content() == sample.content() for sample in SAMPLES.values())
