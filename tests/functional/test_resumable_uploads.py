"""The real web process and tuspy, an independent client of tus: through cuts and a kill, every byte arrives once."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from typing import IO
from urllib.parse import urlsplit

import pytest
from tusclient.client import TusClient
from tusclient.uploader import Uploader

from tests.support.cutting_proxy import cutting_proxy
from tests.support.fault_scale import times
from tests.support.servers import s3_bucket
from tests.support.waiting import wait_for
from tests.support.web_server import WebServer, environment_of, serving, web_server

pytestmark = pytest.mark.timeout(1_800)
SIZE = times(quick=64, full=5 * 1_024) * 2**20
CUTS = 5
GROWTH_ALLOWED = 50 * 2**20
METADATA = {"filename": "rows.csv", "name": "rows", "task": "tabular_regression", "options": '{"target": "y"}'}
CONTENT = """
import hashlib, sys, django
django.setup()
from trainyard.core.tenancy import platform_scope, tenant_scope
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.uploads import content
with platform_scope():
    version = DatasetVersion.across_tenants.get(id=sys.argv[1])
    with tenant_scope(version.organization_id):
        digest = hashlib.sha256()
        for chunk in content(version):
            digest.update(chunk)
print(version.state, version.bytes, digest.hexdigest())
"""


def file_of(path: Path, size: int) -> str:
    """Writes ``size`` odd bytes; their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(size // 2**20):
            block = os.urandom(2**20)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def content_of(version_id: str, environment: dict[str, str]) -> list[str]:
    """State, size and SHA-256 of a version, read from the pieces that it came in."""
    command = [sys.executable, "-c", CONTENT, version_id]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()


def memory_after_a_small_upload(server: WebServer) -> int:
    """What is imported for it is no growth, and the library of a store is with the first that comes."""
    options = {"name": "small", "task": "tabular_regression", "options": {"target": "y"}}
    small = server.client.post("/datasets", json=options).json()
    sent = server.client.post(f"/datasets/{small['id']}/versions", files={"file": ("small.csv", b"x,y\n1,2\n")})
    assert sent.status_code < 300
    return server.peak_memory_bytes()


@pytest.fixture(params=["directory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Settings of a store for the pieces: a directory, or a bucket."""
    if request.param == "directory":
        yield {}
        return
    with s3_bucket("trainyard") as address:
        keys = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        yield {**keys, "TRAINYARD_BLOB_URL": "s3://trainyard/platform", "TRAINYARD_S3_ENDPOINT_URL": address}


def patient_uploader(client: TusClient, file: IO[bytes]) -> Uploader:
    return client.uploader(
        file_stream=file, chunk_size=min(SIZE, 256 * 2**20), metadata=METADATA, retries=100, retry_delay=1
    )


def test_a_file_arrives_whole_through_cuts_and_a_killed_server(tmp_path: Path, store: dict[str, str]) -> None:
    file = tmp_path / "rows.csv"
    expected = file_of(file, SIZE)
    data_dir = tmp_path / "data"
    cuts = [SIZE * (number + 1) // (CUTS + 2) for number in range(CUTS)]
    with ExitStack() as stack:
        server = stack.enter_context(web_server(data_dir, **store))
        proxy = stack.enter_context(cutting_proxy(urlsplit(str(server.client.base_url)).port or 0, list(cuts)))
        idle = memory_after_a_small_upload(server)
        headers = {"Authorization": server.client.headers["Authorization"]}
        client = TusClient(f"{proxy.address}/api/v1/uploads/", headers=headers)
        uploader = patient_uploader(client, stack.enter_context(file.open("rb")))
        failures: list[BaseException] = []

        def upload() -> None:
            try:
                uploader.upload()
            except BaseException as error:
                failures.append(error)

        uploading = Thread(target=upload)
        uploading.start()
        wait_for(lambda: len(proxy.cuts) <= CUTS // 2 or not uploading.is_alive())
        assert failures == []
        growth = server.peak_memory_bytes() - idle
        print(f"{SIZE:,} bytes, {CUTS} cuts: the server's memory grew by {growth:,} bytes at most")
        assert growth < GROWTH_ALLOWED
        os.kill(server.pid, signal.SIGKILL)
        log, environment = data_dir / "again.log", environment_of(data_dir, **store)
        _, address = stack.enter_context(serving(log, environment))
        proxy.port = urlsplit(address).port or 0
        uploading.join()
        assert failures == []
        assert proxy.cuts == []
        head = uploader.request.response_headers
        found = content_of(head["trainyard-dataset-version"], environment)
        assert found == ["validating", str(SIZE), expected]
        # Of what a cut or the kill interrupted, most had been kept already.
        assert proxy.passed < SIZE + (CUTS + 1) * 20 * 2**20
