"""``manage.py up``: start everything, say when it is ready, stop everything."""

import argparse
import base64
import contextlib
import fcntl
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from trainyard.config.embedded import services
from trainyard.config.embedded.processes import KeepsDying, Service
from trainyard.config.listening import listen
from trainyard.config.private_files import make_private
from trainyard.core.secrets import TINKER_ALIAS
from trainyard_common.atomic_io import PRIVATE, write_atomically
from trainyard_common.inspection import forbid_inspection

STOP_SECONDS = 8.0
READY_SECONDS = 120.0
WATCH_SECONDS = 1.0
MAX_PORT = 65_535
STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class CannotStart(Exception):
    """Why the platform cannot start, in a sentence."""


class StopRequested(Exception):
    """A stop signal came."""


def run(arguments: list[str]) -> int:
    """Runs the embedded platform in the foreground; returns the exit status."""
    forbid_inspection()
    options = _parse(arguments)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS | {signal.SIGCHLD})
    try:
        with _locked(options.data_dir), _listening(options.host, options.port) as listener, _socket_dir() as sockets:
            port = listener.getsockname()[1]
            _make_master_key(options.data_dir / services.MASTER_KEY)
            layout = services.Layout(
                data_dir=options.data_dir,
                socket_dir=sockets,
                base_url=f"http://{options.host}:{port}",
                secret_key=_secret_key(options.data_dir),
            )
            return Platform(layout, listener).run(options.ready_file)
    except CannotStart as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return 1


class Platform:
    """The running processes of one embedded platform."""

    def __init__(self, layout: services.Layout, listener: socket.socket) -> None:
        self._layout = layout
        self._listener = listener
        self._services: list[Service] = []

    def run(self, ready_file: Path | None) -> int:
        """Starts, announces readiness, watches until a stop signal, stops. The ready file goes when it stops."""
        if ready_file:
            ready_file.unlink(missing_ok=True)  # of one that was killed
        try:
            self._start()
            self._announce(ready_file)
            while True:
                self._watch()
        except StopRequested:
            print("Stopping …", flush=True)
            return 0
        except KeepsDying as error:
            print(error, file=sys.stderr, flush=True)
            return 1
        finally:
            if ready_file:
                ready_file.unlink(missing_ok=True)
            self._stop()

    def _start(self) -> None:
        self._layout.logs.mkdir(exist_ok=True)
        self._launch(services.broker(self._layout))
        print("Preparing the database …", flush=True)
        enrolment_token = self._bootstrap()
        for service in services.control_plane(self._layout, web_socket=self._listener.fileno()):
            self._launch(service)
        print("Starting the web process and a worker …", flush=True)
        self._launch(services.worker(self._layout, enrolment_token=enrolment_token))
        self._wait_until_ready(started=time.time())

    def _launch(self, service: Service) -> None:
        self._services.append(service)
        service.start()

    def _bootstrap(self) -> str:
        """Migrates, makes what is missing, and answers an enrolment token.

        The worker uses it only where its stored credential is not accepted: on the first start, or once it was removed.
        """
        command = [sys.executable, str(services.REPOSITORY / "manage.py"), "bootstrap_embedded"]
        log = self._layout.logs / "bootstrap.log"
        with log.open("wb") as output:
            done = subprocess.run(
                command, env=self._layout.environment(), stdout=subprocess.PIPE, stderr=output, check=False
            )
        if done.returncode != 0:
            said = log.read_text(errors="replace").splitlines() or ["The database could not be prepared."]
            raise CannotStart(f"{said[-1]} (All of it: {log})")
        answer: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
        return answer["enrolment_token"]

    def _wait_until_ready(self, *, started: float) -> None:
        deadline = time.monotonic() + READY_SECONDS
        key = json.loads(self._layout.credentials.read_text())["admin_api_key"]
        with httpx.Client(base_url=self._layout.base_url, headers={"Authorization": f"Bearer {key}"}) as client:
            while not _ready(client, started):
                if time.monotonic() > deadline:
                    raise CannotStart(
                        f"it was not ready after {READY_SECONDS:.0f} s. Look into {self._layout.logs} for the reason."
                    )
                self._tick(0.1)

    def _announce(self, ready_file: Path | None) -> None:
        base_url = self._layout.base_url
        facts = {
            "base_url": base_url,
            "dashboard_url": f"{base_url}/",
            **json.loads(self._layout.credentials.read_text()),
        }
        facts["demo_tinker_key"] = f"{TINKER_ALIAS}{facts['demo_api_key']}"
        if ready_file:
            _write_private(ready_file, json.dumps(facts, indent=2))
        print(f"Trainyard is ready at {base_url}/  (API reference: {base_url}/api/docs/, operators: {base_url}/admin/)")
        print(f"Log in as {facts['demo_email']} with {facts['demo_password']}. Ctrl-C stops.", flush=True)

    def _watch(self) -> None:
        """A tick of a platform at work, which can do without a worker that cannot run."""
        try:
            self._tick(WATCH_SECONDS)
        except KeepsDying as error:
            if error.service.name != services.WORKER:
                raise
            self._services.remove(error.service)
            print(f"{error} Nothing is trained until the platform is started again.", file=sys.stderr, flush=True)

    def _tick(self, seconds: float) -> None:
        """Waits for a signal or ``seconds``; starts again what has ended. Raises ``StopRequested``."""
        received = signal.sigtimedwait(STOP_SIGNALS | {signal.SIGCHLD}, seconds)
        if received is not None and received.si_signo in STOP_SIGNALS:
            raise StopRequested
        for service in self._services:
            status = service.ended()
            if status is not None:
                print(f"The {service.name} process ended ({status}); starting it again.", file=sys.stderr, flush=True)
                if service.name == services.WORKER and status in services.WORKER_REFUSED:
                    self._let_enrol(service)
                service.start()

    def _let_enrol(self, worker: Service) -> None:
        """Gives the worker, which may have been removed, a token with which it can join as a new one."""
        command = [sys.executable, str(services.REPOSITORY / "manage.py"), "enrol_worker", "--pool", services.POOL]
        with (self._layout.logs / "bootstrap.log").open("ab") as output:
            done = subprocess.run(
                command, env=self._layout.environment(), stdout=subprocess.PIPE, stderr=output, text=True, check=False
            )
        if done.returncode == 0:
            worker.environment[services.ENROLMENT_TOKEN] = done.stdout.split()[-1]

    def _stop(self) -> None:
        """Stops in reverse order; the worker first, so that it can still hand in its last checkpoints."""
        deadline = time.monotonic() + STOP_SECONDS
        by_name = {service.name: service for service in self._services}
        worker = by_name.pop(services.WORKER, None)
        if worker:
            worker.terminate()
            worker.wait(until=min(deadline, time.monotonic() + services.WORKER_STOP_SECONDS + 1.5))
        for service in by_name.values():
            service.terminate()
        for service in by_name.values():
            service.wait(until=deadline)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Run the whole platform on this machine, in the foreground."
    )
    parser.add_argument("--data-dir", type=lambda text: Path(text).absolute(), default=Path(".data").absolute())
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8000, help="0 picks a free one")
    parser.add_argument("--ready-file", type=lambda text: Path(text).absolute(), help="written as JSON when ready")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port: it must be a number from 0 to {MAX_PORT}")
    return int(text)


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    try:
        make_private(data_dir)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise CannotStart(f"{data_dir} cannot be written to ({error.strerror}).") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"another Trainyard already runs on {data_dir}. Stop it, or choose another --data-dir."
            ) from None
        yield


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Listening from the start keeps the port through restarts of the web process."""
    try:
        listener = listen(host, port)
    except OSError as error:
        raise CannotStart(
            f"port {port} on {host} cannot be used ({error.strerror}). "
            "Choose another --port (0 picks one) or another --host."
        ) from None
    with listener:
        listener.set_inheritable(True)
        yield listener


@contextlib.contextmanager
def _socket_dir() -> Iterator[Path]:
    # Not in the data directory: the path of a Unix socket may have 107 bytes at most.
    directory = Path(tempfile.mkdtemp(prefix="trainyard-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _secret_key(data_dir: Path) -> str:
    path = data_dir / "secret_key"
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def _make_master_key(path: Path) -> None:
    """Once: whoever loses it loses every file that was stored since."""
    if not path.exists():
        _write_private(path, base64.b64encode(secrets.token_bytes(32)).decode())


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode(), mode=PRIVATE)


def _ready(client: httpx.Client, started: float) -> bool:
    """Whether the web answers and a worker has been heard since the time ``started``."""
    try:
        if client.get("/readyz").status_code != httpx.codes.OK:
            return False
        workers = client.get("/api/v1/admin/workers").raise_for_status().json()["data"]
    except httpx.HTTPError:
        return False
    fresh = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(started))
    return any(worker["last_heartbeat_at"] >= fresh for worker in workers)
