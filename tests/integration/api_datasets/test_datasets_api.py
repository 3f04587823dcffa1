"""``/datasets``: create, list, read, delete; who may, and who sees what."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.support import uploads
from tests.support.dataset_versions import create_dataset, upload
from tests.support.platform import Caller
from trainyard.core.models import AuditEvent

FLOWERS = {"name": "flowers", "task": "tabular_classification", "options": {"target": "species"}}


@pytest.fixture
def dataset(owner: Caller) -> dict[str, Any]:
    created = owner.post("/datasets", FLOWERS)
    assert created.status_code == 201, created.content
    body: dict[str, Any] = created.json()
    return body


def test_a_dataset_shows_what_was_asked_for(dataset: dict[str, Any]) -> None:
    assert dataset["id"].startswith("ds_")
    assert {name: dataset[name] for name in FLOWERS} == FLOWERS
    assert dataset["versions_count"] == 0
    assert dataset["latest_version"] is None


def test_creating_leaves_a_trace(dataset: dict[str, Any], owner: Caller) -> None:
    assert owner.organization is not None
    event = AuditEvent.objects.get(action="dataset.create")
    assert (event.target, event.organization_id) == (dataset["id"], owner.organization.id)


def test_everybody_in_the_organization_sees_it(dataset: dict[str, Any], owner: Caller, teammate: Caller) -> None:
    for caller in (owner, teammate):
        assert [item["id"] for item in caller.get("/datasets").json()["data"]] == [dataset["id"]]
        shown = caller.get(f"/datasets/{dataset['id']}").json()
        assert {**shown, "allowed_actions": dataset["allowed_actions"]} == {**dataset, "versions": []}


def test_a_list_is_narrowed_by_task_and_by_a_part_of_the_name(dataset: dict[str, Any], owner: Caller) -> None:
    for narrowed, found in [
        ({"task": FLOWERS["task"], "search": "FLOW"}, [dataset["id"]]),
        ({"task": "tabular_regression"}, []),
        ({"search": "trees"}, []),
    ]:
        assert [item["id"] for item in owner.get("/datasets", **narrowed).json()["data"]] == found
    assert owner.get("/datasets", task="sorcery").status_code == 400


def test_a_version_finds_its_dataset(
    dataset: dict[str, Any], owner: Caller, teammate: Caller, outsider: Caller, tmp_path: Path
) -> None:
    create_dataset(owner, target="species")
    version = upload(owner, dataset["id"], uploads.write_csv(tmp_path / "flowers.csv", uploads.flower_rows()))
    for caller, found in ((owner, [dataset["id"]]), (teammate, [dataset["id"]]), (outsider, [])):
        assert [item["id"] for item in caller.get("/datasets", version=version["id"]).json()["data"]] == found


def test_for_another_organization_it_does_not_exist(dataset: dict[str, Any], outsider: Caller) -> None:
    assert outsider.get("/datasets").json() == {"data": [], "next_cursor": None}
    for answer in (outsider.get(f"/datasets/{dataset['id']}"), outsider.delete(f"/datasets/{dataset['id']}")):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_viewer_neither_creates_nor_deletes(dataset: dict[str, Any], teammate: Caller) -> None:
    for answer in (teammate.post("/datasets", FLOWERS), teammate.delete(f"/datasets/{dataset['id']}")):
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_nobody_is_asked_to_authenticate(dataset: dict[str, Any], anonymous: Client) -> None:
    for path in ("/datasets", f"/datasets/{dataset['id']}"):
        answer = anonymous.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"


def test_a_misspelt_task_is_answered_with_all_of_them_and_the_nearest(owner: Caller) -> None:
    [error] = owner.post("/datasets", {**FLOWERS, "task": "tabular_clasification"}).json()["errors"]
    assert (error["field"], error["code"]) == ("task", "invalid_choice")
    assert "tabular_clasification is not one of image_classification, " in error["message"]
    assert error["message"].endswith("Did you mean tabular_classification?")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"options": {}}, "options.target", "missing"),
        ({"options": {"target": ""}}, "options.target", "missing"),
        ({"options": {"target": "a\u0000b"}}, "options.target", "invalid"),
        ({"options": {"target": "a\ud800b"}}, "options.target", "invalid"),
        ({"options": {"target": "species", "image_size": 28}}, "options.image_size", "not_used"),
        ({"options": {"target": "species", "imagesize": 28}}, "options.imagesize", "unknown_field"),
        ({"options": {"target": 3}}, "options.target", "invalid"),
        ({"options": {"target": "a", "targets": ["b"]}}, "options.targets", "invalid"),
        ({"options": {"targets": ["a", "b"], "label_separator": ";"}}, "options.label_separator", "invalid"),
        ({"task": "translation", "options": {"text": "a", "targets": ["b"]}}, "options.target", "missing"),
        ({"options": ["target"]}, "options", "invalid"),
        ({"task": "speech_recognition"}, "options.target", "not_used"),
        ({"task": "poetry"}, "task", "invalid_choice"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 121}, "name", "max_length"),
        ({"colour": "red"}, "colour", "unknown_field"),
    ],
)
def test_a_wrong_field_is_named(owner: Caller, change: dict[str, Any], field: str, code: str) -> None:
    answer = owner.post("/datasets", {**FLOWERS, **change})
    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)]


def test_the_nearest_option_is_named(owner: Caller) -> None:
    answer = owner.post("/datasets", {**FLOWERS, "options": {"target": "species", "imagesize": 28}})
    assert "image_size" in str(answer.json()["errors"])


def test_several_targets_are_a_list(owner: Caller) -> None:
    wanted = {"name": "homes", "task": "tabular_regression", "options": {"targets": ["price", "rent"]}}
    created = owner.post("/datasets", wanted)
    assert created.status_code == 201
    assert created.json()["options"] == {"targets": ["price", "rent"]}


def test_images_need_no_options(owner: Caller) -> None:
    created = owner.post("/datasets", {"name": "digits", "task": "image_classification"})
    assert created.status_code == 201
    assert created.json()["options"] == {}


def test_a_deleted_dataset_is_gone(dataset: dict[str, Any], owner: Caller) -> None:
    assert owner.delete(f"/datasets/{dataset['id']}").status_code == 204
    assert owner.get("/datasets").json()["data"] == []
    assert owner.get(f"/datasets/{dataset['id']}").status_code == 404
    assert owner.delete(f"/datasets/{dataset['id']}").status_code == 404


def test_the_same_key_creates_once(owner: Caller) -> None:
    first = owner.post("/datasets", FLOWERS, **{"Idempotency-Key": "k1"})
    again = owner.post("/datasets", FLOWERS, **{"Idempotency-Key": "k1"})
    assert first.json() == again.json()
    assert len(owner.get("/datasets").json()["data"]) == 1


def test_a_list_goes_page_by_page(owner: Caller) -> None:
    ids = [owner.post("/datasets", {**FLOWERS, "name": f"d{number}"}).json()["id"] for number in range(5)]
    first = owner.get("/datasets", limit=3).json()
    second = owner.get("/datasets", limit=3, cursor=first["next_cursor"]).json()
    assert [item["id"] for item in first["data"] + second["data"]] == sorted(ids, reverse=True)
    assert second["next_cursor"] is None
