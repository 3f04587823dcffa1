"""The compose file is valid, names no default secret, and its processes run by hand.

No container engine is needed: the commands and settings of ``docker-compose.yml`` are run as they stand, with real
servers of this test (PostgreSQL, Redis, an S3 API) in the places of the containers.
"""

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.support.sample_jobs import table_spec, upload_table
from tests.support.servers import free_port, logged_in_as, postgres_database, redis_server, s3_server
from tests.support.waiting import wait_for
from trainyard.core.encryption.master import new_master_key
from trainyard_client import Client
from trainyard_spec.engine_protocol import READERS_FILES

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
HEALTHY_SECONDS = 40
SECRETS = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|TOKEN")
VARIABLE = re.compile(r"\$\{(\w+)(?::[?-][^}]*)?\}")

pytestmark = pytest.mark.timeout(400)


def test_the_compose_file_fits_the_compose_schema() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_every_lasting_service_has_a_health_check(service: str) -> None:
    lasting = COMPOSE["services"][service].get("restart") != "no"
    assert ("healthcheck" in COMPOSE["services"][service]) == lasting


def test_no_secret_has_a_default() -> None:
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            if SECRETS.search(variable) and variable != "TRAINYARD_WORKER_ENROLMENT_TOKEN":
                assert re.search(r"\$\{\w+:\?", str(value)), f"{name}: {variable} has a default"


class Stack:
    """The compose file's processes, started by hand."""

    def __init__(self, settings: dict[str, str], addresses: dict[str, str], directory: Path) -> None:
        self._settings = settings
        self._addresses = addresses
        self._directory = directory
        self._processes: list[subprocess.Popen[bytes]] = []

    def environment(self, service: str) -> dict[str, str]:
        """The service's environment, variables filled in and container names replaced by real addresses."""
        declared = {name: self._fill(str(value)) for name, value in COMPOSE["services"][service]["environment"].items()}
        for container, address in self._addresses.items():
            declared = {name: value.replace(container, address) for name, value in declared.items()}
        roots = os.pathsep.join(str(REPOSITORY / root) for root in ("platform", "workers", "contracts", "sdk"))
        paths = {"TRAINYARD_DATA_DIR": str(self._directory), "TRAINYARD_WORKER_STATE_DIR": str(self._directory / "w")}
        return {"PATH": os.environ["PATH"], "PYTHONPATH": roots, **declared, **paths}

    def command(self, service: str, **replaced: str) -> list[str]:
        program, *arguments = COMPOSE["services"][service]["command"]
        start = [sys.executable] if program == "python" else [sys.executable, "-m", program]
        return [*start, *(replaced.get(argument.replace(".", "_"), argument) for argument in map(str, arguments))]

    def run(self, service: str, command: list[str], given: str = "") -> str:
        done = subprocess.run(
            command, cwd=REPOSITORY, env=self.environment(service), input=given, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def is_healthy(self, service: str) -> bool:
        """Whether the service's own health check succeeds now."""
        _, program, *arguments = COMPOSE["services"][service]["healthcheck"]["test"]
        assert program == "python"
        check = [sys.executable, *arguments]
        return subprocess.run(check, cwd=REPOSITORY, env=self.environment(service), check=False).returncode == 0

    def start(self, service: str, command: list[str], **extra: str) -> None:
        with (self._directory / f"{service}.log").open("wb") as log:
            environment = {**self.environment(service), **extra}
            self._processes.append(
                subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=log, stderr=subprocess.STDOUT)
            )

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(timeout=20)

    def _fill(self, value: str) -> str:
        return VARIABLE.sub(lambda found: self._settings.get(found[1], ""), value)


def settings_for(address: str) -> dict[str, str]:
    """What the example of an environment file leaves to whoever installs it."""
    return {
        "TRAINYARD_SECRET_KEY": "a-long-secret-of-this-test-run-only-0123",
        "TRAINYARD_MASTER_KEYS": new_master_key(),
        "POSTGRES_PASSWORD": "test",
        "POSTGRES_APPLICATION_PASSWORD": "application",
        "REDIS_PASSWORD": "test-redis",
        "S3_ACCESS_KEY": "test-access",
        "S3_SECRET_KEY": "test-secret",
        "TRAINYARD_PUBLIC_URL": address,
        "TRAINYARD_ALLOWED_HOSTS": "127.0.0.1,web",
    }


@pytest.fixture
def production(tmp_path: Path) -> Iterator[tuple[Stack, str]]:
    """Everything but the worker, running on the production settings; with the web's address."""
    port, workers_port = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    settings = settings_for(address)
    with ExitStack() as stack:
        role = f"application_{uuid.uuid4().hex[:12]}"
        # A copy of what "prepare" has made of an empty one (tests/support/migrated.py).
        database = stack.enter_context(postgres_database(role=role, is_migrated=True))
        redis_port = stack.enter_context(redis_server(password=settings["REDIS_PASSWORD"]))
        addresses = {
            "postgresql://trainyard:test@postgres:5432/trainyard": database,
            "postgresql://trainyard_application:application@postgres:5432/trainyard": logged_in_as(
                database, role, "application"
            ),
            "@redis:6379": f"@127.0.0.1:{redis_port}",
            "http://s3:9000": stack.enter_context(s3_server()),
            "http://worker-api:8000": f"http://127.0.0.1:{workers_port}",
        }
        services = Stack(settings, addresses, tmp_path)
        stack.callback(services.stop)
        services.run("prepare", services.command("prepare"))
        for service, at in (("web", port), ("worker-api", workers_port)):
            web = services.command(service)
            web[web.index("0.0.0.0")], web[web.index("8000")] = "127.0.0.1", str(at)
            services.start(service, web)
        for service in ("control", "beat"):
            services.start(service, services.command(service))
        for at in (port, workers_port):
            wait_for(partial(answers, f"http://127.0.0.1:{at}/readyz"), seconds=120)
        yield services, address


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.postgres
def test_the_production_settings_train_a_model(production: tuple[Stack, str], tmp_path: Path) -> None:
    services, address = production
    create = [sys.executable, "manage.py", "create_operator", "--email", "operator@example.com"]
    operator_key = services.run("control", create, given="a password of this test\n").split()[-1]
    organization = make_customer(address, operator_key)
    enrol = [sys.executable, "manage.py", "enrol_worker", "--pool", "default"]
    token = services.run("control", enrol).split()[-1]
    services.start(
        "worker", [sys.executable, "-m", "trainyard_worker"],
        TRAINYARD_WORKER_ENROLMENT_TOKEN=token, TRAINYARD_WORKER_SLOT_KIND="cpu",
    )  # fmt: skip

    with Client(base_url=address, api_key=secret_of(organization)) as client:
        job = client.jobs.wait(client.jobs.submit(table_spec(upload_table(client, tmp_path))).id)
        assert job.state == "succeeded", job
        assert job.model_id is not None
        files = client.models.download(job.model_id, tmp_path / "model")
        assert {path.name for path in files} == {"model.safetensors", "config.json", "manifest.json", *READERS_FILES}
        assert client.billing.wallet().held == 0

    for service in ("beat", "control", "worker"):
        wait_for(lambda: services.is_healthy(service), seconds=HEALTHY_SECONDS)  # noqa: B023  called at once


def make_customer(address: str, operator_key: str) -> dict[str, Any]:
    """A pool with a price, and an organization with credit, as an operator makes them."""
    pool = {"name": "default", "slot_kind": "cpu", "price_per_slot_second": "0.0001"}
    credit = {"amount": "10", "kind": "promotional"}
    headers = {"Authorization": f"Bearer {operator_key}"}
    with httpx.Client(base_url=f"{address}/api/v1", headers=headers) as admin:
        admin.post("/admin/pools", json=pool).raise_for_status()
        new = {"name": "Lab", "owner_email": "lab@example.com"}
        organization: dict[str, Any] = admin.post("/admin/organizations", json=new).raise_for_status().json()
        admin.post(f"/admin/organizations/{organization['id']}/credits", json=credit).raise_for_status()
    return organization


def secret_of(organization: dict[str, Any]) -> str:
    key = organization["api_key"]
    return str(key["secret"] if isinstance(key, dict) else key)


def test_the_settings_of_compose_are_known_to_the_programs() -> None:
    from trainyard.config.environment import Environment
    from trainyard_worker.settings import WorkerSettings

    known = {f"TRAINYARD_{name.upper()}" for name in Environment.model_fields}
    known |= {f"TRAINYARD_WORKER_{name.upper()}" for name in WorkerSettings.model_fields}
    used = set(re.findall(r'"(TRAINYARD_[A-Z0-9_]+)":', json.dumps(COMPOSE)))
    assert used <= known
