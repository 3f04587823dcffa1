"""A model keeps the patches that its images' size led to."""

from pathlib import Path

import pytest

from tests.support.compiled import make_spec, small_images
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model, read_manifest
from trainyard_spec.architectures.vit import VitConfig

TINY = {"name": "vit", "d_model": 8, "num_layers": 1, "num_heads": 2}


def test_a_model_says_its_patches_and_reads_them_whatever_would_be_chosen_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = small_images(tmp_path / "data", rows=50, size=8)
    train_here(make_spec("image_classification", TINY, epochs=1), data, tmp_path / "out")
    directory = tmp_path / "out"
    resolved = read_manifest(directory).resolved
    assert resolved is not None
    assert resolved.patch_size == 4
    monkeypatch.setattr(VitConfig, "patch_side", lambda *_, **__: 2)
    model = load_model(directory, "cpu", threads=1)
    assert model.config.form.patch_size == 4
    assert model.network.state_dict()["0.patches.weight"].shape == (8, 1, 4, 4)
