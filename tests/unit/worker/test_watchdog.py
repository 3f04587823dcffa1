"""An engine's silence is judged by its own pace, and only while it is the engine that keeps us waiting."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest

from trainyard_worker.stop_signal import StopLevel, StopSignal
from trainyard_worker.watchdog import Watchdog, WatchdogLimits, WatchdogVerdict

NEVER = 3_600.0
PATIENT = WatchdogLimits(start_seconds=NEVER, factor=5, floor_seconds=NEVER, stop_seconds=NEVER)
SOON = 0.05
WAIT_SECONDS = 30


class Watched:
    def __init__(self, limits: WatchdogLimits) -> None:
        self.killed = Event()
        self.stop_signal = StopSignal()
        self.watchdog = Watchdog(self.kill, stop_signal=self.stop_signal, limits=limits)

    def kill(self, number: signal.Signals) -> None:
        assert number == signal.SIGKILL
        self.killed.set()

    def wait_for(self, verdict: WatchdogVerdict) -> None:
        assert self.killed.wait(WAIT_SECONDS)
        assert self.watchdog.verdict is verdict


@pytest.fixture
def watching() -> Iterator[list[Watched]]:
    """What is put here is let go of when the test ends."""
    watched: list[Watched] = []
    yield watched
    for each in watched:
        each.stop_signal.raise_to(StopLevel.LOST)
        each.watchdog.close()


def test_an_engine_that_never_takes_its_first_step_is_killed(watching: list[Watched]) -> None:
    watching.append(Watched(replace(PATIENT, start_seconds=SOON)))
    watching[0].wait_for(WatchdogVerdict.HANG)


def test_an_engine_that_takes_no_further_step_is_killed(watching: list[Watched]) -> None:
    watching.append(Watched(replace(PATIENT, start_seconds=SOON, floor_seconds=SOON)))
    watching[0].watchdog.progressed()
    watching[0].wait_for(WatchdogVerdict.HANG)


def test_a_slow_engine_gets_a_multiple_of_its_longest_silence() -> None:
    slow = Watched(replace(PATIENT, floor_seconds=SOON))
    slow.watchdog.progressed()
    slow.watchdog._last -= 20
    slow.watchdog.progressed()
    assert slow.watchdog.limit_seconds == pytest.approx(100, abs=5)
    slow.watchdog.close()


def test_the_time_before_the_first_step_is_no_measure_of_those_that_follow() -> None:
    late = Watched(PATIENT)
    late.watchdog._last -= 2_000
    late.watchdog.progressed()
    assert late.watchdog.limit_seconds == NEVER
    late.watchdog._last -= 1
    late.watchdog.progressed()
    assert late.watchdog._longest < 2
    late.watchdog.close()


def test_an_engine_that_waits_for_us_is_not_silent(watching: list[Watched]) -> None:
    watching.append(Watched(replace(PATIENT, start_seconds=2, floor_seconds=SOON)))
    before = watching[0].watchdog._last
    with watching[0].watchdog.paused():
        assert not watching[0].killed.wait(2 * SOON)
    assert watching[0].watchdog._last >= before + 2 * SOON


def test_an_engine_that_does_not_stop_when_asked_is_killed(watching: list[Watched]) -> None:
    watching.append(Watched(replace(PATIENT, stop_seconds=SOON)))
    watching[0].stop_signal.raise_to(StopLevel.STOP)
    watching[0].wait_for(WatchdogVerdict.IGNORED_STOP)


def test_an_engine_that_has_ended_is_left_alone(watching: list[Watched]) -> None:
    watching.append(Watched(replace(PATIENT, stop_seconds=SOON)))
    watching[0].watchdog.close()
    watching[0].stop_signal.raise_to(StopLevel.STOP)
    watching[0].watchdog._thread.join(WAIT_SECONDS)
    assert watching[0].watchdog.verdict is None
    assert not watching[0].killed.is_set()
