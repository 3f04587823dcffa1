"""A platform whose every process a test may stop, kill and start again: the real ones, over real stores."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from tests.support.migrated import lay_migrated_database
from tests.support.processes import engines_of
from tests.support.servers import free_port
from tests.support.waiting import wait_for
from trainyard.config.embedded import services
from trainyard.config.embedded.processes import Service
from trainyard_client import Client

SECRET_KEY = "only-for-tests-0123456789abcdefghij"
QUICK_SETTINGS = {
    "TRAINYARD_HEARTBEAT_SECONDS": "1",
    "TRAINYARD_LEASE_SECONDS": "4",
    "TRAINYARD_WORKER_REPORT_SECONDS": "0.25",
    "TRAINYARD_WORKER_POLL_SECONDS": "1",
    "TRAINYARD_WORKER_THREADS_PER_SLOT": "1",
    "TRAINYARD_LOG_LEVEL": "INFO",
}


@dataclass
class Site:
    """``services`` by name: redis, web, control, beat and the workers. Whoever kills one starts it again."""

    layout: services.Layout
    settings: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)
    _making: dict[str, Callable[[], Service]] = field(default_factory=dict)
    _running: dict[str, Service] = field(default_factory=dict)

    def up(self, name: str) -> None:
        """Starts a service, from its command line on."""
        self._running[name] = self._making[name]()
        self._running[name].start()

    def kill(self, name: str) -> None:
        """kill -9, and everything that the kernel kills with it."""
        process = self.process(name)
        process.kill()
        self._running.pop(name).wait(until=float("inf"))

    def bounce(self, name: str, **settings: str) -> None:
        """kill -9 and a new start, as whatever keeps services running would do; from now on with ``settings``."""
        self.kill(name)
        if settings:
            make = self._making[name]
            self._making[name] = lambda: replace(made := make(), environment=made.environment | settings)
        self.up(name)

    def process(self, name: str) -> psutil.Process:
        popen = self._running[name]._process
        assert popen is not None
        return psutil.Process(popen.pid)

    def died(self) -> list[str]:
        """Services that ended by themselves."""
        return [name for name, service in self._running.items() if service.ended() is not None]

    @property
    def workers(self) -> list[str]:
        return [name for name in self._making if name.startswith("worker")]

    def engines(self, worker: str) -> list[psutil.Process]:
        """The engines that a worker's fork server has running."""
        with suppress(psutil.NoSuchProcess):
            return engines_of(self.process(worker))
        return []

    def log(self, name: str) -> list[dict[str, Any]]:
        """The JSON lines in the log of a service."""
        lines = (self.layout.logs / f"{name}.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def client(self) -> Client:
        return Client(base_url=self.layout.base_url, api_key=self.facts["demo_api_key"])

    def admin(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.facts['admin_api_key']}"}
        return httpx.Client(base_url=f"{self.layout.base_url}/api/v1", headers=headers)

    def get(self, path: str) -> Any:
        """What the REST API answers to the tenant at ``path``."""
        headers = {"Authorization": f"Bearer {self.facts['demo_api_key']}"}
        return httpx.get(f"{self.layout.base_url}/api/v1{path}", headers=headers).raise_for_status().json()

    def add_worker(self, name: str, *, ready: bool = True, inside: tuple[str, ...] = (), **settings: str) -> None:
        """Enrols a worker and starts it, by the command ``inside`` if given; ``settings`` are variables of its own."""
        with self.admin() as admin:
            pool = admin.get("/admin/pools").raise_for_status().json()["data"][0]["id"]
            answer = admin.post(f"/admin/pools/{pool}/enrolment-tokens", json={}).raise_for_status()
        token = answer.json()["secret"]

        own = {"TRAINYARD_WORKER_NAME": name, "TRAINYARD_WORKER_STATE_DIR": str(self.layout.data_dir / name)}
        tuning = {name: value for name, value in self.settings.items() if name.startswith("TRAINYARD_WORKER_")}
        environment = self.layout.worker_environment(token) | own | tuning | settings
        command = (*inside, *services.worker(self.layout, enrolment_token=token).command)
        self._making[name] = lambda: Service(name, command, environment, self.layout.logs / f"{name}.log")
        self.up(name)
        if ready:
            wait_for(lambda: self.has_forkserver(name))

    def double(self, name: str) -> None:
        """Starts a second one of a service, named ``NAME-2``."""
        self._making[f"{name}-2"] = self._making[name]
        self.up(f"{name}-2")

    def remove(self, name: str) -> None:
        """Ends a worker or a double for good."""
        self.kill(name)
        del self._making[name]

    def has_forkserver(self, name: str) -> bool:
        return any(line.get("action") == "forkserver.started" for line in self.log(name))

    def manage(self, *arguments: str) -> str:
        """What a management command prints."""
        command = [sys.executable, str(services.REPOSITORY / "manage.py"), *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def check_history(self) -> str:
        """What the history checker looked at; fails with what it found wrong."""
        return self.manage("check_history")

    def freeze(self, worker: str) -> list[psutil.Process]:
        """SIGSTOP to a worker and its children, top down; returns them."""
        top = self.process(worker)
        frozen = [top, *top.children(recursive=True)]
        for process in frozen:
            with suppress(psutil.NoSuchProcess):  # an engine that ended just now
                process.suspend()
        return frozen

    def thaw(self, frozen: list[psutil.Process]) -> None:
        """SIGCONT to what ``freeze`` returned, bottom up."""
        for process in reversed(frozen):
            with suppress(psutil.NoSuchProcess):
                process.resume()

    @contextmanager
    def only(self, worker: str) -> Iterator[None]:
        """Inside the block no other worker takes a job."""
        with self.admin() as admin:
            found = admin.get("/admin/workers").raise_for_status().json()["data"]
            others = [each["id"] for each in found if each["name"] != worker]
            for worker_id in others:
                admin.post(f"/admin/workers/{worker_id}/cordon").raise_for_status()
            try:
                yield
            finally:
                for worker_id in others:
                    admin.post(f"/admin/workers/{worker_id}/uncordon").raise_for_status()

    def answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.layout.base_url}/healthz").is_success
        return False

    def stop(self) -> None:
        for service in self._running.values():
            if service.ended() is None and service._process is not None:
                os.killpg(service._process.pid, signal.SIGKILL)
            service.wait(until=float("inf"))

    @property
    def _environment(self) -> dict[str, str]:
        return self.layout.environment() | self.settings

    def _prepare(self) -> None:
        self._making |= self._control_plane()
        self.up("redis")
        self.manage("bootstrap_embedded")
        self.facts |= json.loads(self.layout.credentials.read_text())
        for name in self._making.keys() - {"redis"}:
            self.up(name)
        wait_for(self.answers)

    def _control_plane(self) -> dict[str, Callable[[], Service]]:
        embedded = {service.name: service for service in services.control_plane(self.layout, web_socket=0)}

        def make(name: str, command: tuple[str, ...]) -> Callable[[], Service]:
            return lambda: Service(name, command, self._environment, self.layout.logs / f"{name}.log")

        port = self.layout.base_url.rpartition(":")[2]
        web = (sys.executable, "-m", "trainyard.config.web", "--port", port)
        return {
            "redis": lambda: services.broker(self.layout),
            "web": make("web", web),
            **{name: make(name, service.command) for name, service in embedded.items() if name != "web"},
        }


@contextmanager
def running_site(directory: Path, *, database_url: str = "", workers: int = 2, **settings: str) -> Iterator[Site]:
    """A platform at work on ``database_url`` (empty: SQLite) with ``workers`` of one slot; ``settings`` tune it."""
    with ExitStack() as stack:
        # Not in the test's directory: the path of a Unix socket may have 107 bytes at most.
        sockets = Path(stack.enter_context(TemporaryDirectory(prefix="trainyard-")))
        layout = services.Layout(
            data_dir=directory / "data",
            socket_dir=sockets,
            base_url=f"http://127.0.0.1:{free_port()}",
            secret_key=SECRET_KEY,
        )
        layout.logs.mkdir(parents=True)
        if not database_url:
            lay_migrated_database(layout.data_dir)
        site = Site(layout, {**QUICK_SETTINGS, "TRAINYARD_DATABASE_URL": database_url, **settings})
        stack.callback(site.stop)
        site._prepare()
        for number in range(1, workers + 1):
            site.add_worker(f"worker-{number}", ready=False)
        wait_for(lambda: all(map(site.has_forkserver, site.workers)))
        yield site
