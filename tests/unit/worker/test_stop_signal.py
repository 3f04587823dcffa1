"""A stop signal only gets stronger, and the engine hears each level once."""

import signal
from itertools import product

import pytest

from trainyard_worker.stop_signal import StopLevel, StopSignal

GIVEN = (StopLevel.STOP, StopLevel.CANCEL, StopLevel.LOST)


@pytest.mark.parametrize(("first", "second"), list(product(StopLevel, StopLevel)))
def test_the_strongest_level_stands(first: StopLevel, second: StopLevel) -> None:
    stop_signal = StopSignal()
    stop_signal.raise_to(first)
    assert stop_signal.raise_to(second) is (second > max(first, StopLevel.RUN))
    assert stop_signal.strongest is max(first, second)
    assert [level for level in GIVEN if stop_signal.event(level).is_set()] == [
        o for o in GIVEN if o <= stop_signal.strongest
    ]


def test_the_engine_is_asked_to_stop_and_killed_by_anything_stronger() -> None:
    stop_signal, heard = StopSignal(), list[signal.Signals]()
    stop_signal.attach_engine(heard.append)
    for level in (StopLevel.RUN, StopLevel.STOP, StopLevel.STOP, StopLevel.CANCEL, StopLevel.STOP, StopLevel.LOST):
        stop_signal.raise_to(level)
    assert heard == [signal.SIGTERM, signal.SIGKILL, signal.SIGKILL]


def test_an_engine_that_starts_after_an_order_hears_it() -> None:
    stop_signal, heard = StopSignal(), list[signal.Signals]()
    stop_signal.raise_to(StopLevel.STOP)
    stop_signal.attach_engine(heard.append)
    assert heard == [signal.SIGTERM]


def test_an_engine_that_has_ended_is_left_alone() -> None:
    stop_signal, heard = StopSignal(), list[signal.Signals]()
    stop_signal.attach_engine(heard.append)
    stop_signal.attach_engine(None)
    stop_signal.raise_to(StopLevel.CANCEL)
    assert heard == []
