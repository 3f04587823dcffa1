"""Client of the engine's fork server: starts engine processes, reports their exit, and survives crashes of the server.

The other side is ``python -m trainyard_engine forkserver``, which documents the protocol: JSON datagrams over an
``AF_UNIX`` ``SOCK_SEQPACKET`` pair, descriptors by ``SCM_RIGHTS``.
"""

import json
import os
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import Any
from uuid import uuid4

import structlog

from trainyard_common.sandbox import Policy, Sandbox
from trainyard_worker.engine import SERVER_DIED, EngineProcess
from trainyard_worker.wide_pipe import wide_pipe

log = structlog.get_logger()

LARGEST_DATAGRAM = 1 << 18
RESTART_SECONDS = 1.0
DEATHS = 5
DEATHS_SECONDS = 600.0
"""So many deaths of servers in so short a time are no accident."""
EXIT_SECONDS = 0.3
ENGINE_LIMITS: Mapping[str, int] = {"core": 0}
NOTHING = Policy()
UNCONFINED = Sandbox()
PASSED_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CUDA_HOME", "TMPDIR", "TZ")


class ForkServerDown(Exception):
    """The fork server is not running; it is being restarted."""


def engine_environment(inherited: Mapping[str, str], *, threads: int, models: Path | None = None) -> dict[str, str]:
    """The few variables Python and torch need, and none of the worker's: no credential, no address.

    ``models`` is the directory of registered pretrained models.
    """
    kept = {name: inherited[name] for name in PASSED_VARIABLES if name in inherited}
    if "PYTHONPATH" in kept:
        # An engine runs in a directory of its own, where a relative path would lead nowhere.
        kept["PYTHONPATH"] = os.pathsep.join(
            str(Path(part).absolute()) for part in kept["PYTHONPATH"].split(os.pathsep)
        )
    if models is not None:
        kept["TRAINYARD_ENGINE_MODELS"] = str(models)
    return {**kept, "LANG": "C.UTF-8", "OMP_NUM_THREADS": str(threads), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}


class ForkServerClient:
    """One server process, replaced when it dies; requests during its start wait in its socket."""

    def __init__(self, *, python: Path, environment: Mapping[str, str], sandbox: Sandbox = UNCONFINED) -> None:
        self._command = (str(python), "-P", "-m", "trainyard_engine", "forkserver", "--sandbox", sandbox.as_json())
        self._environment = dict(environment)
        self._engines: dict[str, EngineProcess] = {}
        self._mutex = Lock()
        self._connected = Condition(self._mutex)
        self._connection: socket.socket | None = None
        self._stopping = Event()
        self._deaths: deque[float] = deque(maxlen=DEATHS)
        # PR_SET_PDEATHSIG fires when the thread that started the server ends: this one ends with the process.
        self._thread = Thread(target=self._run, name="forkserver", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def keeps_dying(self) -> bool:
        """Whether servers have died so often lately that nobody should start an engine: it would only lose its work."""
        return len(self._deaths) == DEATHS and monotonic() - self._deaths[0] < DEATHS_SECONDS

    def stop(self) -> None:
        """Closes the socket, on which the server kills every engine and ends; kills the server where it does not."""
        self._stopping.set()
        with self._mutex:
            if self._connection is not None:
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def spawn(
        self,
        *,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        policy: Policy = NOTHING,
        limits: Mapping[str, int] = ENGINE_LIMITS,
        cpus: Sequence[int] = (),
        timeout: float = 10.0,
    ) -> EngineProcess:
        """Starts the engine command ``arguments`` in ``directory``, with the server's environment and ``environment``.

        It may reach what ``policy`` shows, and keeps to ``limits`` and to the processors ``cpus``, if any are named.
        It is killed where all its processes together take more than the policy's quota.

        Raises ``ForkServerDown`` when no server is there within ``timeout`` seconds.
        """
        request = {
            "key": uuid4().hex,
            "arguments": list(arguments),
            "environment": {**self._environment, **environment},
            "directory": str(directory),
            "limits": dict(limits),
            "policy": policy.as_dict(),
            "cpus": list(cpus),
        }
        engine = self._started(request, timeout=timeout)
        if policy.writable:
            engine.keep_to(policy.quota)
        return engine

    def _started(self, request: dict[str, Any], *, timeout: float) -> EngineProcess:
        """The engine that the server starts for ``request``, with pipes of its own. Raises ``ForkServerDown``."""
        key = request["key"]
        stdout, stdout_writer = wide_pipe()
        stderr, stderr_writer = os.pipe()
        engine = EngineProcess(stdout=stdout, stderr=stderr, signal_session=lambda number: self._signal(key, number))
        try:
            with self._connected:
                self._connected.wait_for(lambda: self._connection is not None, timeout)
                self._engines[key] = engine
                self._send({"start": request}, [stdout_writer, stderr_writer])
        except BaseException:
            self._engines.pop(key, None)
            engine.close()
            raise
        finally:
            os.close(stdout_writer)
            os.close(stderr_writer)
        return engine

    def _signal(self, key: str, number: signal.Signals) -> None:
        with self._mutex, suppress(ForkServerDown):
            if key in self._engines:
                self._send({"signal": {"key": key, "number": int(number)}}, [])

    def _send(self, message: dict[str, Any], descriptors: list[int]) -> None:
        if self._connection is None:
            raise ForkServerDown("The engine's fork server is not running.")
        try:
            socket.send_fds(self._connection, [json.dumps(message).encode()], descriptors)
        except OSError as error:
            raise ForkServerDown(f"The engine's fork server is gone: {error}") from error

    def _run(self) -> None:
        while not self._stopping.is_set():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours:
                with theirs:
                    process = self._start_process(theirs)
                if process is not None:
                    try:
                        self._serve(ours, process)
                    except Exception:
                        # Without this thread no engine is ever started again.
                        log.exception("forkserver.crashed")
                        self._orphan(process)
            self._stopping.wait(RESTART_SECONDS)

    def _start_process(self, theirs: socket.socket) -> subprocess.Popen[bytes] | None:
        descriptor = theirs.fileno()
        try:
            return subprocess.Popen(
                [*self._command, "--socket-fd", str(descriptor)],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[descriptor],
            )
        except OSError as error:
            log.error("forkserver.failed", error=str(error))
            return None

    def _serve(self, ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
        """Takes replies until the server is gone."""
        with self._connected:
            self._connection = ours
            self._connected.notify_all()
        if self._stopping.is_set():
            ours.shutdown(socket.SHUT_RDWR)
        log.info("forkserver.started", pid=process.pid)
        with suppress(ConnectionError):
            while datagram := ours.recv(LARGEST_DATAGRAM):
                self._handle(json.loads(datagram))
        self._orphan(process)

    def _orphan(self, process: subprocess.Popen[bytes]) -> None:
        """Nobody listens to the server any more: it ends, and every engine it had is told."""
        with self._mutex:
            self._connection = None
            orphans, self._engines = self._engines, {}
        status = _end(process)
        for engine in orphans.values():
            engine.exited(SERVER_DIED, with_server=True)
        if not self._stopping.is_set():
            self._deaths.append(monotonic())
            log.error("forkserver.died", status=status, engines=len(orphans))

    def _handle(self, reply: dict[str, Any]) -> None:
        if (started := reply.get("started")) is not None:
            with self._mutex:
                if (engine := self._engines.get(started["key"])) is not None:
                    engine.started(started["pid"])
        if "exited" not in reply:
            return
        with self._mutex:
            engine = self._engines.pop(reply["exited"]["key"], None)
        if engine is not None:
            engine.exited(reply["exited"]["status"])


def _end(process: subprocess.Popen[bytes]) -> int:
    """Waits for a server that has lost its socket; one that does not end by itself is killed."""
    try:
        return process.wait(EXIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
