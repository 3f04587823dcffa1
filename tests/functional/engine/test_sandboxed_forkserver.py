"""The fork server with a sandbox: its children are confined, and its protocol stays as it is."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.engine_server import EngineServer, engine_server
from tests.support.insider import NAMESPACES, run
from tests.support.waiting import wait_for
from trainyard_common.sandbox import Policy

COMMAND = """
import os, signal, sys
from pathlib import Path
from trainyard_engine import cli
def probe(arguments):
    print('{"type": "pid", "pid": %d}' % os.getpid(), flush=True)
    match arguments:
        case ["exit", status]:
            return int(status)
        case ["crash"]:
            import ctypes
            ctypes.string_at(0)
        case ["orphan"]:
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    Path("out/up").touch()
                    signal.pause()
                os._exit(0)
            while not Path("out/up").exists():
                pass
            return 0
    signal.pause()
cli.run = probe
from trainyard_engine.cli import forkserver
forkserver.PRELOADED = ()
forkserver.run(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def server() -> Iterator[EngineServer]:
    if (refused := run("", Policy(), NAMESPACES)).status != 0:
        pytest.skip(f"this host has no namespaces: {refused.stderr}")
    with engine_server(sys.executable, "-P", "-c", COMMAND, "--sandbox", NAMESPACES.as_json(), "--socket-fd") as server:
        yield server


def policy_of(directory: Path) -> Policy:
    (directory / "out").mkdir()
    return Policy(writable=(directory / "out",))


def test_a_child_is_known_by_its_number_outside(server: EngineServer, tmp_path: Path) -> None:
    child = server.start("wait", directory=tmp_path, policy=policy_of(tmp_path))
    assert next(child.lines()) == {"type": "pid", "pid": 1}
    assert os.getsid(child.pid) == child.pid
    child.signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


@pytest.mark.parametrize(("arguments", "status"), [(["exit", 0], 0), (["exit", 3], 3), (["crash"], -signal.SIGSEGV)])
def test_how_a_child_ended_is_told(server: EngineServer, tmp_path: Path, arguments: list[object], status: int) -> None:
    assert server.start(*arguments, directory=tmp_path, policy=policy_of(tmp_path)).wait() == status


def test_a_child_that_asked_for_nothing_ends_by_the_signal_to_stop(server: EngineServer, tmp_path: Path) -> None:
    child = server.start("wait", directory=tmp_path, policy=policy_of(tmp_path))
    next(child.lines())
    child.signal(signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM


def test_a_child_killed_by_a_stranger_is_gone(server: EngineServer, tmp_path: Path) -> None:
    child = server.start("wait", directory=tmp_path, policy=policy_of(tmp_path))
    next(child.lines())
    os.kill(child.pid, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


def test_orphans_of_another_session_end_with_their_child(server: EngineServer, tmp_path: Path) -> None:
    policy = policy_of(tmp_path)
    assert server.start("exit", 0, directory=tmp_path, policy=policy).wait() == 0  # the server is up, all of it
    before = len(psutil.Process(server.process.pid).children(recursive=True))
    assert server.start("orphan", directory=tmp_path, policy=policy).wait() == 0
    assert len(psutil.Process(server.process.pid).children(recursive=True)) == before
    assert (tmp_path / "out" / "up").exists()


def test_a_child_that_cannot_be_confined_does_not_run(server: EngineServer, tmp_path: Path) -> None:
    child = server.start("exit", 0, directory=tmp_path, policy=Policy(readable=(tmp_path / "nowhere",)))
    assert child.wait() == 1
    assert not child.seen
    assert "nowhere" in next(tmp_path.glob("*.stderr")).read_text()


def test_children_end_with_their_server(tmp_path: Path) -> None:
    command = (sys.executable, "-P", "-c", COMMAND, "--sandbox", NAMESPACES.as_json(), "--socket-fd")
    with engine_server(*command) as doomed:
        child = doomed.start("wait", directory=tmp_path, policy=policy_of(tmp_path))
        next(child.lines())
        doomed.process.kill()
        wait_for(lambda: not psutil.pid_exists(child.pid), seconds=60)
        child.output.close()
