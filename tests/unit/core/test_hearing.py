"""A control worker is deaf when it had no task for long and had its hands free."""

from trainyard.config.broker_watchdog import Hearing


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_silence_is_deafness_once_it_lasts() -> None:
    clock = Clock()
    hearing = Hearing(silent_seconds=90, clock=clock)
    clock.now += 90
    assert not hearing.is_deaf
    clock.now += 1
    assert hearing.is_deaf


def test_every_task_proves_that_it_hears() -> None:
    clock = Clock()
    hearing = Hearing(silent_seconds=90, clock=clock)
    for _ in range(5):
        clock.now += 80
        hearing.begin()
        hearing.end()
        assert not hearing.is_deaf


def test_a_worker_at_work_is_not_deaf_however_long_it_takes() -> None:
    clock = Clock()
    hearing = Hearing(silent_seconds=90, clock=clock)
    hearing.begin()
    hearing.begin()
    hearing.end()
    clock.now += 3_600
    assert not hearing.is_deaf
    hearing.end()
    assert not hearing.is_deaf
    clock.now += 91
    assert hearing.is_deaf
