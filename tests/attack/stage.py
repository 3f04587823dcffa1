"""A host with all that an attacker could want, and the ways in which one is let in: compile, train and predict."""

import ctypes
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support.waiting import wait_for
from trainyard_common.sandbox import Sandbox
from trainyard_worker.confinement import Confinement, temporary_files
from trainyard_worker.forkserver_client import ForkServerClient, engine_environment

ROOT = Path(__file__).parents[2]
PYTHON_PATH = os.pathsep.join(str(path) for path in (ROOT, ROOT / "platform", ROOT / "workers", ROOT / "contracts"))
LIBC = ctypes.CDLL(None, use_errno=True)
IPC_CREAT, IPC_RMID = 0o1000, 0
SHARED_MEMORY = 0x7472_7964
WAYS = ("compile", "train", "predict")
RESULTS = "results.json"
ATTACK_SECONDS = 300
VICTIM = """
import signal, sys
from pathlib import Path
from trainyard_common.inspection import forbid_inspection
forbid_inspection()
Path(sys.argv[1]).touch()
signal.pause()
"""
DOUBLE = """
import sys
from pathlib import Path
from tests.attack import probes
from trainyard_engine import cli
probes.load()
cli.run = lambda arguments: probes.main(Path(arguments[0]), Path(arguments[1]))
from trainyard_engine.cli import forkserver
forkserver.PRELOADED = ()
sys.exit(forkserver.run(sys.argv[1:]))
"""
COMPILING_DOUBLE = """
import sys
from pathlib import Path
from tests.attack import probes
from trainyard_engine import cli
probes.load()
def run(arguments):
    given = dict(argument.split("=", 1) for argument in arguments[1:])
    return probes.main(Path(given["--source"]), Path("results.json").absolute())
cli.run = run
from trainyard_engine.cli import confined
sys.exit(confined.run(sys.argv[1:]))
"""


@dataclass
class Stage:
    """``data_dir`` is like that of ``manage.py up``; ``victim`` holds credentials, in its environment too."""

    data_dir: Path
    sandbox: Sandbox
    told: dict[str, Any]
    victim: subprocess.Popen[bytes]

    def attack(self, way: str, *, only_harmless: bool = False) -> dict[str, dict[str, Any]]:
        """Every probe by name, and what came of it, from inside a process of this kind."""
        scratch, told = getattr(self, f"_{way}")({**self.told, "only_harmless": only_harmless})
        results: dict[str, dict[str, Any]] = json.loads((scratch / RESULTS).read_text())
        if (scratch / "outlived").exists():
            with suppress(TimeoutError, AssertionError):
                wait_for(lambda: not _working_in(told["scratch"]), seconds=10)
            outlived = [process.pid for process in _working_in(told["scratch"])]
            results["outlive its attempt"] = {"succeeded": bool(outlived), "how": f"still there: {outlived}"}
        return results

    def _train(self, told: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
        directory = self._directory("attempts")
        output, spec, data = directory / "out", directory / "spec.json", self.data_dir / "worker/datasets/own.files"
        output.mkdir()
        policy = self._confinement.of_training(directory, readable=(spec, data), output=output, slots=1)
        return output, self._run(directory, spec, output, told, policy=policy, about={"input": str(data / "rows.npy")})

    def _predict(self, told: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
        directory = self._directory("predictions")
        inputs, model = directory / "inputs.json", self.data_dir / "worker/models/own.files"
        policy = self._confinement.of_prediction(directory, readable=(inputs, model))
        scratch = policy.writable[0]
        about = {"input": str(model / "weights")}
        return scratch, self._run(directory, inputs, scratch, told, policy=policy, about=about)

    def _run(
        self, directory: Path, given: Path, scratch: Path, told: dict[str, Any], *, policy: Any, about: dict[str, str]
    ) -> dict[str, Any]:
        told = {**told, **about, "scratch": str(scratch), "directory": str(directory)}
        told["most temporary"] = policy.memory_bytes
        given.write_text(json.dumps(told))
        server = ForkServerClient(python=Path(sys.executable), environment=_environment(), sandbox=self.sandbox)
        server._command = (sys.executable, "-P", "-c", DOUBLE, "--sandbox", self.sandbox.as_json())
        server.start()
        try:
            engine = server.spawn(
                arguments=[str(given), str(scratch / RESULTS)],
                environment=temporary_files(directory),
                directory=directory,
                policy=policy,
                limits=self._confinement.limits(slots=1),
                timeout=60,
            )
            said = list(engine.lines())
            assert engine.wait() == 0, (said, engine.stderr_tail)
            engine.close()
        finally:
            server.stop()
        return told

    def _compile(self, told: dict[str, Any]) -> tuple[Path, dict[str, Any]]:
        from trainyard.datasets import compiler
        from trainyard_spec.compile_options import CompileOptions
        from trainyard_spec.tasks import Task

        scratch = self._directory("validations")
        source = scratch / "source"
        compilation = compiler.Compilation(
            source=source, filename="table.csv", task=Task.TABULAR_CLASSIFICATION, options=CompileOptions(),
            scratch=scratch, memory_bytes=4 * 2**30, seconds=300, sandbox=self.sandbox,
        )  # fmt: skip
        told = {**told, "input": str(source), "scratch": str(compilation.inside), "directory": str(scratch)}
        source.write_text(json.dumps(told))  # its size decides about its memory
        told["most temporary"] = compilation.policy().memory_bytes
        source.write_text(json.dumps(told))
        as_usual, environment = compiler._command, compiler._environment

        def double(wanted: compiler.Compilation) -> list[str]:
            command = as_usual(wanted)
            place = command.index("confined")
            return [sys.executable, "-P", "-c", COMPILING_DOUBLE, *command[place + 1 :]]

        limits = compiler.LEAST_SECONDS, compiler.LEAST_PROCESSOR_SECONDS
        compiler.LEAST_SECONDS, compiler.LEAST_PROCESSOR_SECONDS = ATTACK_SECONDS, ATTACK_SECONDS
        compiler._command = double
        compiler._environment = lambda directory: environment(directory) | {"PYTHONPATH": PYTHON_PATH}
        try:
            compiler.run(compilation, keep_going=lambda: True)
        except compiler.CompilerCrashed as crash:  # It says nothing of a dataset.
            if crash.status != 0:
                raise
        finally:
            compiler._command, compiler._environment = as_usual, environment
            compiler.LEAST_SECONDS, compiler.LEAST_PROCESSOR_SECONDS = limits
        return compilation.inside, told

    @property
    def _confinement(self) -> Confinement:
        return Confinement(sandbox=self.sandbox, slot_memory_bytes=self.told["most memory"])

    def _directory(self, kind: str) -> Path:
        directory = self.data_dir / "worker" / kind / secrets.token_hex(4)
        directory.mkdir(mode=0o700, parents=True)
        return directory


@contextmanager
def built(data_dir: Path, sandbox: Sandbox) -> Iterator[Stage]:
    """A stage in the empty directory ``data_dir``."""
    with ExitStack() as stack:
        web = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        broker = stack.enter_context(socket.socket(socket.AF_UNIX))
        broker.bind(str(data_dir / "redis.sock"))
        broker.listen(64)
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind("\0" + (abstract_name := secrets.token_hex(8)))
        abstract.listen(64)
        identity = LIBC.shmget(SHARED_MEMORY, 4_096, IPC_CREAT | 0o600)
        stack.callback(LIBC.shmctl, identity, IPC_RMID, None)
        files = _furnish(data_dir, stack)
        victim = _victim(data_dir, stack)
        told = {
            "secrets": {name: str(path) for name, path in files.items()},
            "attempts": str(data_dir / "worker/attempts"),
            "other attempt": "of-another",
            "victim": victim.pid,
            "marker": str(data_dir / "victim-is-up"),
            "port": web.getsockname()[1],
            "socket": str(data_dir / "redis.sock"),
            "abstract": abstract_name,
            "shared memory": SHARED_MEMORY,
            "host": socket.gethostname(),
            "engine": str(ROOT / "workers/trainyard_engine"),
            "most processes": 1_024,
            "most memory": 2**30,
        }
        yield Stage(data_dir, sandbox, told, victim)


def _furnish(data_dir: Path, stack: ExitStack) -> dict[str, Path]:
    (data_dir / "worker").mkdir(mode=0o700)
    files = {
        "worker credential": "worker/worker.json",
        "operator credentials": "credentials.json",
        "secret key": "secret_key",
        "database": "trainyard.sqlite3",
        "blob of another tenant": "blobs/organizations/other/datasets/x/compiled/rows.npy",
        "dataset cached for another tenant": "worker/datasets/other.files/rows.npy",
        "model cached for another tenant": "worker/models/other.files/weights",
        "attempt of another tenant": "worker/attempts/of-another/spec.json",
        "platform's log": "logs/web.log",
        "file in the home directory": "home/.netrc",
    }
    found = {name: data_dir / path for name, path in files.items()}
    for own in ("worker/datasets/own.files/rows.npy", "worker/models/own.files/weights"):
        found[own] = data_dir / own
    for path in found.values():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    shared = Path("/dev/shm", f"trainyard-{secrets.token_hex(4)}")
    shared.write_text("numbers of another training")
    stack.callback(shared.unlink)
    return {**{name: found[name] for name in files}, "shared memory of another process": shared}


def _victim(data_dir: Path, stack: ExitStack) -> subprocess.Popen[bytes]:
    up = data_dir / "victim-is-up"
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", VICTIM, str(up)],
        env={**_environment(), "TRAINYARD_SECRET_KEY": secrets.token_hex(32)},
    )
    stack.callback(process.wait)
    stack.callback(process.kill)
    wait_for(up.exists, seconds=60)
    return process


def _environment() -> dict[str, str]:
    return engine_environment({**os.environ, "PYTHONPATH": PYTHON_PATH}, threads=1)


def _working_in(directory: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd().startswith(directory):
                found.append(process)
    return found
