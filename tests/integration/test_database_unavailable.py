"""A database that cannot be reached, or has no connection left, is a 503 that says when to try again."""

from typing import Any

import pytest
from django.db import OperationalError

from tests.support.platform import Caller
from trainyard.registry import queries


def unreachable(*_args: Any, **_kwargs: Any) -> Any:
    raise OperationalError("couldn't get a connection after 10.00 sec")


def test_it_is_told_as_such(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "models", unreachable)
    answer = owner.get("/models")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (answer.json()["code"], answer.json()["detail"]) == (
        "database_unavailable",
        "The platform's database does not answer.",
    )
