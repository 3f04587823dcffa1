"""Checkpoints survive a crash at any instant of their writing, and nothing damaged is ever used."""

import errno
import os
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from trainyard_engine.core import checkpoint as checkpoint_module
from trainyard_engine.core.atomic_io import DamagedFile
from trainyard_engine.core.checkpoint import (
    BestState,
    Checkpoint,
    CheckpointStore,
    CheckpointWriter,
    TrainingState,
    read_checkpoint,
)
from trainyard_engine.core.faults import EngineFault
from trainyard_spec.engine_protocol import CheckpointWritten, Fault


class Crash(BaseException):
    """The process ends here."""


def checkpoint(step: int) -> Checkpoint:
    state = TrainingState(
        training="t",
        step=step,
        epoch=step // 10,
        threads=1,
        val_metrics={"loss": 0.1 + step},
        best=BestState(metrics={"loss": 1 / 3}, epochs_since=2),
    )
    tensors = {"w": torch.full((50,), float(step)), "count": torch.tensor(step)}
    return Checkpoint(state=state, weights=tensors, optimizer={"0/step": torch.tensor(1.0)}, best=tensors)


def fail(message: str) -> None:
    pytest.fail(f"unexpected warning: {message}")


def newest_step(store: CheckpointStore, warn: Callable[[str], None] = fail) -> int | None:
    found = store.newest(warn=warn)
    return found.state.step if found else None


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path, keep=2)


def test_what_was_written_is_read_back(store: CheckpointStore) -> None:
    directory, files = store.write(checkpoint(20))
    found = read_checkpoint(directory)
    assert found.state == checkpoint(20).state
    assert torch.equal(found.weights["w"], torch.full((50,), 20.0))
    assert found.optimizer.keys() == {"0/step"}
    assert found.best.keys() == {"w", "count"}
    assert {entry.name for entry in files} == {path.name for path in directory.iterdir()}
    assert files[-1].name == "manifest.json"


def test_only_the_newest_are_kept(store: CheckpointStore, tmp_path: Path) -> None:
    for step in (10, 20, 30, 40):
        store.write(checkpoint(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-0000000030", "step-0000000040"]


def count_system_calls(monkeypatch: pytest.MonkeyPatch, crash_at: int | None) -> list[str]:
    """Counts what a write asks of the disk, and crashes before call number ``crash_at``."""
    calls: list[str] = []

    def crashing(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*arguments: object, **options: object) -> object:
            if len(calls) == crash_at:
                raise Crash
            calls.append(name)
            return call(*arguments, **options)

        return wrapped

    for owner, name in ((os, "fsync"), (Path, "mkdir"), (Path, "open"), (Path, "rename")):
        monkeypatch.setattr(owner, name, crashing(name, getattr(owner, name)))
    return calls


def test_a_crash_at_any_point_leaves_the_old_or_the_new_one(tmp_path: Path) -> None:
    whole = CheckpointStore(tmp_path / "whole", keep=2)
    whole.write(checkpoint(10))
    with pytest.MonkeyPatch.context() as patch:
        calls = count_system_calls(patch, crash_at=None)
        whole.write(checkpoint(20))
    assert calls.index("rename") > calls.count("open")  # every file was synced before
    found = set()
    for crash_at in range(len(calls)):
        store = CheckpointStore(tmp_path / str(crash_at), keep=2)
        store.write(checkpoint(10))
        with pytest.MonkeyPatch.context() as patch:
            count_system_calls(patch, crash_at)
            with pytest.raises(Crash):
                store.write(checkpoint(20))
        found.add(newest_step(store))
        store.write(checkpoint(30))
        assert newest_step(store) == 30
    assert found == {10, 20}


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors", "best.safetensors", "state.json"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_any_damage_is_found_and_the_one_before_used(store: CheckpointStore, name: str, damage: str) -> None:
    store.write(checkpoint(10))
    directory, _ = store.write(checkpoint(20))
    path = directory / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    match damage:
        case "flip":
            path.write_bytes(content)
        case "truncate":
            path.write_bytes(content[:-1])
        case _:
            path.unlink()
    with pytest.raises(DamagedFile):
        read_checkpoint(directory)
    warnings: list[str] = []
    assert newest_step(store, warnings.append) == 10
    assert len(warnings) == 1
    assert name in warnings[0]
    store.write(checkpoint(20))
    assert newest_step(store) == 20


@pytest.mark.parametrize("content", [b"", b"{}", b'{"step": 20', b"\xff"])
def test_a_broken_manifest_is_damage(store: CheckpointStore, content: bytes) -> None:
    directory, _ = store.write(checkpoint(20))
    (directory / "manifest.json").write_bytes(content)
    warnings: list[str] = []
    assert newest_step(store, warnings.append) is None
    assert len(warnings) == 1


def test_the_writer_tells_of_a_checkpoint_once_it_is_durable(store: CheckpointStore) -> None:
    told: list[tuple[CheckpointWritten, int | None]] = []
    writer = CheckpointWriter(store, lambda message: told.append((message, newest_step(store))))
    writer.start(checkpoint(10), trained_seconds=1.5)
    writer.start(checkpoint(20), trained_seconds=2.5)
    writer.wait()
    writer.close()
    assert [(message.step, message.trained_seconds, durable) for message, durable in told] == [
        (10, 1.5, 10),
        (20, 2.5, 20),
    ]


def test_a_disk_that_refuses_fails_the_training_as_infrastructure(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where the directory should be")
    writer = CheckpointWriter(CheckpointStore(tmp_path / "checkpoints", keep=2), lambda message: fail(str(message)))
    writer.start(checkpoint(10), trained_seconds=0)
    with pytest.raises(EngineFault, match="The disk did not take") as caught:
        writer.wait()
    writer.close()
    assert (caught.value.failed.fault, caught.value.failed.code) == (Fault.INFRASTRUCTURE, "storage")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_fault_of_its_own_and_leaves_the_checkpoint_before(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_path: Path, _content: bytes) -> None:
        raise OSError(number, os.strerror(number))

    store.write(checkpoint(10))
    monkeypatch.setattr(checkpoint_module, "write_synced", refuse)
    writer = CheckpointWriter(store, lambda message: fail(str(message)))
    writer.start(checkpoint(20), trained_seconds=0)
    with pytest.raises(EngineFault) as caught:
        writer.wait()
    writer.close()
    assert (caught.value.failed.fault, caught.value.failed.code) == (Fault.STORAGE, "storage")
    assert newest_step(store) == 10


def test_a_disk_that_refuses_tensors_is_told_by_its_own_error(store: CheckpointStore) -> None:
    state = checkpoint(10)
    large = replace(state, weights={"w": torch.zeros(1 << 16)})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)) as caught:
            store.write(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert caught.value.errno == errno.EFBIG
    assert newest_step(store) is None
