"""However much is wrong with a request, the answer stays short, and says how much it leaves out."""

from collections.abc import Callable, Collection
from typing import Any

import pytest

from tests.support.jobs import Bench, spec_of
from tests.support.platform import Caller
from trainyard.api.problems import ERRORS_LISTED, LONGEST_TEXT
from trainyard_common.did_you_mean import LONGEST_MISSPELT, near_name
from trainyard_spec import validation

MANY = 5_000

Body = Callable[[Bench], dict[str, Any]]
BODIES: list[Body] = [
    lambda bench: spec_of(bench.version) | {f"epoch{n}": 1 for n in range(MANY)},
    lambda bench: spec_of(bench.version, architecture={"name": "mlp", "hidden": [-1] * MANY}),
]


@pytest.mark.parametrize("body", BODIES, ids=["unknown fields", "wrong items"])
@pytest.mark.parametrize("path", ["/jobs/quote", "/jobs"])
def test_a_hundred_problems_are_listed_and_the_others_counted(
    owner: Caller, bench: Bench, path: str, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare(wrong: str, _valid: Collection[str], *, otherwise: str) -> str:
        compared.append(wrong)
        return otherwise

    monkeypatch.setattr(validation, "did_you_mean", compare)
    answer = owner.post(path, body(bench))
    problem = answer.json()
    assert answer.status_code == 400
    assert len(problem["errors"]) == ERRORS_LISTED
    assert problem["errors_omitted"] == MANY - ERRORS_LISTED
    assert len(compared) <= ERRORS_LISTED
    assert len(answer.content) < 100_000


def test_what_was_sent_is_not_sent_back_at_length(owner: Caller, bench: Bench) -> None:
    [error] = owner.post("/jobs/quote", spec_of(bench.version) | {"e" * 100_000: 1}).json()["errors"]
    assert len(error["field"]) <= LONGEST_TEXT + 3
    assert len(error["message"]) <= LONGEST_TEXT + 3


def test_few_problems_leave_nothing_out(owner: Caller, bench: Bench) -> None:
    problem = owner.post("/jobs/quote", spec_of(bench.version) | {"epochs": 1}).json()
    assert len(problem["errors"]) == 1
    assert "errors_omitted" not in problem


def test_a_long_name_is_compared_with_none() -> None:
    name = "n" * LONGEST_MISSPELT
    assert near_name(name + "n", [name]) is None
    assert near_name(name[:-1], [name]) == name
