"""What goes wrong in one thread of a worker leaves the others at work, or ends the worker where that cannot be."""

import threading
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from test_forkserver_client import servers
from worker_bench import STARTED

from trainyard_spec.worker_protocol import Claim, Heartbeat, HeartbeatReply
from trainyard_worker import worker_process
from trainyard_worker.client import ControlPlane
from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.heartbeat import run_heartbeat
from trainyard_worker.slots import Slots
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ControlPlaneDouble
from trainyard_worker.transport import Unreachable


class AttemptRunner:
    """One whose run, or whose start, goes wrong in a way nobody thought of."""

    held = SimpleNamespace(model_dump=dict)

    def run(self) -> None:
        raise ZeroDivisionError


def claim() -> Claim:
    return Claim(attempt_id="att_1", job_id="job_1", fence=1, spec={}, dataset_key="k", dataset_files=())


def slots_of(freed: Event, **parts: Any) -> Slots:
    defaults: dict[str, Any] = {
        "make_attempt": lambda *_: AttemptRunner(),
        "clear": lambda _: None,
        "on_free": freed.set,
        "on_suspect": lambda _: None,
    }
    return Slots(1, **(defaults | parts))


def test_an_attempt_that_crashes_frees_its_slot() -> None:
    freed = Event()
    slots = slots_of(freed)
    slots.run(claim())
    assert freed.wait(30)
    assert (slots.free, slots.attempts) == (1, [])


def test_a_slot_that_cannot_be_cleared_for_whatever_reason_is_not_used_again() -> None:
    freed, unfit = Event(), []

    def clear(_: int) -> None:
        raise OSError("no process left")

    slots = slots_of(freed, clear=clear, on_suspect=unfit.append)
    slots.run(claim())
    assert freed.wait(30)
    assert (slots.free, slots.attempts) == (0, [])
    assert unfit == ["Slot 0: OSError: no process left"]


def test_an_attempt_for_which_there_is_no_thread_frees_its_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = slots_of(Event())

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError):
        slots.run(claim())
    assert (slots.free, slots.attempts) == (1, [])


def test_a_heart_beats_on_after_whatever_error() -> None:
    stopped, beats = Event(), 0

    class Odd:
        def heartbeat(self, _: Heartbeat) -> HeartbeatReply:
            nonlocal beats
            beats += 1
            if beats == 1:
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "what is that")
            if beats == 2:
                raise OSError("too many open files")
            stopped.set()
            return HeartbeatReply(state="active", desired={})

    control_plane: Any = Odd()
    run_heartbeat(
        control_plane,
        every_seconds=0.01,
        attempts=list,
        has_room=lambda: True,
        fault=lambda: None,
        stopped=stopped,
        on_heard=lambda: None,
        on_unauthorized=lambda _: None,
    )
    assert beats == 3


def test_an_answer_that_cannot_be_decoded_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def garbled(*_: object, **__: object) -> httpx.Response:
        raise httpx.DecodingError("not gzip")

    monkeypatch.setattr(httpx.Client, "send", garbled)
    with ControlPlane(url="http://127.0.0.1:1", token="t") as control_plane, pytest.raises(Unreachable):
        control_plane.heartbeat(Heartbeat())


def test_a_thread_that_dies_all_the_same_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []
    monkeypatch.setattr(worker_process.os, "_exit", ended.append)
    monkeypatch.setattr(threading, "excepthook", worker_process._exit_after_thread_death)

    def die() -> None:
        raise ZeroDivisionError

    thread = threading.Thread(target=die, name="report-spool")
    thread.start()
    thread.join()
    assert ended == [1]


def test_attempts_that_die_with_their_fork_server_say_so(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    script = [{"say": STARTED}, {"say": {"type": "first_step", "step": 1}}, {"wait_for": "/never"}]
    attempts = [control_plane.offer(script), control_plane.offer(script)]
    control_plane.wait_until(lambda: all(attempt.said("first_step") for attempt in attempts), "both train")
    (server,) = servers()
    server.kill()
    control_plane.wait_until(lambda: all(attempt.outcome for attempt in attempts), "both ended")
    assert {attempt.outcome.failure.code for attempt in attempts} == {"engine_server_died"}


def test_a_fork_server_that_keeps_dying_is_trusted_with_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainyard_worker.forkserver_client.RESTART_SECONDS", 0)
    server = ForkServerClient(python=Path("/bin/false"), environment={})
    assert not server.keeps_dying
    server.start()
    died = Event()
    for _ in range(3000):
        if server.keeps_dying or died.wait(0.01):
            break
    assert server.keeps_dying
    server.stop()
