"""Language models learn one thing after another: answers first, then which of two is preferred."""

import json
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.compiled import make_spec, write_documents
from tests.support.conversations import small_conversations, small_pairs
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.faults import EngineFault

NETWORKS: dict[str, dict[str, Any]] = {
    "lora": {"name": "causal_lm", "model": "tiny-lm", "rank": 4},
    "full": {"name": "causal_lm", "model": "tiny-lm", "method": "full"},
}
TUNING = {"tuning": {"max_length": 64}}
STILL = {"optimizer": {"name": "sgd", "lr": 1e-9, "momentum": 0}}
Started = tuple[dict[str, Any], Path]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = register_language_model(tmp_path / "models")
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
    return directory


@pytest.fixture(params=NETWORKS)
def started(request: pytest.FixtureRequest, tmp_path: Path, models: Path) -> Started:
    """The network of a model that has learnt to answer, and that model."""
    network = NETWORKS[request.param]
    training = {"epochs": 2, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}, **TUNING}
    spec = make_spec("instruction_tuning", network, **training)
    train_here(spec, small_conversations(tmp_path / "conversations"), tmp_path / "parent")
    return network, tmp_path / "parent"


def preferring(network: dict[str, Any], **training: Any) -> dict[str, Any]:
    spec = make_spec("preference_tuning", network, **{"epochs": 1, "batch_size": 8, **TUNING, **training})
    return spec | {"init_from": "mdl_local"}


def test_preferences_are_learnt_from_where_answers_ended(started: Started, tmp_path: Path) -> None:
    """Before the first step the network is its own reference: nothing is preferred, which costs the logarithm of 2."""
    network, parent = started
    spec = preferring(network, loss="dpo", **STILL)
    said = train_here(spec, small_pairs(tmp_path / "pairs"), tmp_path / "out", init_from=parent)
    (losses,) = [message["values"]["val_loss"] for message in said if "val_loss" in message.get("values", {})]
    assert losses == pytest.approx([log(2)], abs=1e-5)
    before, after = (load_file(place / "model.safetensors") for place in (parent, tmp_path / "out"))
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[name].float(), after[name].float(), atol=1e-6) for name in before)
    lineage = json.loads((tmp_path / "out" / "manifest.json").read_bytes())["init_from"]
    assert lineage["head"] == "kept"


def test_a_step_moves_away_from_the_reference_which_stays(started: Started, tmp_path: Path) -> None:
    network, parent = started
    spec = preferring(network, loss="dpo", epochs=3, optimizer={"name": "adamw", "lr": 0.01})
    result = train_here(spec, small_pairs(tmp_path / "pairs"), tmp_path / "out", init_from=parent)[-1]
    assert result["test_metrics"]["reward_margin"] > 0
    assert result["test_metrics"]["loss"] < log(2)


def test_an_interruption_changes_no_bit(started: Started, tmp_path: Path) -> None:
    network, parent = started
    spec = preferring(network, checkpoint={"every_steps": 2}, regularization={"dropout": 0.1})
    data = small_pairs(tmp_path / "pairs")
    whole = train_here(spec, data, tmp_path / "whole", init_from=parent)[-1]
    stopped = interrupted_here(spec, data, tmp_path / "stopped", init_from=parent, after=[3])[-1]
    assert stopped["weights_sha256"] == whole["weights_sha256"]


def test_documents_are_learnt_after_conversations(started: Started, tmp_path: Path) -> None:
    network, parent = started
    data = write_documents(tmp_path / "documents", [f"word{row} is a word of {row} words" for row in range(40)])
    training = {"epochs": 1, "batch_size": 8, "text": {"max_length": 64}, **STILL}
    spec = make_spec("language_modelling", network, **training) | {"init_from": "mdl_local"}
    train_here(spec, data, tmp_path / "out", init_from=parent)
    before, after = (load_file(place / "model.safetensors") for place in (parent, tmp_path / "out"))
    assert all(torch.allclose(before[name].float(), after[name].float(), atol=1e-6) for name in before)


def test_all_weights_need_no_registered_model_and_adapters_do(
    started: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, parent = started
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    data = small_pairs(tmp_path / "pairs")
    if network.get("method") == "full":
        assert train_here(preferring(network), data, tmp_path / "out", init_from=parent)[-1]["type"] == "result"
        return
    with pytest.raises(EngineFault) as caught:
        train_here(preferring(network), data, tmp_path / "out", init_from=parent)
    assert caught.value.failed.code == "unknown_model"


@pytest.mark.parametrize("change", [{"rank": 8}, {"alpha": 64}, {"target_modules": "attention"}])
def test_adapters_of_another_form_are_refused_by_name(tmp_path: Path, models: Path, change: dict[str, Any]) -> None:
    training = {"epochs": 1, "batch_size": 8, **TUNING}
    data = small_conversations(tmp_path / "conversations")
    train_here(make_spec("instruction_tuning", NETWORKS["lora"], **training), data, tmp_path / "parent")
    spec = preferring({**NETWORKS["lora"], **change})
    with pytest.raises(EngineFault) as caught:
        train_here(spec, small_pairs(tmp_path / "pairs"), tmp_path / "out", init_from=tmp_path / "parent")
    (name,) = change
    assert (caught.value.failed.code, caught.value.failed.field) == (
        "start_architecture_mismatch",
        f"architecture.{name}",
    )
