"""The forkserver's protocol, and what its children get and do not get from it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.engine_server import ROOT, EngineChild, EngineServer, engine_server

# -P: the script's own directory stays off the import path, where its files would shadow the standard library's.
PROBE = (sys.executable, "-P", str(ROOT / "tests/support/forkserver_probe.py"))

# Its server inherits both ends of the socket, so only the starter's death can tell the server to end.
STARTER = """
import json, os, socket, subprocess, sys
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server = "import sys, trainyard_engine.cli.forkserver as f; f.PRELOADED = (); f.run(sys.argv[1:])"
command = [sys.executable, "-c", server, "--socket-fd", str(theirs.fileno())]
process = subprocess.Popen(command, pass_fds=[theirs.fileno(), ours.fileno()])
null = os.open(os.devnull, os.O_WRONLY)
start = {"key": "k", "arguments": [], "environment": {}, "directory": "/", "limits": {}}
socket.send_fds(ours, [json.dumps({"start": start}).encode()], [null, null])
ours.recv(9999)
print(process.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def probes() -> Iterator[EngineServer]:
    """One for all tests but those that end it: it outlives whatever its children and callers do."""
    with engine_server(*PROBE) as running:
        yield running


@pytest.fixture
def doomed() -> Iterator[EngineServer]:
    """A test's own, to be ended."""
    with engine_server(*PROBE) as running:
        yield running


def wait_for_death(pidfd: int) -> bool:
    """Whether the process ends within half a minute."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(30_000))


@contextmanager
def waiting(server: EngineServer, directory: Path) -> Iterator[tuple[EngineChild, int]]:
    """A child that would wait for ever, with a descriptor that tells its death."""
    child = server.start("wait", directory=directory)
    pidfd = os.pidfd_open(child.pid)
    next(child.lines())
    with child.output:
        yield child, pidfd
    os.close(pidfd)


def test_a_child_has_only_what_it_was_given(probes: EngineServer, tmp_path: Path) -> None:
    child = probes.start("exit", 0, directory=tmp_path, environment={"ONLY": "this"}, limits={"nofile": 64})
    assert child.wait() == 0
    (report,) = child.seen
    assert report["environment"] == {"ONLY": "this"}
    assert report["directory"] == str(tmp_path)
    assert report["descriptors"] == [0, 1, 2, 3]  # the last lists the others
    assert report["stdin"] == os.devnull
    assert report["leads_session"]
    assert report["core"] == [0, 0]
    assert report["files"] == [64, 64]
    assert report["interrupt_is_default"]
    assert report["threads"] == 1


@pytest.mark.parametrize("status", [0, 3, 4])
def test_exit_statuses_come_back(probes: EngineServer, tmp_path: Path, status: int) -> None:
    assert probes.start("exit", status, directory=tmp_path).wait() == status


def test_an_exception_is_a_crash_with_a_traceback(probes: EngineServer, tmp_path: Path) -> None:
    child = probes.start("raise", directory=tmp_path)
    assert child.wait() == 1
    assert "RuntimeError: the command broke" in (tmp_path / f"{child.key}.stderr").read_text()


def test_a_child_that_cannot_be_set_up_is_a_crash(probes: EngineServer, tmp_path: Path) -> None:
    child = probes.start("exit", 0, directory=tmp_path, limits={"no_such_limit": 1})
    assert child.wait() == 1
    assert child.seen == []


def test_signals_reach_the_child_and_its_death_is_told(probes: EngineServer, tmp_path: Path) -> None:
    with waiting(probes, tmp_path) as (child, _):
        child.signal(signal.SIGTERM)
        assert probes.status_of(child.key) == -signal.SIGTERM


def test_a_signal_to_a_finished_or_unknown_child_is_ignored(probes: EngineServer, tmp_path: Path) -> None:
    child = probes.start("exit", 0, directory=tmp_path)
    child.wait()
    child.signal(signal.SIGTERM)
    probes.send({"signal": {"key": "nobody", "number": 15}})
    assert probes.start("exit", 3, directory=tmp_path).wait() == 3


@pytest.mark.parametrize("request_", [{"start": {}}, {"unknown": 1}, {"signal": 7}])
def test_a_request_that_is_not_one_changes_nothing(
    probes: EngineServer, tmp_path: Path, request_: dict[str, object]
) -> None:
    probes.send(request_)
    assert probes.start("exit", 3, directory=tmp_path).wait() == 3


def test_what_a_child_leaves_behind_dies_with_it(probes: EngineServer, tmp_path: Path) -> None:
    child = probes.start("grandchild", directory=tmp_path)
    # The grandchild holds the pipe's other end: reading to the end would not return while it lives.
    assert child.wait() == 0


def test_closing_the_socket_ends_the_server_and_every_child(doomed: EngineServer, tmp_path: Path) -> None:
    with waiting(doomed, tmp_path) as (_, pidfd):
        doomed.connection.close()
        assert wait_for_death(pidfd)
    assert doomed.process.wait(timeout=30) == 0


def test_a_killed_server_takes_its_children_with_it(doomed: EngineServer, tmp_path: Path) -> None:
    with waiting(doomed, tmp_path) as (_, pidfd):
        doomed.process.kill()
        assert wait_for_death(pidfd)


def test_many_children_at_once(probes: EngineServer, tmp_path: Path) -> None:
    children = [probes.start("wait", directory=tmp_path) for _ in range(5)]
    for number, child in enumerate(children):
        next(child.lines())
        child.signal((signal.SIGTERM, signal.SIGKILL)[number % 2])
    assert [child.wait() for child in children] == [-15, -9, -15, -9, -15]


def test_the_engines_server_has_one_thread_and_all_of_torch(server: EngineServer, tmp_path: Path) -> None:
    child = server.start("verify", "--path", "nothing-here", directory=tmp_path)
    assert child.wait() == 4
    assert child.seen[0]["code"] == "damaged"
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1
    assert "libtorch" in Path(f"/proc/{server.process.pid}/maps").read_text()


def test_a_server_dies_with_the_process_that_started_it() -> None:
    environment = {"PYTHONPATH": os.pathsep.join(str(ROOT / name) for name in ("workers", "contracts"))}
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pidfd = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert wait_for_death(pidfd)
    os.close(pidfd)
