"""What is due stands in the database, however often beat is restarted."""

from datetime import timedelta

import pytest

from tests.support.jobs import START
from tests.support.transactional import at_once
from trainyard.core.recurring import AGAIN_AFTER, due
from trainyard.periodic import tasks
from trainyard.periodic.schedule import ASKED_SECONDS, SCHEDULE, SELDOM

HOUR = timedelta(hours=1)


def ask(minutes: float = 0) -> bool:
    with due("sweep", every=HOUR, now=START + timedelta(minutes=minutes)) as is_due:
        return is_due


@pytest.mark.django_db
class TestWhatIsDue:
    def test_at_once_and_then_every_hour(self) -> None:
        assert [ask(minute) for minute in (0, 1, 59, 60, 61, 119, 121)] == [
            True, False, False, True, False, False, True
        ]  # fmt: skip

    def test_late_after_a_standstill_only_once(self) -> None:
        ask()
        assert (ask(600), ask(601)) == (True, False)

    def test_what_failed_is_due_again_soon(self) -> None:
        with pytest.raises(ZeroDivisionError), due("sweep", every=HOUR, now=START):
            raise ZeroDivisionError
        assert not ask(1)
        assert ask(AGAIN_AFTER.total_seconds() / 60)


def test_one_of_those_who_ask_at_once_does_it(committed_db: None) -> None:
    for minutes in (0, 60):
        assert sorted(map(str, at_once([lambda minutes=minutes: ask(minutes)] * 4))) == ["False"] * 3 + ["True"]


def test_nothing_seldom_depends_on_how_long_beat_has_been_running() -> None:
    assert max(entry["schedule"] for entry in SCHEDULE.values()) <= 60
    assert {entry["task"].rpartition(".")[2] for entry in SCHEDULE.values()} >= SELDOM.keys()
    assert all(every.total_seconds() > ASKED_SECONDS for every in SELDOM.values())


@pytest.mark.django_db
def test_the_tasks_do_their_work_when_it_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, clock = [], [START]
    monkeypatch.setattr(tasks, "database_now", lambda: clock[0])
    monkeypatch.setattr(tasks.purging, "purge", lambda *, now: calls.append(now))
    for minute in range(12):
        clock[0] = START + timedelta(minutes=minute)
        tasks.purge_deleted()
    assert calls == [START + timedelta(minutes=minute) for minute in (0, 5, 10)]
