"""Uploads to the real web process: of any size in flat memory, with or without a length, up to the limit."""

import hashlib
import http.client
import io
import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

import pytest

from tests.support.web_server import WebServer, web_server

LARGE = 200 * 2**20
LIMIT = 220 * 2**20
GROWTH_ALLOWED = 40 * 2**20
BLOCK = os.urandom(2**20)


class Stream(io.RawIOBase):
    """``size`` bytes that lie nowhere; without a length, if so wished."""

    def __init__(self, size: int, *, has_length: bool = True) -> None:
        self._size = size
        self._at = 0
        self._has_length = has_length
        self.digest = hashlib.sha256()

    def read(self, amount: int = -1) -> bytes:
        left = self._size - self._at
        chunk = BLOCK[: min(left, len(BLOCK), amount if amount >= 0 else left)]
        self._at += len(chunk)
        self.digest.update(chunk)
        return chunk

    def seekable(self) -> bool:
        return self._has_length

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not self._has_length:
            raise io.UnsupportedOperation
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        if not self._has_length:
            raise io.UnsupportedOperation
        return self._at


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    data_dir = tmp_path_factory.mktemp("data")
    with web_server(data_dir, TRAINYARD_MAX_UPLOAD_BYTES=str(LIMIT)) as running:
        yield running


@pytest.fixture(scope="module")
def versions(server: WebServer) -> str:
    body = {"name": "data", "task": "tabular_classification", "options": {"target": "species"}}
    return f"/datasets/{server.client.post('/datasets', json=body).json()['id']}/versions"


def upload(server: WebServer, path: str, content: IO[bytes], **headers: str) -> tuple[int, dict[str, object]]:
    answer = server.client.post(path, files={"file": ("data.csv", content)}, headers=headers)
    return answer.status_code, answer.json()


def scratch(server: WebServer) -> list[Path]:
    return [path for path in (server.data_dir / "scratch").rglob("*") if path.is_file()]


@pytest.mark.slow
def test_memory_stays_flat_under_a_large_upload(server: WebServer, versions: str) -> None:
    upload(server, versions, io.BytesIO(b"a,b\n1,2\n"))
    before = server.peak_memory_bytes()
    content = Stream(LARGE)
    status, body = upload(server, versions, content, **{"Idempotency-Key": "large"})
    assert (status, body["bytes"], body["sha256"]) == (201, LARGE, content.digest.hexdigest())
    assert server.peak_memory_bytes() - before < GROWTH_ALLOWED
    assert scratch(server) == []


def test_an_upload_without_a_length_arrives_whole(server: WebServer, versions: str) -> None:
    content = Stream(3 * 2**20 + 17, has_length=False)
    status, body = upload(server, versions, content)  # type: ignore[arg-type]
    assert (status, body["bytes"]) == (201, 3 * 2**20 + 17)
    assert body["sha256"] == content.digest.hexdigest()


def test_the_same_upload_again_is_the_same_version(server: WebServer, versions: str) -> None:
    first, again, other = (
        upload(server, versions, io.BytesIO(content), **{"Idempotency-Key": "once"})
        for content in (b"a,b\n1,2\n", b"a,b\n1,2\n", b"a,b\n1,3\n")
    )
    assert first == again
    assert (other[0], other[1]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("path", "kind", "length"),
    [("datasets", "application/json", 2**27), ("datasets/x/versions", "multipart/form-data; boundary=x", 2 * LIMIT)],
)
def test_a_body_that_says_it_is_too_large_is_not_read(server: WebServer, path: str, kind: str, length: int) -> None:
    connection = http.client.HTTPConnection(server.client.base_url.host, server.client.base_url.port or 80, timeout=30)
    with closing(connection):
        headers = {"Content-Length": str(length), "Content-Type": kind}
        connection.request("POST", f"/api/v1/{path}", headers=headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
    assert (answer.status, body["code"]) == (413, "upload_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.slow
def test_a_file_that_turns_out_too_large_is_refused_and_nothing_stays(server: WebServer, versions: str) -> None:
    status, body = upload(server, versions, Stream(LIMIT + 1))
    assert (status, body["code"]) == (413, "upload_too_large")
    assert scratch(server) == []
