"""``forkserver``: starts engine processes in milliseconds, from one that has imported torch once.

The socket inherited at ``--socket-fd`` is an ``AF_UNIX`` ``SOCK_SEQPACKET`` one; each datagram is one JSON object.

| request | with | meaning |
|---|---|---|
| ``start`` | ``key arguments environment directory limits cpus policy`` | fork a child that runs ``arguments`` |
| ``signal`` | ``key number`` | signal that child's whole session, if it is still alive |

A ``start`` carries two descriptors (``SCM_RIGHTS``), the child's standard output and error; ``limits`` are those of
``setrlimit(2)`` by name; ``cpus`` are the processors that it keeps to, all of them where none are named; ``policy`` is
what it may reach (``trainyard_common.sandbox``), and must be there if ``--sandbox`` is given. So
``{"signal": {"key": "a", "number": 15}}`` asks the child ``a`` to stop.

| reply | with | meaning |
|---|---|---|
| ``started`` | ``key pid`` | the child leads its own session and can be signalled |
| ``exited`` | ``key pid status`` | exit status, or minus the signal's number; pid 0: there was no fork |

``pid`` is the child's where the server was started; a confined child has another one in its own namespace. End of file
on the socket kills every child and ends the server. The server keeps to one thread (a forked child has only the thread
that forked it) and never touches CUDA (a context does not survive a fork).
"""

import argparse
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from trainyard_common import sandbox
from trainyard_common.garbage_collection import without_collection
from trainyard_common.inspection import forbid_inspection
from trainyard_common.processes import signal_at_parent_death
from trainyard_common.sandbox import CannotConfine, Policy, Sandbox, SandboxKind
from trainyard_engine.core import processes
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_engine.tasks.registry import READERS, handler_module
from trainyard_spec.engine_protocol import ExitStatus

LARGEST_DATAGRAM = 1 << 18
CRASHED = 1
UNCONFINED = Sandbox()
PRELOADED = (
    "trainyard_engine.cli.train",
    "trainyard_engine.cli.profile",
    "trainyard_engine.cli.predict",
    "trainyard_engine.cli.host",
    "trainyard_engine.cli.evaluate",
    "trainyard_engine.cli.verify",
    *(handler_module(task) for task in READERS),
    # What is imported where it is first used: seconds that every training would spend again.
    "numpy.ctypeslib",
    "torch._dynamo",
)
PRELOADED_FOR_PRETRAINED = (
    "transformers.models.auto.modeling_auto",
    "transformers.modeling_utils",
    "peft",
    "torch.distributed.fsdp",
)
"""Two more seconds and 90 MB where the host has registered pretrained models, which every start would spend again."""


@dataclass(frozen=True, slots=True)
class Child:
    """``pid`` is what this server calls it, and ``pid_outside`` what those call it who started the server."""

    key: str
    pid: int
    pid_outside: int
    pidfd: int


def run(arguments: list[str]) -> int:
    """Serves the socket until it ends. See the module's docstring for the protocol."""
    parser = argparse.ArgumentParser(prog="trainyard_engine forkserver", description="Starts engine processes fast.")
    parser.add_argument("--socket-fd", type=int, required=True, help="an inherited AF_UNIX SOCK_SEQPACKET socket")
    parser.add_argument("--sandbox", type=Sandbox.from_json, default=UNCONFINED, help="JSON")
    options = parser.parse_args(arguments)
    signal_at_parent_death()
    # Ctrl-C and a service manager's stop reach the whole group; it is the worker that decides what happens to its
    # trainings, and it ends this process by closing the socket.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if options.sandbox.kind is SandboxKind.NAMESPACES:
        sandbox.enter(options.sandbox.user)
    forbid_inspection()
    # NumPy's OpenBLAS and Arrow's allocator start threads when imported, and a fork takes along locks but no threads.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    os.environ["HF_HUB_OFFLINE"] = "1"  # read when it is imported: nothing is ever downloaded
    with without_collection():
        for name in (*PRELOADED, *(PRELOADED_FOR_PRETRAINED if MODELS_VARIABLE in os.environ else ())):
            import_module(name)
    with socket.socket(fileno=options.socket_fd) as connection:
        ForkServer(connection, options.sandbox).serve()
    return ExitStatus.SUCCEEDED


class ForkServer:
    def __init__(self, connection: socket.socket, sandbox: Sandbox = UNCONFINED) -> None:
        self._connection = connection
        self._sandbox = sandbox
        self._children: dict[str, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(connection, selectors.EVENT_READ, None)

    def serve(self) -> None:
        """Answers requests and reports exits until the other side closes the socket; then kills every child."""
        try:
            while True:
                for key, _ in self._selector.select():
                    if key.data is not None:
                        self._reap(key.data)
                    elif not self._receive():
                        return
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            for child in self._children.values():
                _signal_session(child, signal.SIGKILL)

    def _receive(self) -> bool:
        datagram, descriptors, _, _ = socket.recv_fds(self._connection, LARGEST_DATAGRAM, 2)
        if not datagram:
            return False
        try:
            request = json.loads(datagram)
            if "start" in request:
                self._start(request["start"], *descriptors)
            else:
                self._signal(request["signal"])
        except (ValueError, KeyError, TypeError) as error:
            _log("forkserver.request_refused", reason=f"{type(error).__name__}: {error}")
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _start(self, request: dict[str, Any], stdout: int, stderr: int) -> None:
        key = request["key"]
        if key in self._children:
            raise ValueError(f"a child with the key {key} is alive")
        try:
            pid, pid_outside = _fork(request, self._sandbox, stdout=stdout, stderr=stderr)
        except (OSError, CannotConfine) as error:
            _log("forkserver.fork_failed", key=key, reason=str(error))
            self._reply("exited", key=key, pid=0, status=CRASHED)
            return
        child = Child(key=key, pid=pid, pid_outside=pid_outside, pidfd=os.pidfd_open(pid))
        self._children[key] = child
        self._selector.register(child.pidfd, selectors.EVENT_READ, child)
        self._reply("started", key=key, pid=pid_outside)

    def _signal(self, request: dict[str, Any]) -> None:
        child = self._children.get(request["key"])
        if child is not None:
            _signal_session(child, request["number"])

    def _reap(self, child: Child) -> None:
        # The zombie still holds its id, so what it left in its session can be killed without hitting a stranger.
        _signal_session(child, signal.SIGKILL)
        _, status = os.waitpid(child.pid, 0)
        self._selector.unregister(child.pidfd)
        os.close(child.pidfd)
        del self._children[child.key]
        self._reply("exited", key=child.key, pid=child.pid_outside, status=processes.exit_code(status))

    def _reply(self, what: str, **fields: Any) -> None:
        self._connection.send(json.dumps({what: fields}).encode())


def _fork(request: dict[str, Any], confined_by: Sandbox, *, stdout: int, stderr: int) -> tuple[int, int]:
    """Forks a child for ``request``; returns its process ids, here and outside, once it leads a session of its own."""
    policy = Policy() if confined_by.kind is SandboxKind.NONE else Policy.from_dict(request["policy"])
    sandbox.prepare(policy, confined_by)
    parent = os.getpid()
    ready, announce = os.pipe()
    try:
        pid = sandbox.fork() if confined_by.kind is SandboxKind.NAMESPACES else os.fork()
        if pid == 0:
            _run_child(
                request, lambda: sandbox.confine(policy, confined_by), parent, announce, stdout=stdout, stderr=stderr
            )
    except (OSError, CannotConfine):
        os.close(announce)
        os.close(ready)
        raise
    os.close(announce)
    outside = os.read(ready, 32)
    os.close(ready)
    return pid, int(outside or pid)


def _run_child(
    request: dict[str, Any], confine: Callable[[], None], parent: int, announce: int, *, stdout: int, stderr: int
) -> NoReturn:
    """Everything a child does. It never returns, so no object of the server is ever finalized in the child."""
    status = CRASHED
    try:
        os.setsid()
        signal_at_parent_death()
        if os.getppid() not in (parent, processes.OUTSIDE):
            os._exit(status)
        os.write(announce, str(processes.pid_outside()).encode())
        os.close(announce)
        processes.keep_only_standard_streams(stdout, stderr)
        processes.set_limits(request["limits"])
        processes.keep_to(request.get("cpus", ()))
        confine()
        processes.replace_environment(request["environment"], Path(request["directory"]))
        status = import_module("trainyard_engine.cli").run(request["arguments"])
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else CRASHED
    except BaseException:
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(status)


def _signal_session(child: Child, number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def _log(action: str, **fields: str) -> None:
    sys.stderr.write(json.dumps({"action": action, **fields}) + "\n")
    sys.stderr.flush()
