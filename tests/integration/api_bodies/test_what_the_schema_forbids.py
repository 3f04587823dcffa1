"""What schemathesis found that the schema forbids and the API took: each by its kind."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, resolve
from rest_framework.serializers import ChoiceField

from tests.support.platform import Caller
from tests.support.schema_samples import document
from trainyard.api.serializers import NamedChoiceField, StrictSerializer

RAW_BODIES = {"/api/v1/uploads/", "/api/v1/payments/stripe/webhook"}
"""What comes there is not a form of ours: pieces of files, and what the payment service signed."""
BUDGET = {"name": "all", "amount": "25.00", "alert_percents": [50], "is_hard": True}


@pytest.mark.parametrize("odd", [0, 1, "true", "yes", []])
def test_what_is_no_boolean_is_refused_by_its_field(owner: Caller, odd: Any) -> None:
    for answer in (
        owner.post("/budgets", BUDGET | {"is_hard": odd}),
        owner.patch("/wallet/settings", {"auto_resume": odd}),
    ):
        assert answer.status_code == 400
        assert "Must be true or false." in answer.content.decode()


@pytest.mark.parametrize("odd", [0, 1.5, True, ["a"]])
def test_what_is_no_text_is_refused_by_its_field(owner: Caller, odd: Any) -> None:
    answer = owner.post("/budgets", BUDGET | {"name": odd})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "name")


@pytest.mark.parametrize("path", ["/budgets", "/jobs/cancel", "/jobs/quote"])
@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_none_is_refused_wherever_it_is_sent(owner: Caller, path: str, key: str) -> None:
    answer = owner.post(path, {"ids": ["job_none"]}, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("path", ["/api/v1/invitations/none", "/api/v1/payments/stripe/webhook"])
@pytest.mark.django_db
def test_a_method_that_is_not_there_is_none_for_the_public_either(path: str) -> None:
    assert Client().generic("TRACE", path).status_code == 405


def test_every_call_that_the_schema_gives_no_body_takes_none() -> None:
    posts = {path: item["post"] for path, item in document()["paths"].items() if "post" in item}
    views = {path: resolve(re.sub(r"\{\w+\}", "x", path)).func.view_class for path in posts}  # type: ignore[attr-defined]
    wrong = [
        path
        for path, operation in posts.items()
        if views[path].takes_body != ("requestBody" in operation) and path not in RAW_BODIES
    ]
    assert wrong == []


def test_every_choice_of_a_body_names_what_there_is_to_choose() -> None:
    def below(kind: type[StrictSerializer]) -> list[type[StrictSerializer]]:
        return [found for each in kind.__subclasses__() for found in (each, *below(each))]

    get_resolver().url_patterns  # noqa: B018  imports every view
    silent = [
        f"{kind.__name__}.{name}"
        for kind in below(StrictSerializer)
        if "compat" not in kind.__module__
        for name, field in kind().fields.items()
        if isinstance(field, ChoiceField) and not isinstance(field, NamedChoiceField) and not field.read_only
    ]
    assert silent == []


def test_a_choice_that_is_none_is_answered_with_those_there_are(owner: Caller) -> None:
    (problem,) = owner.post("/api-keys", {"name": "a", "role": "viewr"}).json()["errors"]
    assert problem["message"].startswith("viewr is not one of owner, admin, member, billing, viewer.")
    assert "Did you mean viewer?" in problem["message"]
