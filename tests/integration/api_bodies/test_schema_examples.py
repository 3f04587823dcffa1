"""Every GET, POST and PATCH of the API's document shows what is sent and what is answered, by the schema it states."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.schema_samples import document, operations
from trainyard.api.schema_examples import JSON, PREFIXES, WHOLE
from trainyard_spec.training import TrainingSpec

OPERATIONS = {operation["operationId"]: operation for _, _, operation in operations("get", "post", "patch")}


def media_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What of an operation is JSON: the request, and each answer but the problems."""
    answers = {code: answer for code, answer in operation["responses"].items() if code != "default"}
    holders = {"request": operation.get("requestBody", {}), **answers}
    found = {where: holder.get("content", {}).get(JSON) for where, holder in holders.items()}
    return {where: media for where, media in found.items() if media and "$ref" in media["schema"]}


def example_of(media: dict[str, Any]) -> Any:
    name = media["examples"]["example"]["$ref"].rpartition("/")[2]
    return document()["components"]["examples"][name]["value"]


@pytest.mark.parametrize("operation_id", sorted(OPERATIONS))
def test_examples_are_what_the_schema_describes(operation_id: str) -> None:
    for where, media in media_of(OPERATIONS[operation_id]).items():
        schema = {**media["schema"], "components": document()["components"]}
        wrong = [
            f"{where}.{error.json_path}: {error.message[:200]}"
            for error in Draft202012Validator(schema).iter_errors(example_of(media))
        ]
        assert wrong == []


def test_most_operations_have_some() -> None:
    """The others send and answer nothing, or no JSON of ours."""
    without = {name for name, operation in OPERATIONS.items() if not media_of(operation)}
    sends_nothing = {"leaveOrganization", "receiveStripeEvent", "addToUpload", "denyDevice", "approveDevice"}
    no_json = {name for name in without if OPERATIONS[name]["responses"].get("200", {}).get("content")}
    assert without - no_json <= sends_nothing
    assert len(OPERATIONS) - len(without) > 180


def test_what_is_written_by_hand_is_of_components_that_there_are() -> None:
    shown = document()["components"]["examples"]
    nested = {"CompileOptionsRequest", "TrainingSpec"}
    assert set(WHOLE) - nested <= set(shown)
    assert set(PREFIXES) <= set(document()["components"]["schemas"])


def test_the_spec_that_is_shown_is_valid() -> None:
    spec = TrainingSpec.model_validate(document()["components"]["examples"]["JobSubmissionRequest"]["value"])
    assert spec.architecture.name == "mlp"
