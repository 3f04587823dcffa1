"""Which rows of a batch each process of a group computes, and what they count."""

from collections.abc import Callable

import pytest
import torch

from tests.support.compiled import make_spec
from trainyard_engine.core.batches import Batch
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.resolution import smallest_batch
from trainyard_spec.validation import parse_training_spec


def batch_of(rows: int) -> Batch:
    return Batch(raw=(torch.arange(rows),), target=torch.arange(rows))


@pytest.mark.parametrize("rows", [4, 5, 7, 64, 65])
@pytest.mark.parametrize("size", [1, 2])
def test_every_row_is_computed_once(rows: int, size: int) -> None:
    shares = [Group(rank=rank, size=size).shard(batch_of(rows)) for rank in range(size)]
    assert torch.cat([own.target for own, _ in shares]).tolist() == list(range(rows))
    assert {times for _, times in shares} == {1}


@pytest.mark.parametrize("rows", [1, 3, 15])
def test_a_batch_too_small_to_share_is_computed_by_all_and_counts_once(rows: int) -> None:
    shares = [Group(rank=rank, size=8).shard(batch_of(rows)) for rank in range(8)]
    assert all(own.target.tolist() == list(range(rows)) for own, _ in shares)
    assert {times for _, times in shares} == {8}


@pytest.mark.parametrize(("rows", "size", "at_once", "smallest"), [
    (64, 1, 64, 64), (1, 1, 64, 1), (65, 1, 64, 1), (64, 2, 64, 32), (9, 2, 64, 4), (3, 2, 64, 3), (1, 2, 64, 1),
    (18, 2, 8, 1), (16, 2, 8, 8), (17, 2, 8, 1),
])  # fmt: skip
def test_the_smallest_part_is_what_a_norm_has_to_do_with(rows: int, size: int, at_once: int, smallest: int) -> None:
    assert smallest_batch(rows, batch_size=at_once, accumulate=rows, slots=size) == smallest
    shares = (Group(rank=rank, size=size).shard(batch_of(rows))[0] for rank in range(size))
    assert min(len(part.target) for own in shares for part in own.parts(at_once)) == smallest


@pytest.mark.parametrize("slots", [0, 9])
def test_a_job_has_from_one_to_eight_slots(slots: int, problems_of: Callable[..., list[str]]) -> None:
    assert problems_of(slots) == ["resources.slots"]


@pytest.fixture
def problems_of() -> Callable[[int], list[str]]:
    def problems(slots: int) -> list[str]:
        spec = make_spec("tabular_classification", {"name": "mlp"}) | {"resources": {"slots": slots}}
        with pytest.raises(ValueError, match="resources") as caught:
            parse_training_spec(spec)
        return [problem.field for problem in caught.value.problems]  # type: ignore[attr-defined]

    return problems
