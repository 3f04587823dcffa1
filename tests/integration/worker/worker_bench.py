"""What tests of the worker build with: a supervisor in this process, or the whole worker as one of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import psutil

from tests.support.waiting import wait_for
from trainyard_common.sandbox import SandboxMode
from trainyard_common.sandbox.host import sandbox_of_host
from trainyard_spec.worker_protocol import Claim, Registration
from trainyard_worker.attempt_runner import AttemptRunner
from trainyard_worker.client import ControlPlane
from trainyard_worker.confinement import Confinement
from trainyard_worker.context import WorkerContext
from trainyard_worker.file_cache import FileCache
from trainyard_worker.forkserver_client import ForkServerClient, engine_environment
from trainyard_worker.gpu_memory import NotCleared
from trainyard_worker.hardware import Host
from trainyard_worker.leftovers import Leftovers
from trainyard_worker.state_dir import StateDir
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ENROLMENT_TOKEN, ControlPlaneDouble
from trainyard_worker.training_sessions import Hosting
from trainyard_worker.watchdog import WatchdogLimits
from trainyard_worker.worker_health import WorkerHealth

ROOT = Path(__file__).parents[3]
STANDIN = Path(__file__).parent / "engine_standin"
SOURCE_ROOTS = (ROOT / "workers", ROOT / "contracts")
UNREACHABLE_BROKER = "redis://127.0.0.1:1/0"
WAIT_SECONDS = 120
WATCHDOG_LIMITS = WatchdogLimits(start_seconds=30, factor=5, floor_seconds=30, stop_seconds=30)

STARTED: dict[str, Any] = {
    "type": "started", "step": 0, "epoch": 0, "total_steps": 100, "steps_per_epoch": 10, "parameters": 7,
    "device": "cpu", "precision": "fp32", "threads": 1,
}  # fmt: skip


def metrics(step: int) -> dict[str, Any]:
    return {"say": {"type": "metrics", "steps": [step], "values": {"loss": [1 / step]}}}


def python_path(*first: Path) -> str:
    return os.pathsep.join(str(path) for path in (*first, *SOURCE_ROOTS))


@contextmanager
def running_forkserver(*engine_paths: Path) -> Iterator[ForkServerClient]:
    """A fork server of the engine found first in ``engine_paths``, or of the true one."""
    environment = engine_environment({**os.environ, "PYTHONPATH": python_path(*engine_paths)}, threads=1)
    sandbox = sandbox_of_host(SandboxMode.AUTO, python=Path(sys.executable), environment=environment)
    server = ForkServerClient(python=Path(sys.executable), environment=environment, sandbox=sandbox)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def known_client(control_plane: ControlPlaneDouble) -> ControlPlane:
    control_plane.tokens.add("known")
    return ControlPlane(url=control_plane.url, token="known")


def context_of(
    client: ControlPlane,
    forkserver: ForkServerClient,
    state: StateDir,
    *,
    watchdog_limits: WatchdogLimits,
    confinement: Confinement,
) -> WorkerContext:
    return WorkerContext(
        control_plane=client,
        forkserver=forkserver,
        datasets=FileCache(state.datasets, limit_bytes=1 << 20),
        models=FileCache(state.models, limit_bytes=1 << 20),
        state=state,
        threads=1,
        report_seconds=0.02,
        watchdog_limits=watchdog_limits,
        health=WorkerHealth(),
        confinement=confinement,
    )


def supervisor_for(
    control_plane: ControlPlaneDouble,
    forkserver: ForkServerClient,
    state_dir: Path,
    stack: ExitStack,
    *,
    watchdog_limits: WatchdogLimits = WATCHDOG_LIMITS,
    clear_slot: Callable[[int], None] = lambda _slot: None,
    confinement: Confinement = Confinement(),  # noqa: B008  a frozen value
) -> Supervisor:
    """A supervisor that is not started yet; ``stack`` closes what it uses."""
    state = StateDir(state_dir)
    stack.callback(state.close)
    state.clear_leftovers()
    client = stack.enter_context(known_client(control_plane))
    context = context_of(client, forkserver, state, watchdog_limits=watchdog_limits, confinement=confinement)
    host = Host(gpus=(), cores=1, memory_bytes=1, cpu_model="test")

    def make_attempt(claim: Claim, slots: Sequence[int]) -> AttemptRunner:
        return AttemptRunner(claim, context=context, environment=host.slot_environment(slots))

    return Supervisor(
        context=context,
        leftovers=Leftovers(state.attempts),
        about=Registration(name="bench", slots=2, hardware=host.describe()),
        make_attempt=make_attempt,
        clear_slot=clear_slot,
        slots=2,
        hosting=Hosting(
            has_models=False,
            environment_of=host.slot_environment,
            cpus_of=lambda _: (),
            idle_seconds=1.0,
            hang_seconds=1.0,
        ),
        poll_seconds=0.05,
        heartbeat_seconds=control_plane.heartbeat_seconds,
        on_unauthorized=lambda _: None,
    )


class WorkerSubprocess:
    """``python -m trainyard_worker`` on its own state directory; ``errors`` collects its standard error."""

    def __init__(
        self,
        *,
        control_plane: ControlPlaneDouble,
        state_dir: Path,
        settings: dict[str, str],
        engine_paths: tuple[Path, ...] = (STANDIN,),
    ) -> None:
        chosen = {
            "control_plane_url": control_plane.url,
            "broker_url": UNREACHABLE_BROKER,
            "enrolment_token": ENROLMENT_TOKEN,
            "state_dir": str(state_dir),
            "slots": "1",
            "slot_kind": "cpu",
            "poll_seconds": "0.05",
            "report_seconds": "0.02",
            "stop_grace_seconds": "20",
            **settings,
        }
        self.state_dir = state_dir
        environment = {f"TRAINYARD_WORKER_{name.upper()}": value for name, value in chosen.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "trainyard_worker"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": python_path(*engine_paths), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._lines: list[bytes] = []
        self._news = Event()
        self._reader = Thread(target=self._read)
        self._reader.start()

    @property
    def errors(self) -> str:
        return b"".join(self._lines).decode()

    def wait_for_error(self, text: str, times: int = 1) -> None:
        while self.errors.count(text) < times:
            self._news.clear()
            heard = self.errors.count(text) >= times or self._news.wait(WAIT_SECONDS)
            assert heard, f"{text!r} not {times} times in {self.errors}"

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        """Signals the worker and returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(WAIT_SECONDS)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.append(line)
            self._news.set()


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Waits for something outside this process that nothing announces: a file, a process that ends."""
    try:
        wait_for(condition, seconds=WAIT_SECONDS)
    except TimeoutError:
        raise AssertionError(f"never happened: {what}") from None


class Devices:
    """What clears the two slots of a supervisor at work; those in ``broken`` it cannot."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self.cleared: list[int] = []
        self.broken: set[int] = set()

    def clear(self, slot: int) -> None:
        with self._mutex:
            if slot in self.broken:
                raise NotCleared("Its memory was not cleared: 999")
            self.cleared.append(slot)
