"""A real forkserver for tests: starts engine commands in milliseconds and reads what they say."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trainyard_common.sandbox import Policy, Sandbox

NOTHING = Policy()
ROOT = Path(__file__).parents[2]
SOURCE_ROOTS = os.pathsep.join(str(ROOT / name) for name in ("workers", "contracts"))
SMALLEST_PIPE = 4096


@dataclass
class EngineChild:
    """A started command. Its output pipe is a page and read unbuffered: it runs no further ahead of its reader."""

    server: "EngineServer"
    key: str
    pid: int
    output: Any
    seen: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Messages not read yet, as they come."""
        for line in self.output:
            self.seen.append(json.loads(line))
            yield self.seen[-1]

    def wait(self) -> int:
        """Reads everything and returns the exit status."""
        with self.output:
            list(self.lines())
        return self.server.status_of(self.key)

    def signal(self, number: int) -> None:
        self.server.send({"signal": {"key": self.key, "number": number}})

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.seen if message["type"] == kind]


class EngineServer:
    """The supervisor's side of the forkserver's protocol."""

    def __init__(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        self._exits: dict[str, int] = {}
        self._count = 0

    def send(self, request: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        socket.send_fds(self.connection, [json.dumps(request).encode()], list(descriptors))

    def start(
        self,
        *arguments: object,
        directory: Path,
        environment: Mapping[str, str] | None = None,
        limits: Mapping[str, int] | None = None,
        policy: Policy = NOTHING,
    ) -> EngineChild:
        self._count += 1
        key = f"child-{self._count}"
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
        request = {
            "key": key,
            "arguments": [str(argument) for argument in arguments],
            "environment": dict(environment or {}),
            "directory": str(directory),
            "limits": dict(limits or {}),
            "policy": policy.as_dict(),
        }
        with (directory / f"{key}.stderr").open("wb") as stderr:
            self.send({"start": request}, (write, stderr.fileno()))
        os.close(write)
        pid = self._receive("started", key)["pid"]
        return EngineChild(server=self, key=key, pid=pid, output=os.fdopen(read, "rb", buffering=0))

    def status_of(self, key: str) -> int:
        """The exit status of a child, waited for."""
        if key not in self._exits:
            self._receive("exited", key)
        return self._exits[key]

    def _receive(self, what: str, key: str) -> dict[str, Any]:
        while True:
            reply = json.loads(self.connection.recv(1 << 16))
            ((kind, body),) = reply.items()
            if kind == "exited":
                self._exits[body["key"]] = body["status"]
            if (kind, body["key"]) == (what, key):
                return dict(body)


@contextmanager
def engine_server(
    *command: str, sandbox: Sandbox | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[EngineServer]:
    """Runs ``command``, by default the engine's own forkserver, with the socket's number as its last argument.

    The engine's own confines what it starts by ``sandbox``. ``environment`` is the server's, beside what Python needs.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(60)
    confined = ("--sandbox", sandbox.as_json()) if sandbox else ()
    command = command or (sys.executable, "-m", "trainyard_engine", "forkserver", *confined, "--socket-fd")
    with theirs:
        process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={"PYTHONPATH": SOURCE_ROOTS, "PATH": os.environ["PATH"], **(environment or {})},
        )
    try:
        with ours:
            yield EngineServer(process, ours)
    finally:
        process.wait(timeout=30)
