"""Answers that are written at once: JSON as everybody reads it, and 304 for whoever has it."""

import json

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from trainyard.api.json_answers import json_answer


def asked(**headers: str) -> Request:
    return Request(APIRequestFactory().get("/", headers=headers))


def test_what_is_no_number_is_null() -> None:
    answer = json_answer(asked(), {"loss": [0.5, float("nan"), float("inf")], "name": "é\n"})
    assert json.loads(answer.content, parse_constant=pytest.fail) == {"loss": [0.5, None, None], "name": "é\n"}


def test_the_same_answer_is_sent_once() -> None:
    first = json_answer(asked(), {"a": 1}, besides={"as_of": "now"})
    later = json_answer(asked(**{"If-None-Match": first["ETag"]}), {"a": 1}, besides={"as_of": "later"})
    assert (later.status_code, later.content, later["ETag"]) == (304, b"", first["ETag"])
    other = json_answer(asked(**{"If-None-Match": first["ETag"]}), {"a": 2}, besides={"as_of": "later"})
    assert (other.status_code, json.loads(other.content)) == (200, {"a": 2, "as_of": "later"})
