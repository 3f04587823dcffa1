"""Statistics and encoders against NumPy and scikit-learn, and batches against plain indexing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from tests.support.compiled import small_images, small_table, write_images, write_table
from trainyard_engine.core import batches
from trainyard_engine.core.batches import BatchSource
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.split import Rows
from trainyard_engine.core.statistics import Statistics, image_statistics, table_statistics, with_target
from trainyard_engine.modalities.encode import ImageEncoder, TableEncoder
from trainyard_spec.datasets import ImageProfile, TableProfile
from trainyard_spec.preprocessing import PreprocessConfig

CPU = torch.device("cpu")
STANDARDIZE = PreprocessConfig()


def measured(dataset: Dataset, rows: Rows, spec: PreprocessConfig) -> Statistics:
    if isinstance(dataset.compiled.profile, ImageProfile):
        return image_statistics(dataset.features["images"], rows, spec)
    return table_statistics(dataset.features["numeric"], rows, spec)


def encoder_of(dataset: Dataset, statistics: Statistics) -> ImageEncoder | TableEncoder:
    profile = dataset.compiled.profile
    if isinstance(profile, ImageProfile):
        return ImageEncoder(profile, statistics, CPU)
    assert isinstance(profile, TableProfile)
    return TableEncoder(profile, statistics, CPU)


def test_image_statistics_are_per_channel_over_the_given_rows(tmp_path: Path) -> None:
    dataset = open_dataset(small_images(tmp_path, channels=3))
    rows = np.arange(0, 100, 3)
    statistics = measured(dataset, rows, STANDARDIZE)
    chosen = dataset.features["images"][rows].astype(np.float64)
    assert statistics.shift == pytest.approx(chosen.mean(axis=(0, 2, 3)), rel=1e-12)
    assert statistics.scale == pytest.approx(chosen.std(axis=(0, 2, 3)), rel=1e-9)


def test_encoded_images_are_standardized(tmp_path: Path) -> None:
    dataset = open_dataset(small_images(tmp_path, channels=3))
    rows = np.arange(dataset.compiled.rows)
    encode = encoder_of(dataset, measured(dataset, rows, STANDARDIZE))
    (batch,) = BatchSource(dataset, CPU).batches(rows, size=len(rows))
    encoded = encode(batch.raw)
    assert encoded.shape == (150, 3, 8, 8)
    assert encoded.mean(dim=(0, 2, 3)).tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert encoded.std(dim=(0, 2, 3), correction=0).tolist() == pytest.approx([1, 1, 1], abs=1e-5)


def test_encoded_tables_agree_with_scikit_learn(tmp_path: Path) -> None:
    dataset = open_dataset(small_table(tmp_path))
    train = np.arange(0, 200, 2)
    numeric, categorical = dataset.features["numeric"], dataset.features["categorical"]
    encode = encoder_of(dataset, measured(dataset, train, STANDARDIZE))
    (batch,) = BatchSource(dataset, CPU).batches(np.arange(200), size=200)

    scaled = np.nan_to_num(StandardScaler().fit(numeric[train].astype(np.float64)).transform(numeric))
    stored = np.where(categorical < 0, 3, categorical)
    one_hot = OneHotEncoder(categories=[range(4)] * 2, sparse_output=False).fit_transform(stored)
    np.testing.assert_allclose(encode(batch.raw), np.hstack([scaled, one_hot]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("impute", ["mean", "median"])
@pytest.mark.parametrize(
    ("scale", "scaler"), [("standardize", StandardScaler()), ("min_max", MinMaxScaler()), ("none", None)]
)
def test_scaling_and_imputation_agree_with_scikit_learn(tmp_path: Path, scale: str, scaler: Any, impute: str) -> None:
    dataset = open_dataset(small_table(tmp_path))
    train, numeric = np.arange(0, 200, 2), dataset.features["numeric"].astype(np.float64)
    spec = PreprocessConfig.model_validate({"scale": scale, "impute": impute})
    encode = encoder_of(dataset, measured(dataset, train, spec))
    (batch,) = BatchSource(dataset, CPU).batches(np.arange(200), size=200)

    expected = SimpleImputer(strategy=impute).fit(numeric[train]).transform(numeric)
    if scaler is not None:
        expected = scaler.fit(numeric[train]).transform(expected)
    np.testing.assert_allclose(encode(batch.raw)[:, :4], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("scale", "low", "high"), [("min_max", 0.0, 1.0), ("none", 5.0, 200.0)])
def test_images_can_keep_their_values_or_span_0_to_1(tmp_path: Path, scale: str, low: float, high: float) -> None:
    images = np.random.default_rng(1).integers(5, 201, (20, 3, 8, 8))
    images[0, :, 0, :2] = 5, 200
    dataset = open_dataset(write_images(tmp_path, images, np.arange(20) % 2))
    rows, spec = np.arange(20), PreprocessConfig.model_validate({"scale": scale})
    encode = encoder_of(dataset, measured(dataset, rows, spec))
    (batch,) = BatchSource(dataset, CPU).batches(rows, size=20)
    encoded = encode(batch.raw)
    assert (encoded.amin((0, 2, 3)).tolist(), encoded.amax((0, 2, 3)).tolist()) == ([low] * 3, [high] * 3)


def test_an_empty_column_is_filled_with_zeros_whatever_the_rule(tmp_path: Path) -> None:
    numeric = np.array([[4.0, np.nan]] * 6)
    dataset = open_dataset(write_table(tmp_path, numeric, np.empty((6, 0), dtype=int), np.arange(6) % 2))
    spec = PreprocessConfig(scale="min_max", impute="median")
    statistics = measured(dataset, np.arange(6), spec)
    assert (statistics.shift, statistics.scale, statistics.fill) == ((4.0, 0.0), (1.0, 1.0), (4.0, 0.0))


def test_constant_and_empty_columns_become_zeros(tmp_path: Path) -> None:
    numeric = np.array([[4.0, np.nan]] * 6)
    dataset = open_dataset(write_table(tmp_path, numeric, np.empty((6, 0), dtype=int), np.arange(6) % 2))
    statistics = measured(dataset, np.arange(6), STANDARDIZE)
    assert (statistics.shift, statistics.scale) == ((4.0, 0.0), (1.0, 1.0))
    (batch,) = BatchSource(dataset, CPU).batches(np.arange(6), size=6)
    assert encoder_of(dataset, statistics)(batch.raw).tolist() == [[0.0, 0.0]] * 6


def test_a_regressions_target_statistics_are_those_of_the_given_rows(tmp_path: Path) -> None:
    dataset = open_dataset(small_table(tmp_path, is_regression=True))
    statistics = with_target(Statistics(), dataset.target, np.arange(50))
    assert statistics.target_mean == pytest.approx(dataset.target[:50].astype(np.float64).mean())
    assert statistics.target_std == pytest.approx(dataset.target[:50].astype(np.float64).std())


@pytest.mark.parametrize("resident_bytes", [0, 1 << 30], ids=["from disk", "resident"])
def test_batches_are_the_rows_in_order_and_may_begin_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resident_bytes: int
) -> None:
    monkeypatch.setattr(batches, "RESIDENT_BYTES", resident_bytes)
    dataset = open_dataset(small_images(tmp_path))
    rows = np.random.default_rng(1).permutation(150)[:50]
    found = list(BatchSource(dataset, CPU).batches(rows, size=16))
    assert [len(batch.target) for batch in found] == [16, 16, 16, 2]
    assert torch.cat([batch.target for batch in found]).tolist() == dataset.target[rows].tolist()
    np.testing.assert_array_equal(torch.cat([batch.raw[0] for batch in found]), dataset.features["images"][rows])

    (late,) = BatchSource(dataset, CPU).batches(rows, size=16, first=3)
    assert late.target.tolist() == found[3].target.tolist()


@pytest.mark.parametrize("missing", ["dataset.json", "images.npy", "target.npy"])
def test_half_a_dataset_is_refused(tmp_path: Path, missing: str) -> None:
    small_images(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(EngineFault, match="is not a compiled dataset") as caught:
        open_dataset(tmp_path)
    assert (caught.value.failed.code, caught.value.status) == ("invalid_dataset", 2)


def test_arrays_of_different_lengths_are_refused(tmp_path: Path) -> None:
    small_images(tmp_path)
    np.save(tmp_path / "target.npy", np.zeros(7, dtype=np.int64))
    with pytest.raises(EngineFault, match="does not hold 150 rows"):
        open_dataset(tmp_path)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    small_images(tmp_path)
    np.save(tmp_path / "target.npy", np.array([{}], dtype=object))
    with pytest.raises(EngineFault, match="is not a compiled dataset"):
        open_dataset(tmp_path)
