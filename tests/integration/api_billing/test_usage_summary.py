"""Usage by day, and by pool, job or member, under the names that people know."""

from datetime import timedelta

import pytest

from tests.support.jobs import Bench, bench
from tests.support.platform import Caller
from trainyard.core.time import database_now
from trainyard.jobs.accounting import usage_summary

__all__ = ["bench"]

PATH = "/usage/summary"


def bill(bench: Bench, seconds: float, **changes: str) -> str:
    """A job of so many seconds; its id."""
    run = bench.run(**changes)
    run.start()
    run.train(seconds, step=10)
    return str(run.succeed(seconds=seconds).id)


@pytest.fixture
def used(bench: Bench) -> Bench:
    bench.now = database_now() - timedelta(hours=1)
    type(bench.worker).objects.update(last_heartbeat_at=database_now())
    return bench


def test_it_is_told_by_pool_job_and_member(used: Bench, owner: Caller, teammate: Caller, outsider: Caller) -> None:
    first, second = bill(used, 100, name="long"), bill(used, 50, name="short")
    pools = teammate.get(PATH).json()
    assert (pools["amount"], pools["currency"], pools["slot_seconds"]) == ("0.015000", "USD", 150.0)
    assert [(group["name"], group["amount"]) for group in pools["groups"]] == [("default", "0.015000")]
    until = (database_now() + timedelta(hours=1)).isoformat()
    jobs = owner.get(PATH, by="job", to=until).json()
    assert [(group["key"], group["name"]) for group in jobs["groups"]] == [(first, "long"), (second, "short")]
    assert sum(day["slot_seconds"] for day in jobs["days"]) == 150.0
    members = owner.get(PATH, by="member").json()
    assert [group["amount"] for group in members["groups"]] == ["0.015000"]
    assert outsider.get(PATH).json()["groups"] == []


def test_what_cost_least_is_told_together(used: Bench, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_summary, "MOST_GROUPS", 1)
    for seconds in (100, 50, 25):
        bill(used, seconds)
    found = owner.get(PATH, by="job").json()
    assert [(bool(group["key"]), group["slot_seconds"]) for group in found["groups"]] == [(True, 100.0), (False, 75.0)]
    assert {day["key"]: day["slot_seconds"] for day in found["days"]}[""] == 75.0


@pytest.mark.parametrize(
    "query",
    [{"by": "mood"}, {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, {"from": "2020-01-01T00:00:00Z"}],
)
def test_a_wrong_period_or_grouping_is_refused(owner: Caller, query: dict[str, str]) -> None:
    assert owner.get(PATH, **query).status_code == 400


def test_usage_names_its_job(used: Bench, owner: Caller) -> None:
    bill(used, 10, name="digits")
    assert {row["job_name"] for row in owner.get("/usage").json()["data"]} == {"digits"}
