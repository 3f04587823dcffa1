"""``/architectures`` and ``/spec-schema``: the catalogue, as forms read it."""

from typing import Any

import pytest
from django.test import Client

from tests.support.platform import Caller
from trainyard_spec.architectures import ARCHITECTURES

pytestmark = pytest.mark.one_database


def by_name(caller: Caller) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in caller.get("/architectures").json()["data"]}


def test_the_list_is_the_catalogue(owner: Caller) -> None:
    assert by_name(owner).keys() == ARCHITECTURES.keys()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_entry_says_what_a_form_needs(owner: Caller, name: str) -> None:
    entry = owner.get(f"/architectures/{name}").json()
    assert entry == by_name(owner)[name]
    assert entry["tasks"] == list(ARCHITECTURES[name].tasks)
    assert entry["defaults"].keys() == entry["hyperparameters"]["properties"].keys()
    assert ARCHITECTURES[name].model_validate(entry["defaults"])


def test_limits_stand_beside_each_hyperparameter(owner: Caller) -> None:
    hidden = owner.get("/architectures/mlp").json()["hyperparameters"]["properties"]["hidden"]
    assert (hidden["maxItems"], hidden["items"]["minimum"], hidden["items"]["maximum"]) == (32, 1, 16_384)


def test_an_unknown_name_is_told_the_known_ones(owner: Caller) -> None:
    answer = owner.get("/architectures/no-such-network")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "cnn" in answer.json()["hint"]


def test_the_spec_schema_covers_every_section(owner: Caller) -> None:
    schema = owner.get("/spec-schema").json()
    assert {"architecture", "training", "split", "resources", "limits"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", ["/architectures", "/architectures/cnn", "/spec-schema"])
def test_everybody_who_is_somebody_may_read_it(
    owner: Caller, teammate: Caller, outsider: Caller, anonymous: Client, path: str
) -> None:
    assert [caller.get(path).status_code for caller in (owner, teammate, outsider)] == [200] * 3
    assert anonymous.get(f"/api/v1{path}").status_code == 401
