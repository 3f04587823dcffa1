"""Text regression: numbers are learnt of texts, and of a text of which nothing is known the mean is told."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.compiled import make_spec, scored_texts, small_texts
from tests.support.pretrained import register
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict

TEXT_POOL = {"name": "text_pool", "embedding": 16, "hidden": []}


def spec_of(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec("text_regression", architecture, **{"batch_size": 16, "text": {"max_length": 20}, **training})


def test_numbers_are_learnt_and_beside_them_the_verdict_has_a_linear_model(tmp_path: Path) -> None:
    spec = spec_of(TEXT_POOL, epochs=30, optimizer={"name": "adamw", "lr": 0.02}, text={"tokenizer": "words"})
    result = train_here(spec, scored_texts(tmp_path / "data", rows=400), tmp_path / "out")[-1]
    assert result["test_metrics"]["r2"] > 0.8
    rivals = {rival["name"]: rival for rival in result["verdict"]["baselines"]}
    assert rivals.keys() >= {"mean", "median", "ridge_regression"}
    assert rivals["ridge_regression"]["value"] < rivals["mean"]["value"]


def test_of_an_unknown_text_the_mean_is_told_with_a_warning(tmp_path: Path) -> None:
    train_here(spec_of(TEXT_POOL, epochs=2), scored_texts(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    known, unknown = predict(model, ["word3 word5", "日本"])
    assert unknown["value"] == pytest.approx(model.config.target_mean)
    assert known["value"] != pytest.approx(model.config.target_mean)
    assert [warning["code"] for warning in unknown["warnings"]] == ["unknown_words"]


def test_several_numbers_are_told_together(tmp_path: Path) -> None:
    data = scored_texts(tmp_path / "data", targets=2)
    result = train_here(spec_of(TEXT_POOL, epochs=2), data, tmp_path / "out")[-1]
    assert {"rmse/t0", "rmse/t1"} <= result["test_metrics"].keys()
    (answer,) = predict(load_model(tmp_path / "out", "cpu", threads=1), ["word3"])
    assert answer["values"].keys() == {"t0", "t1"}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_pretrained_encoder_learns_them(tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register(tmp_path / "models", "tiny")))
    network = {"name": "pretrained", "model": "tiny", "method": method}
    spec = spec_of(network, epochs=8, optimizer={"name": "adamw", "lr": 0.01})
    said = train_here(spec, scored_texts(tmp_path / "data"), tmp_path / "out")
    losses = [loss for message in said for loss in message.get("values", {}).get("val_loss", ())]
    # Which words come first in the vocabulary is drawn anew by each process, and with them the last epoch's loss.
    assert min(losses[1:]) < losses[0]


def test_a_body_that_told_classes_serves_numbers(tmp_path: Path) -> None:
    classes = make_spec("text_classification", TEXT_POOL, epochs=1, text={"max_length": 20})
    train_here(classes, small_texts(tmp_path / "classes"), tmp_path / "parent")
    spec = {**spec_of(TEXT_POOL, epochs=1, fine_tuning={"freeze": True}), "init_from": "mdl_local"}
    train_here(spec, scored_texts(tmp_path / "data"), tmp_path / "child", init_from=tmp_path / "parent")
    first, second = (load_model(tmp_path / name, "cpu", threads=1).network.state_dict() for name in ("parent", "child"))
    assert torch.equal(first["embedding.weight"], second["embedding.weight"])
