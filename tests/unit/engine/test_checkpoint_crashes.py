"""The checkpoint writer against kill -9 at each of its system calls, a disk that refuses any of them, and bit rot."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

from trainyard_engine.core.atomic_io import DamagedFile
from trainyard_engine.core.checkpoint import BestState, Checkpoint, CheckpointStore, TrainingState, read_checkpoint
from trainyard_spec.engine_protocol import MANIFEST_FILE

SYSTEM = {"posix", "io", "_io"}
NO_CALLS = {"fspath", "getpid", "sched_yield"}
"""Of the module posix, but they ask nothing of the disk."""

Act = Callable[[], None]


def checkpoint(step: int) -> Checkpoint:
    best = BestState(metrics={"loss": 1 / 3}, epochs_since=2)
    state = TrainingState(training="t", step=step, epoch=step // 10, threads=1, val_metrics={"loss": 0.5}, best=best)
    tensors = {"w": torch.full((50,), float(step)), "count": torch.tensor(step)}
    return Checkpoint(state=state, weights=tensors, optimizer={"0/step": torch.tensor(1.0)}, best=tensors)


def interrupting(number: int, act: Act) -> Callable[[FrameType, str, Any], None]:
    """A profiler that acts just before call number ``number`` (from 0) into the operating system's modules."""
    calls = 0

    def profile(_frame: FrameType, event: str, function: Any) -> None:
        nonlocal calls
        if event != "c_call" or function.__name__ in NO_CALLS:
            return
        owner = getattr(function, "__self__", None)
        if getattr(function, "__module__", None) in SYSTEM or type(owner).__module__ in SYSTEM:
            if calls == number:
                act()
            calls += 1

    return profile


def written_in_a_child(store: CheckpointStore, step: int, number: int, act: Act) -> int:
    """Writes a checkpoint in a forked process, interrupted there. Returns its wait status."""
    child = os.fork()
    if child == 0:
        sys.setprofile(interrupting(number, act))
        try:
            store.write(checkpoint(step))
        except OSError:
            os._exit(1)
        finally:
            sys.setprofile(None)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def kill_this_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def unexpected(message: str) -> None:
    pytest.fail(f"unexpected warning: {message}")


@pytest.mark.parametrize("act", [kill_this_process, refuse])
def test_interrupted_at_every_system_call_it_leaves_the_old_or_the_new_checkpoint(tmp_path: Path, act: Act) -> None:
    left: list[int] = []
    while True:
        store = CheckpointStore(tmp_path / str(len(left)), keep=2)
        store.write(checkpoint(10))
        store.write(checkpoint(20))
        status = written_in_a_child(store, 30, len(left), act)
        found = store.newest(warn=unexpected)
        assert found is not None
        assert torch.equal(found.weights["w"], checkpoint(found.state.step).weights["w"])
        store.write(checkpoint(40))
        again = store.newest(warn=unexpected)
        assert again is not None
        assert again.state.step == 40
        shutil.rmtree(tmp_path / str(len(left)))
        if os.waitstatus_to_exitcode(status) == 0:
            break
        left.append(found.state.step)
    assert found.state.step == 30
    # Files and directories are made, written, synced, renamed, and old ones removed: some dozens of calls.
    assert len(left) > 30
    assert left == sorted(left)
    assert set(left) == {20, 30}


def test_a_checkpoint_with_any_bit_flipped_is_refused(tmp_path: Path) -> None:
    """Every bit of the manifest; of what it holds checksums of, some."""
    directory, files = CheckpointStore(tmp_path, keep=2).write(checkpoint(20))
    for entry in files:
        path = directory / entry.name
        content = path.read_bytes()
        step = 1 if entry.name == MANIFEST_FILE else 97
        for bit in range(0, len(content) * 8, step):
            damaged = bytearray(content)
            damaged[bit // 8] ^= 1 << bit % 8
            path.write_bytes(damaged)
            with pytest.raises(DamagedFile):
                read_checkpoint(directory)
        path.write_bytes(content)
    assert read_checkpoint(directory).state.step == 20
