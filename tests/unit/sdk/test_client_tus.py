"""Large files go in pieces: what arrived is kept, what did not is sent again."""

import hashlib
from base64 import b64decode
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.scripted_service import ScriptedService, refusal, scripted
from trainyard_client import Conflict, Unreachable
from trainyard_client.core.tus import PIECE_BYTES

CONTENT = bytes(range(256)) * (PIECE_BYTES // 256) + b"the rest"
SIZE = len(CONTENT)
VERSION = httpx.Response(200, json={"id": "dsv_1", "dataset_id": "ds_1", "state": "validating", "sha256": ""})


def upload(offset: int, **fields: Any) -> httpx.Response:
    held = {"id": "upl_1", "dataset_id": "ds_1", "version_id": None, "length": SIZE, "offset": offset, **fields}
    return httpx.Response(200, json=held)


def taken(offset: int) -> httpx.Response:
    return httpx.Response(204, headers={"Upload-Offset": str(offset)})


DONE = (upload(SIZE, version_id="dsv_1"), VERSION)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_bytes(CONTENT)
    return path


def pieces(service: ScriptedService) -> list[tuple[int, int]]:
    """Offset and length of each piece that was sent, whose checksum was right."""
    sent = [request for request in service.asked if request.method == "PATCH"]
    for request in sent:
        algorithm, digest = request.headers["Upload-Checksum"].split()
        assert (algorithm, b64decode(digest)) == ("sha256", hashlib.sha256(request.content).digest())
    return [(int(request.headers["Upload-Offset"]), len(request.content)) for request in sent]


def test_a_file_goes_piece_by_piece(file: Path) -> None:
    service = scripted(upload(0), taken(PIECE_BYTES), taken(SIZE), *DONE)
    seen: list[int] = []
    with service.client() as client:
        version = client.datasets.upload("ds_1", file, on_progress=lambda sent, _: seen.append(sent))
    assert version.id == "dsv_1"
    assert pieces(service) == [(0, PIECE_BYTES), (PIECE_BYTES, 8)]
    assert seen == [0, PIECE_BYTES, SIZE]
    created = service.asked[0]
    assert (created.headers["Tus-Resumable"], created.headers["Upload-Length"]) == ("1.0.0", str(SIZE))
    metadata = dict(pair.split() for pair in created.headers["Upload-Metadata"].split(","))
    assert {name: b64decode(value) for name, value in metadata.items()} == {"filename": b"rows.csv", "dataset": b"ds_1"}


def test_a_broken_line_goes_on_from_what_arrived(file: Path) -> None:
    service = scripted(upload(0), httpx.WriteError("gone"), upload(1000), taken(SIZE), *DONE)
    with service.client() as client:
        client.datasets.upload("ds_1", file)
    assert pieces(service) == [(0, PIECE_BYTES), (1000, SIZE - 1000)]


def test_a_piece_whose_answer_was_lost_is_not_sent_twice(file: Path) -> None:
    service = scripted(upload(0), httpx.ReadError("gone"), upload(PIECE_BYTES), taken(SIZE), *DONE)
    with service.client() as client:
        client.datasets.upload("ds_1", file)
    assert pieces(service) == [(0, PIECE_BYTES), (PIECE_BYTES, 8)]


def test_a_piece_that_was_damaged_on_its_way_is_sent_again(file: Path) -> None:
    service = scripted(upload(0), httpx.Response(460), taken(PIECE_BYTES), taken(SIZE), *DONE)
    with service.client() as client:
        client.datasets.upload("ds_1", file)
    assert pieces(service) == [(0, PIECE_BYTES), (0, PIECE_BYTES), (PIECE_BYTES, 8)]


def test_an_offset_that_moved_is_asked_for(file: Path) -> None:
    service = scripted(upload(0), refusal(409), upload(PIECE_BYTES), taken(SIZE), *DONE)
    with service.client() as client:
        client.datasets.upload("ds_1", file)
    assert pieces(service) == [(0, PIECE_BYTES), (PIECE_BYTES, 8)]


def test_a_conflict_that_moves_nothing_ends(file: Path) -> None:
    service = scripted(upload(0), *(answer for _ in range(9) for answer in (refusal(409), upload(0))))
    with service.client() as client, pytest.raises(Conflict):
        client.datasets.upload("ds_1", file)


def test_patience_ends(file: Path) -> None:
    service = scripted(upload(0), *(httpx.ConnectError("down") for _ in range(200)))
    with service.client() as client, pytest.raises(Unreachable):
        client.datasets.upload("ds_1", file)
    assert 250 < service.now <= 310


def test_a_small_file_is_one_request(tmp_path: Path) -> None:
    small = tmp_path / "small.csv"
    small.write_text("a,b\n1,2\n")
    service = scripted(refusal(503), VERSION)
    seen: list[tuple[int, int]] = []
    with service.client() as client:
        client.datasets.upload("ds_1", small, on_progress=lambda *sent: seen.append(sent))
    first, second = service.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert b"1,2" in first.content
    assert b"1,2" in second.content
    assert seen[-1] == (8, 8)
