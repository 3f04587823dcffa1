"""Whoever changes what somebody else changed meanwhile is told so, where ``If-Match`` says what was read (412)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.platform import Caller
from trainyard.pools.models import Pool

Changed = tuple[Caller, str, Callable[[int], Any]]
"""Who may change what stands at a path, and how: each number is another change."""


@pytest.fixture(params=["pool", "limits", "budget"])
def edited(request: pytest.FixtureRequest, operator: Caller, owner: Caller, pool: Pool) -> Changed:
    if request.param == "pool":
        path = f"/admin/pools/{pool.id}"
        return operator, path, lambda n, **tag: operator.patch(path, {"labels": {"zone": f"z{n}"}}, **tag)
    if request.param == "limits":
        assert owner.organization is not None
        path = f"/admin/organizations/{owner.organization.id}/limits"
        return operator, path, lambda n, **tag: operator.post(path, {"max_stored_bytes": n}, **tag)
    made = owner.post("/budgets", {"name": "month", "amount": "5.00", "alert_percents": [], "is_hard": False}).json()
    path = f"/budgets/{made['id']}"
    return owner, path, lambda n, **tag: owner.patch(path, {"name": f"month {n}"}, **tag)


def test_a_stale_change_is_refused_and_changes_nothing(edited: Changed) -> None:
    caller, path, change = edited
    tag = {"If-Match": caller.get(path)["ETag"]}
    first = change(1, **tag)
    assert first.status_code == 200
    assert first["ETag"] == caller.get(path)["ETag"] != tag["If-Match"]
    read = caller.get(path).json()
    stale = change(2, **tag)
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert caller.get(path).json() == read
    assert change(3, **{"If-Match": first["ETag"]}).status_code == 200


def test_without_a_tag_or_with_any_the_last_one_counts(edited: Changed) -> None:
    _, _, change = edited
    assert change(1).status_code == change(2, **{"If-Match": "*"}).status_code == 200
    assert change(3, **{"If-Match": "nonsense"}).status_code == 412
