"""Lists of jobs by name and time, and the other way round."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from tests.support.jobs import Bench
from tests.support.platform import Caller
from trainyard.api.v1.jobs import views
from trainyard.core.time import database_now
from trainyard.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def names(bench: Bench) -> list[str]:
    """Of jobs that were submitted an hour apart, oldest first."""
    for name in ("digits-a", "Digits-b", "pets", "100%"):
        bench.submit(name=name)
        bench.pass_time(3_600)
    return ["digits-a", "Digits-b", "pets", "100%"]


def listed(owner: Caller, **query: object) -> list[str]:
    return [job["name"] for job in owner.get("/jobs", **query).json()["data"]]


def test_search_is_a_part_of_the_name(owner: Caller, names: list[str]) -> None:
    assert listed(owner, search="digits") == ["Digits-b", "digits-a"]
    assert listed(owner, search="0%") == ["100%"]
    assert listed(owner, search="nothing") == []


def test_jobs_of_a_time(owner: Caller, bench: Bench, names: list[str]) -> None:
    middle = (bench.now - timedelta(hours=2, minutes=30)).isoformat()
    assert listed(owner, created_after=middle) == ["100%", "pets"]
    assert listed(owner, created_before=middle) == ["Digits-b", "digits-a"]


def test_oldest_first_pages_to_the_end(owner: Caller, names: list[str]) -> None:
    page = owner.get("/jobs", sort="created_at", limit=3).json()
    rest = owner.get("/jobs", sort="created_at", limit=3, cursor=page["next_cursor"]).json()
    assert [job["name"] for job in page["data"] + rest["data"]] == names
    assert listed(owner, sort="-created_at") == names[::-1]


def paged(owner: Caller, **query: object) -> list[str]:
    """The names on all pages of two."""
    names, cursor = [], {}
    while True:
        page = owner.get("/jobs", limit=2, **query, **cursor).json()
        names += [job["name"] for job in page["data"]]
        if page["next_cursor"] is None:
            return names
        cursor = {"cursor": page["next_cursor"]}


def test_jobs_are_sorted_by_name_and_by_when_they_ended(owner: Caller, bench: Bench, names: list[str]) -> None:
    assert paged(owner, sort="name") == ["100%", "digits-a", "Digits-b", "pets"]
    assert paged(owner, sort="-name") == ["pets", "Digits-b", "digits-a", "100%"]
    ended = owner.get("/jobs", search="pets").json()["data"][0]["id"]
    assert owner.post(f"/jobs/{ended}/cancel").status_code == 200
    assert paged(owner, sort="finished_at")[0] == paged(owner, sort="-finished_at")[0] == "pets"


def test_jobs_are_sorted_by_a_metric_and_those_without_it_come_last(
    owner: Caller, bench: Bench, names: list[str]
) -> None:
    for name, loss in (("pets", 0.5), ("digits-a", 2.0), ("100%", 0.5)):
        Job.across_tenants.filter(name=name).update(latest_metrics={"val_loss": loss, "a/b": None})
    assert paged(owner, sort="metrics.val_loss") == ["pets", "100%", "digits-a", "Digits-b"]
    assert paged(owner, sort="-metrics.val_loss") == ["digits-a", "100%", "pets", "Digits-b"]
    assert len(paged(owner, sort="test_metrics.a/b")) == 4


def test_a_cursor_of_another_order_is_refused_or_only_skips(owner: Caller, names: list[str]) -> None:
    for cursor in ("W10", "bm8", "WyJhIiwgMV0", "eyJhIjoxfQ"):
        answer = owner.get("/jobs", sort="name", cursor=cursor)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cursor")


def test_the_whole_number_is_counted_when_asked_for(owner: Caller, names: list[str]) -> None:
    assert owner.get("/jobs", limit=1, total=True, search="digits").json()["total"] == 2
    assert owner.get("/jobs").json()["total"] is None


def test_jobs_by_their_ids(owner: Caller, bench: Bench, names: list[str]) -> None:
    some = [job["id"] for job in owner.get("/jobs", search="digits").json()["data"]]
    assert listed(owner, ids=",".join([*some, "job_unknown"])) == ["Digits-b", "digits-a"]
    assert owner.get("/jobs", ids=",".join(["x"] * 201)).status_code == 400


def test_only_what_has_changed_is_told_again(owner: Caller, bench: Bench, names: list[str]) -> None:
    Job.across_tenants.update(changed_at=datetime.now(UTC) - timedelta(hours=1))
    as_of = owner.get("/jobs").json()["as_of"]
    nothing = owner.get("/jobs", changed_since=as_of)
    assert nothing.json()["data"] == []
    assert len(nothing.content) < 200
    pets = owner.get("/jobs", search="pets").json()["data"][0]["id"]
    owner.post(f"/jobs/{pets}/cancel")
    assert listed(owner, changed_since=as_of) == ["pets"]
    assert listed(owner, changed_since=nothing.json()["as_of"]) == ["pets"]


@pytest.mark.parametrize("query", [{}, {"search": "digits"}, {"search": "no such name"}])
def test_what_changes_while_jobs_are_read_is_told_again(
    owner: Caller, names: list[str], monkeypatch: pytest.MonkeyPatch, query: dict[str, str]
) -> None:
    """Reading takes seven seconds, of the database that saw no more than was there at first."""
    ticks = count(0, 7)
    monkeypatch.setattr(views, "monotonic", lambda: next(ticks))
    as_of = datetime.fromisoformat(owner.get("/jobs", **query).json()["as_of"])
    assert as_of <= database_now() - views.LATE_COMMITS - timedelta(seconds=7)


def test_a_wrong_filter_is_named(owner: Caller) -> None:
    for query in ({"sort": "colour"}, {"sort": 'metrics.a"b'}, {"created_after": "yesterday"}, {"serch": "x"}):
        answer = owner.get("/jobs", **query)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == list(query)
