"""Waiting for a prediction: woken through Redis, looking by itself without."""

import time
from collections.abc import Iterator

import pytest
from redis import Redis

from trainyard.core.broker import broker
from trainyard.registry import notification

FOREVER = 30.0


@pytest.fixture(autouse=True)
def fresh_client() -> Iterator[None]:
    broker.cache_clear()
    yield
    broker.cache_clear()


def test_a_notification_is_an_instant_to_poll(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notification, "POLL_SECONDS", FOREVER)
    instants = notification.poll_instants("pred_1", seconds=FOREVER)
    next(instants)
    notification.notify("pred_1")
    next(instants)  # or the test's time limit ends it


def test_a_notification_is_for_one_prediction_and_does_not_stay(redis_server: Redis) -> None:
    notification.notify("pred_1")
    (key,) = redis_server.keys("*")
    assert b"pred_1" in key
    assert 0 < redis_server.ttl(key) <= notification.NOTIFICATION_SECONDS


def test_without_redis_it_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    notification.notify("pred_1")
    times = iter([0.0, 0.0, 0.5, 0.9, 1.0])
    instants = notification.poll_instants("pred_1", seconds=1, clock=lambda: next(times))
    assert len(list(instants)) == 4
    assert slept == [0.2, 0.2, pytest.approx(0.1)]


def test_it_ends_in_time(redis_server: Redis) -> None:
    times = iter([0.0, 29.99, 30.1])
    assert len(list(notification.poll_instants("pred_1", seconds=30, clock=lambda: next(times)))) == 2
