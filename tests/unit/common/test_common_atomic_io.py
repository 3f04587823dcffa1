"""Atomic file I/O: a file is whole or not there, private from its first byte, and leaves nothing beside it."""

import os
import stat
from pathlib import Path

import pytest

from trainyard_common import atomic_io
from trainyard_common.atomic_io import PRIVATE, replace_durably, sha256_of, write_atomically, write_synced


class Crash(BaseException):
    """The process ends here."""


def crash(*_: object, **__: object) -> None:
    raise Crash


def test_what_was_there_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    for content in (b"old, and longer", b"new"):
        write_atomically(path, content)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"state.json": b"new"}


@pytest.mark.parametrize("call", ["write_synced", "replace_durably"])
def test_a_crash_leaves_the_old_file_and_the_next_write_goes_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "state.json"
    write_atomically(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(atomic_io, call, crash)
        with pytest.raises(Crash):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    write_atomically(path, b"newer")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"newer"]


def test_a_private_file_is_private_before_it_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode)))
    write_atomically(tmp_path / "secret", b"s", mode=PRIVATE)
    assert modes[0] == PRIVATE
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == PRIVATE


def test_a_new_name_is_synced_after_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    true_sync = atomic_io.sync_path
    monkeypatch.setattr(atomic_io, "sync_path", lambda path: (synced.append(path.name), true_sync(path)))
    write_synced(tmp_path / "part", b"content")
    replace_durably(tmp_path / "part", tmp_path / "whole")
    assert synced == [tmp_path.name]
    assert (tmp_path / "whole").read_bytes() == b"content"


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert sha256_of(tmp_path / "file") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
