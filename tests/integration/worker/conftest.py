"""A worker in pieces or as a process, against a control plane double and the stand-in engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from worker_bench import STANDIN, Devices, WorkerSubprocess, running_forkserver, supervisor_for

from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ControlPlaneDouble, running_control_plane


@pytest.fixture
def control_plane() -> Iterator[ControlPlaneDouble]:
    with running_control_plane() as double:
        yield double
    assert double.violations == []


@pytest.fixture
def forkserver() -> Iterator[ForkServerClient]:
    """Starts stand-in engines."""
    with running_forkserver(STANDIN) as server:
        yield server


@pytest.fixture(scope="module")
def true_forkserver() -> Iterator[ForkServerClient]:
    """Starts true engines; importing torch takes seconds, so that the tests of a module share it."""
    with running_forkserver() as server:
        yield server


@pytest.fixture
def supervisor(control_plane: ControlPlaneDouble, forkserver: ForkServerClient, tmp_path: Path) -> Iterator[Supervisor]:
    """A supervisor at work, with two slots; it has nothing left to do when the test ends, or the test fails."""
    with ExitStack() as stack:
        supervisor = supervisor_for(control_plane, forkserver, tmp_path / "state", stack)
        supervisor.start()
        stack.callback(supervisor.stop, grace_seconds=0)
        yield supervisor


@pytest.fixture
def start_worker(control_plane: ControlPlaneDouble, tmp_path: Path) -> Iterator[Callable[..., WorkerSubprocess]]:
    """Starts ``python -m trainyard_worker`` with settings as keywords; kills what still runs when the test ends."""
    started: list[WorkerSubprocess] = []

    def start(**settings: str) -> WorkerSubprocess:
        process = WorkerSubprocess(control_plane=control_plane, state_dir=tmp_path / "state", settings=settings)
        started.append(process)
        return process

    yield start
    for process in started:
        process.close()


@pytest.fixture
def devices(control_plane: ControlPlaneDouble, forkserver: ForkServerClient, tmp_path: Path) -> Iterator[Devices]:
    """The devices of a supervisor at work, with two slots."""
    devices = Devices()
    with ExitStack() as stack:
        supervisor = supervisor_for(control_plane, forkserver, tmp_path / "state", stack, clear_slot=devices.clear)
        supervisor.start()
        stack.callback(supervisor.stop, grace_seconds=0)
        yield devices
