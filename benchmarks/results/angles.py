"""By how much handwritten digits were turned: a convolutional network, beside models of pixels."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error
from sklearn.neighbors import KNeighborsRegressor

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import SPLIT, Array, Compared, trained
from tests.support.compiled import write_images
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import Split, split_examples

ROWS, SIDE, MOST_DEGREES = 900, 16, 60
MODELS: dict[str, Any] = {
    "mean": DummyRegressor(),
    "ridge": Ridge(),
    "5 nearest neighbours": KNeighborsRegressor(5),
    "random forest": RandomForestRegressor(random_state=0),
}


def run(directory: Path) -> list[ResultRow]:
    images, degrees = turned_digits()
    data = write_images(directory / "data", images, degrees)
    ours = trained(
        "image_regression",
        {"name": "cnn", "channels": [16, 32], "hidden": [64]},
        data,
        directory / "out",
        epochs=40,
        batch_size=32,
        optimizer={"name": "adamw", "lr": 0.003},
    )
    split = split_examples(open_dataset(data), SPLIT)
    baseline, *references = (
        Figure(name, _mean_error(model, images.reshape(ROWS, -1) / 255, degrees, split))
        for name, model in MODELS.items()
    )
    compared = Compared(
        task="image regression", data="turned digits", metric="MAE", baseline=baseline, references=tuple(references)
    )
    return [compared.row("cnn", ours)]


def turned_digits() -> tuple[Array, Array]:
    """The first digits, uint8 (rows, 1, side, side), and by how many degrees each was turned, float64 (rows,)."""
    degrees = np.random.default_rng(0).uniform(-MOST_DEGREES, MOST_DEGREES, ROWS)
    turned = [
        Image.fromarray((digit * 15.9).astype(np.uint8)).resize((SIDE, SIDE)).rotate(angle, Image.Resampling.BILINEAR)
        for digit, angle in zip(load_digits().images[:ROWS], degrees, strict=True)
    ]
    return np.stack(turned)[:, None], degrees


def _mean_error(model: Any, inputs: Array, target: Array, split: Split) -> float:
    predicted = model.fit(inputs[split.train], target[split.train]).predict(inputs[split.test])
    return float(mean_absolute_error(target[split.test], predicted))
