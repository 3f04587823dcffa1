"""What every split promises, whatever the labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.rng import permutation
from trainyard_engine.core.split import split_as_given, split_by_time, split_rows
from trainyard_spec.part_sizes import empty_parts, sizes_as_given, sizes_by_chance, sizes_by_time
from trainyard_spec.splits import SplitConfig

labels = st.lists(st.integers(0, 6), min_size=40, max_size=200)
fractions = st.tuples(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8))
seeds = st.integers(0, 2**31 - 1)


def spec_of(parts: tuple[int, int, int], seed: int) -> SplitConfig:
    total = sum(parts)
    return SplitConfig(train=parts[0] / total, val=parts[1] / total, test=parts[2] / total, seed=seed)


@given(values=labels, parts=fractions, seed=seeds)
def test_every_row_is_in_exactly_one_part(values: list[int], parts: tuple[int, int, int], seed: int) -> None:
    split = split_rows(np.array(values), spec_of(parts, seed))
    rows = np.concatenate([split.train, split.val, split.test])
    assert sorted(rows.tolist()) == list(range(len(values)))


@given(values=labels, parts=fractions, seed=seeds)
def test_every_label_trains_and_is_spread_in_proportion(
    values: list[int], parts: tuple[int, int, int], seed: int
) -> None:
    spec = spec_of(parts, seed)
    split = split_rows(np.array(values), spec)
    array = np.array(values)
    for label in set(values):
        count = int((array == label).sum())
        assert (array[split.train] == label).any()
        assert (array[split.val] == label).sum() <= count * spec.val + 1
        assert (array[split.test] == label).sum() <= count * spec.test + 1
        if count >= 20:
            assert (array[split.val] == label).sum() >= min(count * spec.val, count * (1 - spec.test) - 1) - 2


@given(
    counts=st.lists(st.integers(3, 40), min_size=1, max_size=8),
    parts=fractions.filter(lambda parts: parts[0] >= 2),
    seed=seeds,
)
def test_every_class_of_three_rows_is_everywhere(counts: list[int], parts: tuple[int, int, int], seed: int) -> None:
    spec, array = spec_of(parts, seed), np.repeat(np.arange(len(counts)), counts)
    split = split_rows(array, spec, everywhere=True)
    assert sorted(np.concatenate([split.train, split.val, split.test]).tolist()) == list(range(len(array)))
    sizes = np.array(counts)
    train, val, test = (
        np.bincount(array[part], minlength=len(counts)) for part in (split.train, split.val, split.test)
    )
    assert min(train.min(), val.min(), test.min()) >= 1
    # Within a row of what is asked for, as far as one is left for train.
    for found, fraction, most in ((val, spec.val, sizes - 2), (test, spec.test, sizes - 1 - val)):
        assert (np.abs(found - np.minimum(np.maximum(sizes * fraction, 1), most)) <= 1 + 1e-9).all()


@given(values=labels, parts=fractions, seed=seeds)
def test_the_same_spec_splits_the_same(values: list[int], parts: tuple[int, int, int], seed: int) -> None:
    spec = spec_of(parts, seed)
    first, second = split_rows(np.array(values), spec), split_rows(np.array(values), spec)
    assert first.train.tolist() == second.train.tolist()
    assert first.test.tolist() == second.test.tolist()


@given(rows=st.integers(0, 300), seed=seeds)
def test_a_permutation_holds_every_row_once(rows: int, seed: int) -> None:
    assert sorted(permutation(rows, "order", seed).tolist()) == list(range(rows))


@given(values=st.lists(st.integers(0, 6), min_size=1, max_size=60), parts=fractions, everywhere=st.booleans())
def test_the_contract_counts_the_rows_of_each_part_without_seeing_them(
    values: list[int], parts: tuple[int, int, int], everywhere: bool
) -> None:
    labels, spec = np.array(values), spec_of(parts, seed=0)
    sizes = sizes_by_chance(np.bincount(labels).tolist(), spec, everywhere=everywhere)
    assert sum(sizes) == len(values)
    if all(sizes):
        split = split_rows(labels, spec, everywhere=everywhere)
        assert sizes == (len(split.train), len(split.val), len(split.test))
    else:
        with pytest.raises(EngineFault) as caught:
            split_rows(labels, spec, everywhere=everywhere)
        [first, *_] = empty_parts(sizes)
        assert (caught.value.failed.field, caught.value.failed.message) == (first.field, first.message)


@given(rows=st.integers(3, 400), parts=fractions)
def test_the_contract_counts_the_rows_of_a_split_by_time(rows: int, parts: tuple[int, int, int]) -> None:
    spec = spec_of(parts, seed=0)
    split = split_by_time(np.arange(rows, dtype=np.float64), spec)
    assert sizes_by_time(rows, spec) == (len(split.train), len(split.val), len(split.test))


@given(given_parts=st.lists(st.sampled_from([0, 0, 1, 2]), min_size=1, max_size=60), parts=fractions)
def test_the_contract_counts_the_rows_that_are_given_to_each_part(
    given_parts: list[int], parts: tuple[int, int, int]
) -> None:
    column, split = np.array(given_parts, dtype=np.float64), spec_of(parts, seed=0)
    found = split_as_given(column, np.zeros(len(column), dtype=np.int64), split, everywhere=False)
    rows = tuple(np.bincount(np.array(given_parts), minlength=3).tolist())
    assert sizes_as_given(rows, split, has_classes=False) == (len(found.train), len(found.val), len(found.test))
