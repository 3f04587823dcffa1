"""A model keeps the patches and the stem that its images' size led to."""

from pathlib import Path

import pytest

from tests.support.compiled import make_spec, small_images
from tests.support.trainings import train_here
from trainyard_engine.core import preparation
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
    assert (resolved.patch_size, resolved.stem) == (4, "convolutional")
    monkeypatch.setattr(VitConfig, "patch_side", lambda *_, **__: 2)
    monkeypatch.setattr(VitConfig, "stem_for", lambda *_, **__: "patches")
    model = load_model(directory, "cpu", threads=1)
    assert (model.config.form.patch_size, model.config.form.stem) == (4, "convolutional")
    assert model.network.state_dict()["0.patches.0.weight"].shape == (32, 1, 3, 3)


def test_what_an_earlier_release_left_is_cut_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its models, and what goes on or starts from them, say nothing of a stem."""
    data = small_images(tmp_path / "data", rows=50, size=8)
    spec = make_spec("image_classification", TINY, epochs=2, checkpoint={"every_steps": 1})
    with monkeypatch.context() as earlier:
        earlier.setattr(VitConfig, "stem_for", lambda *_, **__: "patches")
        earlier.setattr(preparation, "resolved_stem", lambda *_: None)
        train_here(spec, data, tmp_path / "out")
    assert load_model(tmp_path / "out", "cpu", threads=1).network.state_dict()["0.patches.weight"].shape == (8, 1, 4, 4)
    (tmp_path / "out" / "manifest.json").unlink()  # as though it had been stopped before
    train_here(spec, data, tmp_path / "out")
    assert load_model(tmp_path / "out", "cpu", threads=1).network.state_dict()["0.patches.weight"].shape == (8, 1, 4, 4)
