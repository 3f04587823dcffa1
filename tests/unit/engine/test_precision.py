"""Numbers whose digits a float32 does not hold: they are centred and scaled in float64, and only then made smaller."""

import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from tests.support.compiling import accepted, array
from trainyard_engine.core.batches import BatchSource
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.statistics import Statistics, table_statistics, with_target
from trainyard_engine.modalities.encode import TableEncoder
from trainyard_engine.tasks.shared.regression import Regression
from trainyard_spec.datasets import TableProfile
from trainyard_spec.preprocessing import PreprocessConfig
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec

CPU = torch.device("cpu")
CASES = Path("tests/cases/float32-collapse")


def compiled(tmp_path: Path, case: str, task: Task) -> tuple[Dataset, Statistics]:
    source = Path(shutil.copy(CASES / case, tmp_path))
    accepted(source, task, target="y")
    dataset = open_dataset(tmp_path / "compiled")
    rows = np.arange(dataset.compiled.rows)
    return dataset, table_statistics(dataset.features["numeric"], rows, PreprocessConfig())


def encoded(dataset: Dataset, statistics: Statistics) -> npt.NDArray[np.float32]:
    profile = dataset.compiled.profile
    assert isinstance(profile, TableProfile)
    rows = np.arange(dataset.compiled.rows)
    (batch,) = BatchSource(dataset, CPU).batches(rows, size=len(rows))
    features: npt.NDArray[np.float32] = TableEncoder(profile, statistics, CPU)(batch.raw).numpy()
    return features


def test_seconds_since_1970_stay_apart(tmp_path: Path) -> None:
    dataset, statistics = compiled(tmp_path, "timestamps.csv", Task.TABULAR_CLASSIFICATION)

    features = encoded(dataset, statistics)

    seconds = np.array(dataset.features["numeric"][:, 0])
    assert features.dtype == np.float32
    assert len(np.unique(features)) == len(np.unique(seconds)) == 300
    np.testing.assert_allclose(features[:, 0], (seconds - seconds.mean()) / seconds.std(), rtol=1e-6)


def test_arrays_of_earlier_versions_are_read_alike(tmp_path: Path) -> None:
    dataset, _ = compiled(tmp_path, "counter.csv", Task.TABULAR_REGRESSION)
    rows = np.arange(dataset.compiled.rows)
    expected = encoded(dataset, table_statistics(dataset.features["numeric"], rows, PreprocessConfig()))

    dataset.features["numeric"] = np.float32(dataset.features["numeric"])
    found = encoded(dataset, table_statistics(dataset.features["numeric"], rows, PreprocessConfig()))

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("case", ["target.csv", "counter.csv"])
def test_a_large_target_is_learnt_and_told_to_its_last_digit(tmp_path: Path, case: str) -> None:
    dataset, statistics = compiled(tmp_path, case, Task.TABULAR_REGRESSION)
    target = np.array(array(tmp_path / case, "target"))
    spec = TrainingSpec.model_validate(
        {"name": "far", "dataset": "dsv_local", "task": "tabular_regression", "architecture": {"name": "mlp"}}
    )
    objective = Regression(spec, with_target(statistics, dataset.target, np.arange(len(target))))
    standardized = (target - target.mean()) / target.std()
    outputs = torch.from_numpy(standardized)[:, None].float().requires_grad_()

    loss = objective.loss(outputs, torch.from_numpy(target)).total
    loss.backward()

    assert outputs.grad is not None
    assert outputs.grad.dtype == torch.float32
    assert loss.item() < 1e-12
    np.testing.assert_allclose(objective.values(outputs.detach()).numpy(), target, atol=1e-4, rtol=0)
