"""The parts of a checkpoint: their names, and one checkpoint of all of them or none."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
import torch

from trainyard_engine.core.checkpoint import Checkpoint, CheckpointStore, TrainingState, read_checkpoint
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.shards import MOST_PROCESSES, Shards, shards_of
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.engine_protocol import MOST_FILES

COUNT = 3


class Meeting:
    """Threads that stand for processes."""

    def __init__(self) -> None:
        self._barrier = Barrier(COUNT, timeout=30)
        self._told: dict[int, bytes] = {}

    def shards(self, rank: int) -> Shards:
        def exchange(own: bytes) -> list[bytes]:
            self._told[rank] = own
            self._barrier.wait()
            found = [self._told[other] for other in range(COUNT)]
            self._barrier.wait()
            return found

        return Shards(rank=rank, count=COUNT, exchange=exchange)

    def leave(self) -> None:
        self._barrier.abort()


def part(rank: int, step: int) -> Checkpoint:
    state = TrainingState(training="t", step=step, epoch=0, threads=1, val_metrics={}, processes=COUNT)
    tensors = {"w": torch.full((rank + 1, 2), float(step))}
    return Checkpoint(state=state, weights=tensors, optimizer={"0/m": tensors["w"]}, best={}, average=tensors)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(COUNT) as running:
        yield running


def stores(root: Path, meeting: Meeting) -> list[CheckpointStore]:
    return [CheckpointStore(root, keep=2, shards=meeting.shards(rank)) for rank in range(COUNT)]


def test_all_write_and_the_first_tells_of_one_checkpoint(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    meeting = Meeting()
    writing = [
        pool.submit(store.write, part(rank, 7)) for rank, store in enumerate(stores(tmp_path / "checkpoints", meeting))
    ]
    told, *others = [each.result() for each in writing]
    assert others == [None, None]
    assert told is not None
    directory, files = told
    names = [
        f"{kind}-0000{rank}-of-00003.safetensors" for rank in (1, 2, 3) for kind in ("weights", "optimizer", "average")
    ]
    assert [entry.name for entry in files] == [*names, "state.json", "manifest.json"]
    assert {entry.name for entry in files} == {path.name for path in directory.iterdir()}
    for rank in range(COUNT):
        found = read_checkpoint(directory, meeting.shards(rank))
        assert found.weights["w"].shape == (rank + 1, 2)
        assert found.average["w"].shape == (rank + 1, 2)
        assert found.best == {}


def test_where_one_cannot_write_there_is_no_checkpoint(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    meeting, root = Meeting(), tmp_path / "checkpoints"
    broken = part(1, 7)
    broken.weights["w"] = broken.weights["w"].repeat(2, 2).T[::2]  # not contiguous, which is refused

    def write(store: CheckpointStore, checkpoint: Checkpoint) -> None:
        try:
            store.write(checkpoint)
        finally:
            meeting.leave()

    parts = [part(0, 7), broken, part(2, 7)]
    writing = [pool.submit(write, store, own) for store, own in zip(stores(root, meeting), parts, strict=True)]
    errors = [each.exception() for each in writing]
    assert isinstance(errors[1], ValueError)
    assert isinstance(errors[0], BrokenBarrierError)
    assert not list(root.glob("step-*"))
    assert CheckpointStore(root, keep=2).newest(warn=pytest.fail) is None
    assert not list(root.iterdir())


def test_a_checkpoint_of_more_files_than_a_worker_takes_is_refused_before_it_trains() -> None:
    from tests.support.compiled import make_spec
    from trainyard_spec.validation import parse_training_spec

    made = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama"}, sharding="full", batch_size=64)
    spec = parse_training_spec(made | {"resources": {"slots": 2}})
    assert 4 * MOST_PROCESSES + 2 <= MOST_FILES
    with pytest.raises(EngineFault) as caught:
        shards_of(spec, Group(rank=0, size=MOST_PROCESSES + 1))
    assert (caught.value.failed.code, caught.value.failed.field) == ("too_many_processes", "training.sharding")


def test_alone_a_checkpoint_has_the_names_that_it_always_had() -> None:
    assert Shards().file_name("weights.safetensors") == "weights.safetensors"
