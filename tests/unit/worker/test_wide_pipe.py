"""A training goes on for a while where its worker is too busy to read what it says."""

import errno
import fcntl
import os

import pytest

from trainyard_worker.wide_pipe import PIPE_BYTES, wide_pipe

USUAL_BYTES = 65_536


def room_of(writer: int) -> int:
    """How many bytes can be written before somebody has to read."""
    os.set_blocking(writer, False)
    written = 0
    try:
        while True:
            written += os.write(writer, b"x" * 4_096)
    except BlockingIOError:
        return written


def test_it_holds_what_a_training_says_in_a_while() -> None:
    reader, writer = wide_pipe()
    try:
        assert room_of(writer) >= PIPE_BYTES
    finally:
        os.close(reader)
        os.close(writer)


def test_where_the_kernel_grants_no_more_it_is_as_wide_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> int:
        raise PermissionError(errno.EPERM, "too many pages in pipes")

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    reader, writer = wide_pipe()
    try:
        assert room_of(writer) >= USUAL_BYTES
    finally:
        os.close(reader)
        os.close(writer)
