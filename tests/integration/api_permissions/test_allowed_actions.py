"""Models and datasets say what their reader may do with them, by the table that the operations are held against."""

import pytest

from tests.support.platform import caller_of
from trainyard.tenants.models import Organization, Role
from trainyard.tenants.permissions import DATASET_ACTIONS, MODEL_ACTIONS, PERMISSIONS, allowed_on

pytestmark = pytest.mark.django_db

DATASET = {"name": "penguins", "task": "tabular_classification", "options": {"target": "species"}}


def test_a_dataset_says_what_each_reader_may_do(organization: Organization) -> None:
    writer, reader = caller_of(organization, Role.MEMBER), caller_of(organization, Role.VIEWER)
    made = writer.post("/datasets", DATASET).json()
    assert made["allowed_actions"] == ["rename", "add_version", "delete", "train"]
    assert writer.get(f"/datasets/{made['id']}").json()["allowed_actions"] == made["allowed_actions"]
    assert reader.get(f"/datasets/{made['id']}").json()["allowed_actions"] == []
    assert reader.get("/datasets").json()["data"][0]["allowed_actions"] == []


def test_a_key_is_told_by_its_scopes() -> None:
    assert allowed_on(MODEL_ACTIONS, role=Role.OWNER, scopes={"models:predict"}) == ["predict"]
    assert allowed_on(DATASET_ACTIONS, role=Role.OWNER, scopes={"datasets:write"}) == [
        "rename",
        "add_version",
        "delete",
    ]


def test_every_action_has_a_permission_of_the_table() -> None:
    assert {*MODEL_ACTIONS.values(), *DATASET_ACTIONS.values()} <= PERMISSIONS.keys()
