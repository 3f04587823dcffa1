"""Checkpoints are delivered in order, the newest always, and survive the engine's pruning."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from trainyard_spec.engine_protocol import CheckpointWritten
from trainyard_worker.checkpoints import CheckpointNotKept, CheckpointUploader, HeldCheckpoint
from trainyard_worker.testing import entry_of


class Store:
    """Where checkpoints are delivered to; ``open`` lets deliveries through."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, bytes]] = []
        self.begun = Event()
        self.open = Event()
        self.open.set()
        self.refused: set[int] = set()

    def deliver(self, held: HeldCheckpoint) -> None:
        self.begun.set()
        assert self.open.wait(10)
        if held.written.step in self.refused:
            raise ValueError("refused")
        self.kept.append((held.written.step, (held.directory / "weights").read_bytes()))

    @property
    def steps(self) -> list[int]:
        return [step for step, _ in self.kept]


@contextmanager
def uploader_to(store: Store, tmp_path: Path) -> Iterator[CheckpointUploader]:
    uploader = CheckpointUploader(directory=tmp_path / "held", beneath=tmp_path, deliver=store.deliver)
    yield uploader
    uploader.close()


def write(tmp_path: Path, step: int) -> tuple[CheckpointWritten, Path]:
    directory, content = tmp_path / f"written-{step}", b"weights of %d" % step
    directory.mkdir()
    (directory / "weights").write_bytes(content)
    files = (entry_of("weights", content),)
    return CheckpointWritten(step=step, epoch=0, directory=str(directory), files=files, trained_seconds=1.0), directory


def test_a_checkpoint_pruned_while_it_waits_is_delivered_whole(tmp_path: Path) -> None:
    store = Store()
    store.open.clear()
    with uploader_to(store, tmp_path) as uploader:
        for step in (1, 2):
            written, directory = write(tmp_path, step)
            uploader.offer(written, directory)
            shutil.rmtree(directory)
            assert store.begun.wait(10)
        store.open.set()
        uploader.drain()
    assert store.kept == [(1, b"weights of 1"), (2, b"weights of 2")]
    assert not any((tmp_path / "held").iterdir())


def test_of_those_that_wait_only_the_newest_is_delivered(tmp_path: Path) -> None:
    store = Store()
    store.open.clear()
    with uploader_to(store, tmp_path) as uploader:
        uploader.offer(*write(tmp_path, 1))
        assert store.begun.wait(10)
        for step in (2, 3, 4):
            uploader.offer(*write(tmp_path, step))
        store.open.set()
        uploader.drain()
    assert store.steps == [1, 4]


def test_the_newest_that_was_not_kept_is_told(tmp_path: Path) -> None:
    store = Store()
    store.refused = {1}
    with uploader_to(store, tmp_path) as uploader:
        uploader.offer(*write(tmp_path, 1))
        with pytest.raises(CheckpointNotKept):
            uploader.drain()
        uploader.offer(*write(tmp_path, 2))
        uploader.drain()
    assert store.steps == [2]


def test_one_that_vanished_before_it_could_be_held_is_told(tmp_path: Path) -> None:
    with uploader_to(Store(), tmp_path) as uploader:
        written, directory = write(tmp_path, 1)
        shutil.rmtree(directory)
        uploader.offer(written, directory)
        with pytest.raises(CheckpointNotKept):
            uploader.drain()


def test_a_result_outdates_what_waits(tmp_path: Path) -> None:
    store = Store()
    store.open.clear()
    with uploader_to(store, tmp_path) as uploader:
        uploader.offer(*write(tmp_path, 1))
        assert store.begun.wait(10)
        uploader.offer(*write(tmp_path, 2))
        store.open.set()
        uploader.skip_queued()
        uploader.drain()
    assert store.steps == [1]
