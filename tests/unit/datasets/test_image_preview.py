"""What stands beside the pictures of a preview."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.compiled import write_images
from trainyard.datasets import previews
from trainyard_engine.core.dataset import open_dataset

IMAGES = np.zeros((4, 1, 8, 8))


@pytest.mark.parametrize(
    ("target", "labels"),
    [
        (np.array([0, 1, 1, 0]), ["c0", "c1", "c1", "c0"]),
        (np.array([[0, 1], [1, 1], [0, 0], [1, 0]], dtype=np.uint8), ["c1", "c0, c1", "", "c0"]),
        (np.array([0.5, 1e9, -3.0, 2.25]), ["0.5", "1000000000.0", "-3.0", "2.25"]),
        (np.array([[0.5, 1e9]] * 4), ["t0 0.5, t1 1e+09"] * 4),
    ],
    ids=["classes", "labels", "number", "numbers"],
)
def test_an_image_is_shown_with_what_is_to_be_predicted_of_it(
    tmp_path: Path, target: npt.NDArray[np.float64], labels: list[str]
) -> None:
    directory = write_images(tmp_path / "data", IMAGES, target)
    preview = json.loads(previews.build(open_dataset(directory).compiled, directory))
    assert [image["label"] for image in preview["images"]] == labels
