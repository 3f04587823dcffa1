"""The pipe of requests: what asks comes out in order, and who leaves is known while an answer is written."""

import os
from collections.abc import Iterator
from typing import IO

import pytest

from tests.support.waiting import wait_for
from trainyard_engine.generation.requests import Requests
from trainyard_spec.generation import ReaderLeft


@pytest.fixture
def pipe() -> Iterator[tuple[Requests, IO[bytes]]]:
    readable, writable = os.pipe()
    with os.fdopen(readable, "rb") as source, os.fdopen(writable, "wb", buffering=0) as sink:
        yield Requests(source), sink


def left(request_id: str) -> bytes:
    return ReaderLeft(left=request_id).model_dump_json().encode() + b"\n"


def test_who_leaves_is_known_before_the_next_request_is_read(pipe: tuple[Requests, IO[bytes]]) -> None:
    requests, sink = pipe
    lines = iter(requests)
    sink.write(b'{"request_id":"a"}\n')
    assert next(lines) == b'{"request_id":"a"}\n'
    assert not requests.has_left("a")
    sink.write(left("a") + b'{"request_id":"b"}\n')
    wait_for(lambda: requests.has_left("a"))
    assert next(lines) == b'{"request_id":"b"}\n'
    assert not requests.has_left("b")
    sink.close()
    assert list(lines) == []


def test_a_line_that_only_looks_like_a_leave_is_a_request_like_any_other(pipe: tuple[Requests, IO[bytes]]) -> None:
    requests, sink = pipe
    sink.write(b'{"left":3}\n')
    assert next(iter(requests)) == b'{"left":3}\n'
