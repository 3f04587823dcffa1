"""The report spool: in order, once, however often sending fails or waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from trainyard_spec.engine_protocol import FirstStep, Log, Metrics, Progress
from trainyard_spec.worker_protocol import Report
from trainyard_worker.report_spool import ReportSpool, ReportSpoolClosed


class Receiver:
    """Takes reports; with ``hold`` it keeps the sender waiting until ``release``."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.arrived = Event()
        self.released = Event()
        self.released.set()
        self.failure: Exception | None = None

    def take(self, report: Report) -> None:
        self.reports.append(report)
        self.arrived.set()
        assert self.released.wait(10)
        if self.failure is not None:
            raise self.failure

    @property
    def messages(self) -> list[Any]:
        return [message for report in self.reports for message in report.messages]


@contextmanager
def spool_to(receiver: Receiver, **options: Any) -> Iterator[ReportSpool]:
    report_spool = ReportSpool(fence=3, send=receiver.take, **{"interval_seconds": 0.0, **options})
    yield report_spool
    report_spool.close()


def progress(step: int) -> Progress:
    return Progress(epoch=0, step=step, total_steps=9, samples_per_second=1.0, trained_seconds=1.0)


def point(step: int) -> Metrics:
    return Metrics(steps=(step,), values={"loss": (1.0,)})


def test_messages_arrive_in_order_with_growing_sequence_numbers() -> None:
    receiver = Receiver()
    with spool_to(receiver) as report_spool:
        for step in range(100):
            report_spool.put(point(step))
        report_spool.flush()
    assert [message.steps[0] for message in receiver.messages] == list(range(100))
    assert [report.sequence for report in receiver.reports] == list(range(1, len(receiver.reports) + 1))
    assert {report.fence for report in receiver.reports} == {3}


def test_while_a_report_is_on_its_way_only_the_newest_progress_is_kept() -> None:
    receiver = Receiver()
    receiver.released.clear()
    with spool_to(receiver) as report_spool:
        report_spool.put(progress(0))
        assert receiver.arrived.wait(10)
        for step in range(1, 6):
            report_spool.put(progress(step))
            report_spool.put(point(step))
        receiver.released.set()
        report_spool.flush()
    assert [message.step for message in receiver.messages if message.type == "progress"] == [0, 5]
    assert [message.steps[0] for message in receiver.messages if message.type == "metrics"] == [1, 2, 3, 4, 5]


def test_the_first_step_does_not_wait_for_the_interval() -> None:
    receiver = Receiver()
    with spool_to(receiver, interval_seconds=3600.0) as report_spool:
        report_spool.put(Log(message="first, due at once"))
        report_spool.flush()
        receiver.arrived.clear()
        report_spool.put(Log(message="waits"))
        report_spool.put(FirstStep(step=1))
        assert receiver.arrived.wait(10)
    assert [message.type for message in receiver.messages] == ["log", "log", "first_step"]


def test_a_flush_does_not_wait_for_the_interval() -> None:
    receiver = Receiver()
    with spool_to(receiver, interval_seconds=3600.0) as report_spool:
        for step in range(3):
            report_spool.put(point(step))
            report_spool.flush()
    assert len(receiver.messages) == 3


def test_a_full_spool_makes_the_engine_wait_and_loses_nothing() -> None:
    receiver = Receiver()
    receiver.released.clear()
    with spool_to(receiver, largest_spool=5) as report_spool:
        writer = Thread(target=lambda: [report_spool.put(point(step)) for step in range(50)])
        writer.start()
        assert receiver.arrived.wait(10)
        assert len(receiver.messages) <= 5
        assert writer.is_alive()
        receiver.released.set()
        writer.join(10)
        report_spool.flush()
    assert [message.steps[0] for message in receiver.messages] == list(range(50))


def test_when_nothing_can_be_delivered_any_more_a_flush_says_so_and_nobody_waits() -> None:
    receiver = Receiver()
    receiver.failure = ValueError("the fence is stale")
    with spool_to(receiver, largest_spool=1) as report_spool:
        report_spool.put(point(1))
        with pytest.raises(ReportSpoolClosed) as closed:
            report_spool.flush()
        report_spool.put(point(2))
        report_spool.put(point(3))
    assert closed.value.__cause__ is receiver.failure
    assert len(receiver.reports) == 1


def test_a_report_is_bounded() -> None:
    receiver = Receiver()
    receiver.released.clear()
    with spool_to(receiver) as report_spool:
        report_spool.put(Log(message="on its way"))
        assert receiver.arrived.wait(10)
        for start in range(0, 30_000, 1_000):
            report_spool.put(Metrics(steps=tuple(range(start, start + 1_000)), values={"loss": (0.0,) * 1_000}))
        receiver.released.set()
        report_spool.flush()
    sizes = [sum(len(message.steps) for message in report.messages) for report in receiver.reports[1:]]
    assert sum(sizes) == 30_000
    assert max(sizes) <= 20_000
