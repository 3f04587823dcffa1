"""JSON that Python can read and a database cannot hold is refused, wherever it comes."""

import re

import pytest
from django.test import Client

from tests.support.platform import Caller


@pytest.mark.parametrize(
    "body",
    [
        '{"name": 1e400}',
        '{"name": "a", "name": "b"}',
        '{"inputs": [{"a": 1, "a": 2}]}',
        '{"training": {"epochs": [-1e999]}}',
        '{"name": NaN}',
        "[" * 100_000 + "]" * 100_000,
    ],
    ids=["too large", "twice", "twice, deep inside", "too small, deep inside", "not a number", "too deep"],
)
@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/datasets", "/api/v1/models/mdl_none/predict"])
def test_it_is_a_bad_request(owner: Caller, path: str, body: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {owner.secret}"}, raise_request_exception=False)
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [b"9" * 5_000, b'\xef\xbb\xbf{"name": "a"}', '{"name": "\u00e9"}'.encode("latin-1")],
    ids=["too many digits", "byte order mark", "Latin-1"],
)
def test_its_sentence_is_about_the_body_and_not_about_python(owner: Caller, body: bytes) -> None:
    client = Client(headers={"Authorization": f"Bearer {owner.secret}"})
    answer = client.post("/api/v1/jobs", body, content_type="application/json").json()
    assert answer["code"] == "parse_error"
    assert not re.search(r"sys\.|codec|utf-8-sig|4300", answer["detail"])
