"""The worker's side of the fork server: engines end with a status, whatever happens to the server."""

import json
import signal
from pathlib import Path

import psutil
import pytest
from worker_bench import eventually

from trainyard_worker.engine import EngineProcess
from trainyard_worker.forkserver_client import ForkServerClient, ForkServerDown, engine_environment


def spawn(forkserver: ForkServerClient, directory: Path, script: list[dict[str, object]]) -> EngineProcess:
    spec = directory / "spec.json"
    spec.write_text(json.dumps({"script": script}))
    arguments = ["train", "--spec", str(spec), "--out", str(directory / "out")]
    return forkserver.spawn(arguments=arguments, environment={}, directory=directory)


def servers() -> list[psutil.Process]:
    """The servers of stand-in engines: other tests of this process may keep one of true engines."""
    children = [child for child in psutil.Process().children() if "forkserver" in child.cmdline()]
    return [child for child in children if "engine_standin" in child.environ().get("PYTHONPATH", "")]


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_lines_and_status_of_an_engine(forkserver: ForkServerClient, tmp_path: Path) -> None:
    engine = spawn(forkserver, tmp_path, [{"print": "one"}, {"print": "two"}, {"complain": "oh"}, {"exit": 7}])
    assert list(engine.lines()) == [b"one", b"two"]
    assert engine.wait() == 7
    assert engine.stderr_tail == "oh"
    engine.close()


def test_an_engine_dies_by_the_signal_it_is_sent(forkserver: ForkServerClient, tmp_path: Path) -> None:
    engine = spawn(forkserver, tmp_path, [{"print": "up"}, {"wait_for": "/never"}])
    assert next(engine.lines()) == b"up"
    engine.signal(signal.SIGKILL)
    assert engine.wait() == -signal.SIGKILL
    engine.signal(signal.SIGKILL)
    engine.close()


def test_a_dead_server_ends_its_engines_and_is_replaced(forkserver: ForkServerClient, tmp_path: Path) -> None:
    engine = spawn(forkserver, tmp_path, [{"print": "up"}, {"wait_for": "/never"}])
    assert next(engine.lines()) == b"up"
    (server,) = servers()
    server.kill()
    assert engine.wait() == -signal.SIGKILL
    engine.close()
    eventually(lambda: bool(servers()) and servers() != [server], "a new server runs")
    second = spawn(forkserver, tmp_path, [{"exit": 0}])
    assert (list(second.lines()), second.wait()) == ([], 0)
    second.close()


def test_without_a_server_a_spawn_fails_and_leaks_nothing(tmp_path: Path) -> None:
    never_started = ForkServerClient(python=Path("/nonexistent"), environment={})
    before = open_descriptors()
    with pytest.raises(ForkServerDown):
        never_started.spawn(arguments=["train"], environment={}, directory=tmp_path, timeout=0.01)
    assert open_descriptors() == before


def test_an_engine_inherits_paths_and_no_secrets() -> None:
    inherited = {"PATH": "/bin", "PYTHONPATH": "rel:/abs", "TRAINYARD_WORKER_ENROLMENT_TOKEN": "s", "AWS_SECRET": "s"}
    environment = engine_environment(inherited, threads=2)
    assert environment["PYTHONPATH"] == f"{Path('rel').absolute()}:/abs"
    assert environment["OMP_NUM_THREADS"] == "2"
    assert "s" not in environment.values()
