"""A control worker is deaf when it had no task for long and had its hands free."""

from trainyard.config.broker_watchdog import BrokerWatchdog


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_silence_is_deafness_once_it_lasts() -> None:
    clock = Clock()
    watchdog = BrokerWatchdog(silent_seconds=90, clock=clock)
    clock.now += 90
    assert not watchdog.has_expired
    clock.now += 1
    assert watchdog.has_expired


def test_every_task_proves_that_it_hears() -> None:
    clock = Clock()
    watchdog = BrokerWatchdog(silent_seconds=90, clock=clock)
    for _ in range(5):
        clock.now += 80
        watchdog.task_started()
        watchdog.task_finished()
        assert not watchdog.has_expired


def test_a_worker_at_work_is_not_deaf_however_long_it_takes() -> None:
    clock = Clock()
    watchdog = BrokerWatchdog(silent_seconds=90, clock=clock)
    watchdog.task_started()
    watchdog.task_started()
    watchdog.task_finished()
    clock.now += 3_600
    assert not watchdog.has_expired
    watchdog.task_finished()
    assert not watchdog.has_expired
    clock.now += 91
    assert watchdog.has_expired
