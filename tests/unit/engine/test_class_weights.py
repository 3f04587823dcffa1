"""What rows count by class, against scikit-learn."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from tests.support.compiled import make_spec, small_images, write_images
from tests.support.trainings import train_here
from trainyard_engine.core.class_weights import class_weights
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_spec.training import TrainingConfig


@pytest.fixture
def skewed(tmp_path: Path) -> Dataset:
    target = np.repeat([0, 1, 2], [30, 15, 5])
    return open_dataset(write_images(tmp_path, np.zeros((50, 1, 4, 4)), target))


def test_balanced_weights_are_scikit_learns_over_the_training_rows(skewed: Dataset) -> None:
    train = np.arange(0, 50, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=skewed.target[train])
    assert class_weights(TrainingConfig(balance_classes=True), skewed, train) == pytest.approx(expected)


def test_given_weights_are_taken_as_they_are(skewed: Dataset) -> None:
    assert class_weights(TrainingConfig(class_weights=(1.0, 2.0, 3.0)), skewed, np.arange(50)) == (1.0, 2.0, 3.0)
    assert class_weights(TrainingConfig(), skewed, np.arange(50)) == ()


def test_another_number_of_weights_is_refused_before_the_first_step(tmp_path: Path) -> None:
    spec = make_spec("image_classification", {"name": "mlp"}, class_weights=[1, 2])
    with pytest.raises(EngineFault, match="2 class weights, and the data have 3 classes") as caught:
        train_here(spec, small_images(tmp_path / "data"), tmp_path / "out")
    failed = caught.value.failed
    assert (failed.code, failed.field) == ("class_weights_mismatch", "training.class_weights")
    assert "c0, c1, c2" in failed.hint
