"""The cache holds whole sets of files only, fetches each once, and never takes one away that is in use."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Barrier, Thread

import pytest

from trainyard_spec.files import FileEntry
from trainyard_worker.file_cache import FileCache
from trainyard_worker.testing import entry_of

CONTENT = b"0123456789"
FILES = (entry_of("a", CONTENT), entry_of("b", CONTENT))


class Source:
    def __init__(self) -> None:
        self.fetched: list[str] = []

    def __call__(self, entry: FileEntry, destination: Path) -> None:
        self.fetched.append(entry.name)
        destination.write_bytes(CONTENT)


@pytest.fixture
def source() -> Source:
    return Source()


def held_names(cache: FileCache, key: str, source: Callable[[FileEntry, Path], None]) -> list[str]:
    with cache.pin(key, FILES, source) as directory:
        return sorted(file.name for file in directory.iterdir())


def test_files_are_fetched_once_and_kept_over_a_restart(tmp_path: Path, source: Source) -> None:
    assert held_names(FileCache(tmp_path, limit_bytes=100), "key", source) == ["a", "b"]
    assert held_names(FileCache(tmp_path, limit_bytes=100), "key", source) == ["a", "b"]
    assert source.fetched == ["a", "b"]


def test_two_who_want_the_same_fetch_it_once(tmp_path: Path, source: Source) -> None:
    cache, together = FileCache(tmp_path, limit_bytes=100), Barrier(2)

    def want() -> None:
        together.wait(10)
        held_names(cache, "key", source)

    threads = [Thread(target=want) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert source.fetched == ["a", "b"]


def test_a_fetch_that_fails_leaves_nothing_and_the_next_one_works(tmp_path: Path, source: Source) -> None:
    def fail_at_b(entry: FileEntry, destination: Path) -> None:
        if entry.name == "b":
            raise ConnectionError
        source(entry, destination)

    cache = FileCache(tmp_path, limit_bytes=100)
    with pytest.raises(ConnectionError):
        held_names(cache, "key", fail_at_b)
    assert list(tmp_path.iterdir()) == []
    assert held_names(cache, "key", source) == ["a", "b"]


def test_a_truncated_file_is_noticed_and_everything_fetched_again(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, limit_bytes=100)
    with cache.pin("key", FILES, source) as directory:
        os.truncate(directory / "b", 3)
    with cache.pin("key", FILES, source) as directory:
        assert (directory / "b").read_bytes() == CONTENT


def test_the_least_recently_used_goes_first(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, limit_bytes=2 * 20)
    for key in ("old", "new", "old", "newest"):
        held_names(cache, key, source)
    source.fetched.clear()
    held_names(cache, "old", source)
    assert source.fetched == []
    held_names(cache, "new", source)
    assert source.fetched == ["a", "b"]


def test_what_is_in_use_stays_even_over_the_limit(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, limit_bytes=1)
    with cache.pin("one", FILES, source) as one, cache.pin("two", FILES, source) as two:
        assert one.exists()
        assert two.exists()
    with cache.pin("three", FILES, source):
        assert not one.exists()
        assert not two.exists()


@pytest.mark.parametrize("key", ["..", ".", "a/b", "/etc", "", "sha256:0", "k" * 64])
def test_no_key_leads_out_of_the_cache(tmp_path: Path, source: Source, key: str) -> None:
    with FileCache(tmp_path / "cache", limit_bytes=100).pin(key, FILES, source) as directory:
        assert directory.parent == tmp_path / "cache"
        assert directory.resolve().is_relative_to((tmp_path / "cache").resolve())


def test_what_a_dead_worker_left_half_fetched_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".partial-dead").mkdir()
    FileCache(tmp_path, limit_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_used_for_long_is_forgotten(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, limit_bytes=100)
    held_names(cache, "old", source)
    held_names(cache, "fresh", source)
    used_before(tmp_path, "old", seconds=100)
    cache.forget_unused(seconds=50)
    assert [path.name for path in tmp_path.iterdir()] == ["fresh.files"]


def test_what_is_in_use_is_kept_however_old(tmp_path: Path, source: Source) -> None:
    cache = FileCache(tmp_path, limit_bytes=100)
    with cache.pin("old", FILES, source) as directory:
        used_before(tmp_path, "old", seconds=100)
        cache.forget_unused(seconds=50)
        assert directory.exists()
    cache.forget_unused(seconds=50)
    assert directory.exists(), "it was used until just now"


def used_before(root: Path, key: str, *, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(root / f"{key}.files", (then, then))
