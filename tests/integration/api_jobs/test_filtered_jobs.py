"""Lists of jobs by name and time, and the other way round."""

from datetime import timedelta

import pytest

from tests.support.jobs import Bench
from tests.support.platform import Caller

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


def test_a_wrong_filter_is_named(owner: Caller) -> None:
    for query in ({"sort": "name"}, {"created_after": "yesterday"}, {"serch": "x"}):
        answer = owner.get("/jobs", **query)
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == list(query)
