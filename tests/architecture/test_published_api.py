"""Nothing of the API goes that integrators were promised."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from scripts.published_api import CURRENT, PUBLISHED, breaking_changes, outline

Document = dict[str, Any]
PUBLISHED_API: Document = json.loads(PUBLISHED.read_text())


def test_the_api_keeps_what_was_published() -> None:
    current = outline(json.loads(CURRENT.read_text()))
    assert breaking_changes(PUBLISHED_API, current) == [], "see docs/api.md on what may change"


def job(document: Document) -> Document:
    schema: Document = document["schemas"]["Job"]
    return schema


def gone_path(document: Document) -> None:
    del document["paths"]["/api/v1/jobs/{job_id}/cancel"]


def gone_field(document: Document) -> None:
    del job(document)["properties"]["verdict"]


def other_type(document: Document) -> None:
    job(document)["properties"]["attempts"]["type"] = "string"


def may_be_null(document: Document) -> None:
    job(document)["properties"]["name"]["type"] = ["string", "null"]


def may_be_missing(document: Document) -> None:
    job(document)["required"].remove("name")


def gone_request_field(document: Document) -> None:
    del document["schemas"]["DatasetCreateRequest"]["properties"]["options"]


def new_required_field(document: Document) -> None:
    request = document["schemas"]["DatasetCreateRequest"]
    request["properties"]["colour"] = {"type": "string"}
    request["required"].append("colour")


def narrower(document: Document) -> None:
    document["schemas"]["DatasetCreateRequest"]["properties"]["name"]["maxLength"] = 5


def gone_choice(document: Document) -> None:
    document["schemas"]["TaskEnum"]["enum"].remove("translation")


def new_required_parameter(document: Document) -> None:
    parameter = {"in": "query", "name": "colour", "required": True, "schema": {"type": "string"}}
    document["paths"]["/api/v1/jobs"]["get"]["parameters"].append(parameter)


BREAKING = [
    gone_path,
    gone_field,
    other_type,
    may_be_null,
    may_be_missing,
    gone_request_field,
    new_required_field,
    narrower,
    gone_choice,
    new_required_parameter,
]


@pytest.mark.parametrize("change", BREAKING, ids=[change.__name__ for change in BREAKING])
def test_what_breaks_a_client_is_found(change: Callable[[Document], None]) -> None:
    changed = deepcopy(PUBLISHED_API)
    change(changed)
    assert len(breaking_changes(PUBLISHED_API, changed)) >= 1


def added_field(document: Document) -> None:
    job(document)["properties"]["colour"] = {"type": "string"}
    job(document)["required"].append("colour")


def added_path(document: Document) -> None:
    document["paths"]["/api/v1/colours"] = document["paths"]["/api/v1/jobs"]


def added_request_field(document: Document) -> None:
    document["schemas"]["DatasetCreateRequest"]["properties"]["colour"] = {"type": "string"}


def wider(document: Document) -> None:
    document["schemas"]["DatasetCreateRequest"]["properties"]["name"]["maxLength"] = 5_000


HARMLESS = [added_field, added_path, added_request_field, wider]


@pytest.mark.parametrize("change", HARMLESS, ids=[change.__name__ for change in HARMLESS])
def test_additions_break_nobody(change: Callable[[Document], None]) -> None:
    changed = deepcopy(PUBLISHED_API)
    change(changed)
    assert breaking_changes(PUBLISHED_API, changed) == []
