"""A model trained whole goes on by adapters, and adapters go on whole: of every pretrained network."""

import json
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.architecture_matrix import Pair, architecture_matrix
from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations, small_pairs
from tests.support.pretrained import register_all
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_spec.tasks import Task

PAIRS = {
    f"{pair.spec['architecture']['name']}-{pair.task}": pair
    for pair in architecture_matrix()
    if pair.spec["architecture"]["name"] in ("pretrained", "causal_lm")
}
"""One of each task that has both methods."""
LORA = {"name": "causal_lm", "model": "tiny-lm", "rank": 4}
FULL = {"name": "causal_lm", "model": "tiny-lm", "method": "full"}
STILL = {"optimizer": {"name": "sgd", "lr": 1e-9, "momentum": 0}}
DENSE = "model.layers.0.self_attn.q_proj.weight"
OF_ADAPTERS = ("rank", "alpha", "adapter_dropout", "target_modules", "base_dtype")
Weights = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return register_language_model(register_all(tmp_path_factory.mktemp("models")))


@pytest.fixture
def models(registered: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(registered))
    return registered


def by(method: str, network: dict[str, Any]) -> dict[str, Any]:
    """``network`` trained by ``method``; its settings of adapters go where there are none."""
    kept = {name: value for name, value in network.items() if method == "lora" or name not in OF_ADAPTERS}
    return {**kept, "method": method, **({"rank": 2} if method == "lora" else {})}


def answering(network: dict[str, Any], **training: Any) -> dict[str, Any]:
    learnt = {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 64}, "optimizer": {"name": "adamw", "lr": 0.01}}
    return make_spec("instruction_tuning", network, **learnt | training)


def on(spec: dict[str, Any]) -> dict[str, Any]:
    return spec | {"init_from": "mdl_local"}


def weights_of(out: Path) -> Weights:
    return load_file(out / "model.safetensors")


def manifest(out: Path) -> Any:
    return json.loads((out / "manifest.json").read_bytes())


@pytest.mark.parametrize("methods", [("full", "lora"), ("lora", "full")], ids="-then-".join)
@pytest.mark.parametrize("name", PAIRS)
def test_goes_on_by_the_other_method_and_from_an_interruption(
    name: str, methods: tuple[str, str], models: Path, tmp_path: Path
) -> None:
    pair: Pair = PAIRS[name]
    training = pair.spec["training"] | {"epochs": 1}
    first, then = (
        {**pair.spec, "training": training, "architecture": by(m, pair.spec["architecture"])} for m in methods
    )
    data = pair.write(tmp_path / "data")
    parent = train_here(first, data, tmp_path / "parent")[-1]

    whole = train_here(on(then), data, tmp_path / "whole", init_from=tmp_path / "parent")[-1]
    stopped = interrupted_here(on(then), data, tmp_path / "stopped", init_from=tmp_path / "parent", after=[3])[-1]

    assert stopped["weights_sha256"] == whole["weights_sha256"] != parent["weights_sha256"]
    lineage = manifest(tmp_path / "whole")["init_from"]
    assert (lineage["weights_sha256"], lineage["head"]) == (parent["weights_sha256"], "kept")
    weights = load_model(tmp_path / "whole", "cpu", threads=1).network.state_dict()
    assert not any(".lora_" in weight for weight in weights)


def test_adapters_learn_on_the_weights_of_the_model_and_end_in_them(models: Path, tmp_path: Path) -> None:
    """What they add to a dense layer has their rank, all else stays to the bit, and no registered model is needed."""
    data = small_conversations(tmp_path / "data")
    train_here(answering(FULL), data, tmp_path / "parent")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("TRAINYARD_ENGINE_MODELS")
        said = train_here(on(answering(LORA)), data, tmp_path / "child", init_from=tmp_path / "parent")
        load_model(tmp_path / "child", "cpu", threads=1)
    before, after = weights_of(tmp_path / "parent"), weights_of(tmp_path / "child")
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved == {name for name in before if "proj" in name}
    assert all(torch.linalg.matrix_rank(after[name] - before[name], atol=1e-5) <= LORA["rank"] for name in moved)
    assert said[-1]["parameters"] < sum(map(torch.numel, after.values())) / 2


@pytest.mark.parametrize("imported", [False, True], ids=["own", "imported"])
def test_adapters_that_go_on_whole_begin_with_what_peft_merges(models: Path, tmp_path: Path, imported: bool) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    data, parent = small_conversations(tmp_path / "data"), tmp_path / "parent"
    train_here(answering(LORA), data, parent)
    if imported:
        for name in ("manifest.json", "config.json", "model.safetensors"):
            (parent / name).unlink()
    train_here(on(answering(FULL, **STILL)), data, tmp_path / "child", init_from=parent)
    base: Any = AutoModelForCausalLM.from_pretrained(models / "tiny-lm", dtype=torch.float32)
    merged = PeftModel.from_pretrained(base, str(parent)).merge_and_unload().state_dict()
    after = weights_of(tmp_path / "child")
    assert all(torch.allclose(after[name], merged[name], atol=1e-6) for name in after)
    assert not torch.allclose(after[DENSE], load_file(models / "tiny-lm" / "model.safetensors")[DENSE], atol=1e-4)


def test_a_chain_of_methods_is_told_by_its_last(models: Path, tmp_path: Path) -> None:
    data = small_conversations(tmp_path / "data")
    chain = [tmp_path / name for name in ("first", "second", "third", "fourth")]
    others = {**LORA, "rank": 2, "target_modules": "attention"}
    train_here(answering(LORA), data, chain[0])
    for network, parent, child in zip((FULL, LORA, others), chain, chain[1:], strict=False):
        train_here(on(answering(network)), data, child, init_from=parent)
    shas = [manifest(chain[3])["init_from"]["weights_sha256"], *manifest(chain[3])["init_from"]["ancestors"]]
    made = [
        next(file["sha256"] for file in manifest(out)["files"] if file["name"] == "model.safetensors") for out in chain
    ]
    assert shas == made[2::-1]


@pytest.mark.parametrize(("first", "then"), [(FULL, LORA), (LORA, FULL)], ids=["full-lora", "lora-full"])
def test_preferences_are_measured_from_the_model_whatever_its_method(
    first: dict[str, Any], then: dict[str, Any], models: Path, tmp_path: Path
) -> None:
    """Before the first step the network is its own reference: no answer is preferred, which costs log 2."""
    train_here(answering(first), small_conversations(tmp_path / "data"), tmp_path / "parent")
    training = {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 64}, "loss": "dpo"}
    pairs = small_pairs(tmp_path / "pairs")
    still = on(make_spec(Task.PREFERENCE_TUNING, then, **training, **STILL))
    said = train_here(still, pairs, tmp_path / "still", init_from=tmp_path / "parent")
    (losses,) = [message["values"]["val_loss"] for message in said if "val_loss" in message.get("values", {})]
    assert losses == pytest.approx([log(2)], abs=1e-5)
    learning = on(make_spec(Task.PREFERENCE_TUNING, then, **training, optimizer={"name": "adamw", "lr": 0.01}))
    result = train_here(learning, pairs, tmp_path / "out", init_from=tmp_path / "parent")[-1]
    assert result["test_metrics"]["loss"] < log(2)


@pytest.mark.parametrize("change", [{"quantization": "int8"}, {"base_dtype": "stored"}])
def test_how_registered_weights_are_read_is_refused_over_a_models_own(
    models: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    data = small_conversations(tmp_path / "data")
    train_here(answering(FULL), data, tmp_path / "parent")
    with pytest.raises(EngineFault) as caught:
        train_here(on(answering({**LORA, **change})), data, tmp_path / "out", init_from=tmp_path / "parent")
    (name,) = change
    failed = caught.value.failed
    assert (failed.code, failed.field) == ("start_architecture_mismatch", f"architecture.{name}")
    assert failed.hint


def test_adapters_are_merged_only_into_their_own_base(models: Path, tmp_path: Path) -> None:
    data = small_conversations(tmp_path / "data")
    train_here(answering(LORA), data, tmp_path / "parent")

    def fault() -> str:
        with pytest.raises(EngineFault) as caught:
            train_here(on(answering(FULL)), data, tmp_path / "out", init_from=tmp_path / "parent")
        return caught.value.failed.code

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINYARD_ENGINE_MODELS", str(register_language_model(tmp_path / "others", seed=7)))
        assert fault() == "other_base"
        patch.delenv("TRAINYARD_ENGINE_MODELS")
        assert fault() == "unknown_model"
