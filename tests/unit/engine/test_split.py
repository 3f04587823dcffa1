"""Splits at their edges."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.compiled import small_table, small_texts, with_parts
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.rng import key_of, permutation
from trainyard_engine.core.split import missing_classes, split_as_given, split_examples, split_rows
from trainyard_spec.splits import SplitConfig


def test_exact_sizes_on_even_classes() -> None:
    labels = np.repeat(np.arange(10), 100)
    split = split_rows(labels, SplitConfig())
    assert np.bincount(labels[split.train]).tolist() == [80] * 10
    assert np.bincount(labels[split.val]).tolist() == [10] * 10
    assert np.bincount(labels[split.test]).tolist() == [10] * 10


def test_many_tiny_classes_still_fill_every_part() -> None:
    split = split_rows(np.repeat(np.arange(50), 3), SplitConfig())
    assert (len(split.train), len(split.val), len(split.test)) == (120, 15, 15)


def test_a_class_of_three_rows_has_one_in_each_part() -> None:
    labels = np.repeat([0, 1, 2], [97, 3, 4])
    split = split_rows(labels, SplitConfig(), everywhere=True)
    for part in (split.val, split.test):
        assert np.bincount(labels[part]).tolist() == [10, 1, 1]
    assert np.bincount(labels[split.train]).tolist() == [77, 1, 2]


def test_given_parts_without_a_validation_lend_it_training_rows() -> None:
    labels, parts = np.repeat([0, 1], [60, 40]), np.tile([0.0, 0.0, 0.0, 2.0], 25)
    split = split_as_given(parts, labels, SplitConfig(train=0.6, val=0.2, test=0.2), everywhere=True)
    assert split.test.tolist() == list(range(3, 100, 4))
    assert np.bincount(labels[split.val]).tolist() == [11, 8]
    assert sorted([*split.train, *split.val]) == np.flatnonzero(parts == 0).tolist()


def test_given_parts_without_a_test_are_refused(tmp_path: Path) -> None:
    data = with_parts(small_table(tmp_path), np.arange(200) % 2)
    with pytest.raises(EngineFault, match="The data give no row to the test part") as caught:
        split_examples(open_dataset(data), SplitConfig(by="given"))
    assert caught.value.failed.hint == "Mark rows for it, or split at random."


def test_classes_that_a_part_lacks_are_named(tmp_path: Path) -> None:
    parts = np.repeat([0, 1, 2], [60, 30, 60])
    data = with_parts(small_texts(tmp_path), parts)
    dataset = open_dataset(data)
    parts[dataset.target == 1] = 0
    split = split_as_given(parts, dataset.target, SplitConfig(), everywhere=True)
    said = list(missing_classes(dataset, split))
    assert [sentence.partition(" part")[0] for sentence in said] == ["The val", "The test"]
    assert "no row of 1 classes, which are left out of its means over classes: 'c1'" in said[1]
    assert list(missing_classes(dataset, split_examples(dataset, SplitConfig()))) == []


def test_another_seed_splits_differently() -> None:
    labels = np.zeros(100, dtype=np.int64)
    assert (
        split_rows(labels, SplitConfig(seed=0)).test.tolist() != split_rows(labels, SplitConfig(seed=1)).test.tolist()
    )


def test_too_few_rows_are_the_users_to_mend() -> None:
    with pytest.raises(EngineFault, match="the val part of the split would be empty") as caught:
        split_rows(np.zeros(3, dtype=np.int64), SplitConfig())
    assert caught.value.failed.field == "split.val"


def test_a_regression_is_one_stratum(tmp_path: Path) -> None:
    dataset = open_dataset(small_table(tmp_path, is_regression=True))
    expected = split_rows(np.zeros(dataset.compiled.rows, dtype=np.int64), SplitConfig())
    assert split_examples(dataset, SplitConfig()).test.tolist() == expected.test.tolist()


def test_draws_never_change_between_releases() -> None:
    """A stored model's test rows must be found again: these numbers are part of the format."""
    assert key_of("order", 0, 3) == 6912940680896992462
    assert permutation(10, "split", 0).tolist() == [9, 6, 1, 2, 0, 3, 8, 7, 4, 5]


def test_keys_tell_numbers_from_texts_and_where_parts_end() -> None:
    keys = {key_of(1, 2), key_of(12), key_of("1", 2), key_of("1\x1f2"), key_of(2, 1)}
    assert len(keys) == 5
