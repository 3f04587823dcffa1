"""Pretrained encoders of texts: found by name, trained whole or by adapters, resumed, and whole in the end."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from tests.support.compiled import make_spec, small_texts
from tests.support.pretrained import register
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model import NetworkForm
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.pretrained_backbones import registered
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.pretrained_models import ENCODERS, TEXT_FAMILY
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

LORA = {"name": "pretrained", "model": "tiny", "rank": 2, "adapter_dropout": 0.1}
FULL = {"name": "pretrained", "model": "tiny", "method": "full", "pooling": "cls"}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = register(tmp_path / "models", "tiny")
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
    return directory


def spec_of(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    defaults = {"regularization": {"dropout": 0.2}, "text": {"max_length": 20}}
    return make_spec("text_classification", architecture, **{**defaults, **training})


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
def test_a_finished_model_needs_no_registered_one_any_more(
    tmp_path: Path, models: Path, architecture: dict[str, Any]
) -> None:
    data, out = small_texts(tmp_path / "data", rows=80), tmp_path / "out"
    result = train_here(spec_of(architecture), data, out)[-1]
    before = load_file(models / "tiny" / "model.safetensors")
    for path in sorted((models / "tiny").iterdir()):
        path.unlink()

    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    prepared = handler_for(Task.TEXT_CLASSIFICATION).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )
    source = prepared.open_source(torch.device("cpu"))
    assert evaluate_finally(model, source, prepared.split.test)[0] == result["test_metrics"]
    (answer,) = predict(model, ["word2 word5"])
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    after = model.network.state_dict()
    assert {f"encoder.{name}" for name in before if "pooler" not in name} <= after.keys()
    name = "embeddings.word_embeddings.weight"
    assert torch.equal(before[name], after[f"encoder.{name}"]) == (architecture is LORA)
    dense = "encoder.layer.0.attention.self.query.weight"
    assert not torch.equal(before[dense], after[f"encoder.{dense}"])


@pytest.mark.usefixtures("models")
def test_adapters_alone_are_trained(tmp_path: Path) -> None:
    data = small_texts(tmp_path / "data", rows=80)
    parameters = [
        train_here(spec_of(architecture, epochs=1), data, tmp_path / name)[0]["parameters"]
        for name, architecture in (("lora", LORA), ("full", FULL))
    ]
    # Of each of two layers: rank 2 times inputs plus outputs of query, key, value, output, and of two dense layers;
    # the head. The pooler, whose outputs nobody reads, is not there.
    assert parameters[0] == 2 * (4 * 2 * 32 + 2 * 2 * 40) + 16 * 3 + 3
    assert parameters[1] == sum(map(torch.numel, load_file(tmp_path / "full" / "model.safetensors").values()))
    assert not any("pooler" in name for name in load_file(tmp_path / "full" / "model.safetensors"))


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_every_weight_that_counts_learns(models: Path, kind: str, architecture: dict[str, Any]) -> None:
    register(models, "counted", kind=kind)
    base = registered("counted", Task.TEXT_CLASSIFICATION)
    network = BUILDERS["pretrained"](
        PretrainedConfig.model_validate(architecture),
        BuildContext(input_shape=(20,), outputs=3, dropout=0.0, base=base),
    )
    network(torch.tensor([[2, 5, 6, 3]])).square().sum().backward()
    counted = {name for name, weight in network.named_parameters() if weight.requires_grad}
    assert counted == {name for name, weight in network.named_parameters() if weight.grad is not None}


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.usefixtures("models")
def test_a_training_that_an_earlier_release_began_keeps_its_pooler(
    tmp_path: Path, architecture: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    data, spec = small_texts(tmp_path / "data", rows=80), spec_of(architecture, checkpoint={"every_steps": 2})
    monkeypatch.setattr("trainyard_engine.core.preparation.form_of", lambda *_: NetworkForm())
    undisturbed = train_here(spec, data, tmp_path / "undisturbed")[-1]
    asked = iter([False] * 3)
    train_here(spec, data, tmp_path / "out", should_stop=lambda: next(asked, True))
    monkeypatch.undo()
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(tmp_path / "models"))
    resumed = train_here(spec, data, tmp_path / "out")
    assert resumed[0]["resumed_from"] == 3
    assert resumed[-1]["weights_sha256"] == undisturbed["weights_sha256"]
    assert any("pooler" in name for name in load_model(tmp_path / "out", "cpu", threads=1).network.state_dict())


@pytest.mark.usefixtures("models")
def test_a_language_model_is_refused_by_name(tmp_path: Path, models: Path) -> None:
    register(models, "gpt", kind="gpt2")
    with pytest.raises(EngineFault, match="The pretrained model gpt cannot be used: it is of the kind gpt2") as caught:
        train_here(spec_of({**LORA, "model": "gpt"}), small_texts(tmp_path / "data", rows=30), tmp_path / "out")
    failed = caught.value.failed
    assert (failed.code, failed.field, failed.hint) == ("unusable_model", "architecture.model", TEXT_FAMILY.only)


def test_encoders_are_those_that_fill_gaps_in_texts() -> None:
    """By masked language modelling encoders are pretrained, and a few that have a decoder too."""
    from transformers import AutoConfig  # takes seconds
    from transformers.models.auto import modeling_auto

    known = set(modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES)
    assert known >= ENCODERS
    assert {kind for kind in known - ENCODERS if AutoConfig.for_model(kind).is_encoder_decoder} >= {"bart", "mbart"}
    assert not any(AutoConfig.for_model(kind).is_encoder_decoder for kind in ENCODERS)
    assert ENCODERS.isdisjoint({"gpt2", "llama", "mistral", "qwen2", "gemma", "opt", "t5", "phi", "gpt_neox", "bloom"})


def test_both_kinds_of_encoder_learn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register(tmp_path, "distilled", kind="distilbert")))
    spec = spec_of({**FULL, "model": "distilled", "pooling": "mean"}, epochs=6, optimizer={"name": "adam", "lr": 0.02})
    result = train_here(spec, small_texts(tmp_path / "data"), tmp_path / "out")[-1]
    assert result["test_metrics"]["accuracy"] > 0.6  # chance: 0.33


@pytest.mark.parametrize(
    ("change", "code", "offered"),
    [
        ({"architecture": {"name": "pretrained", "model": "huge"}}, "unknown_model", "tiny"),
        ({"training": {"text": {"max_length": 25}}}, "text_too_long", "24"),
    ],
)
@pytest.mark.usefixtures("models")
def test_what_the_registered_models_cannot_do_is_a_fault(
    tmp_path: Path, change: dict[str, Any], code: str, offered: str
) -> None:
    with pytest.raises(EngineFault) as caught:
        train_here({**spec_of(LORA), **change}, small_texts(tmp_path / "data", rows=30), tmp_path / "out")
    assert caught.value.failed.code == code
    assert offered in caught.value.failed.hint


@pytest.mark.parametrize("damage", ["no weights", "no tokenizer", "no configuration", "other padding", "strange kind"])
def test_a_model_that_is_not_whole_is_a_fault(tmp_path: Path, models: Path, damage: str) -> None:
    directory = models / "tiny"
    config = json.loads((directory / "config.json").read_text())
    match damage:
        case "no weights":
            (directory / "model.safetensors").rename(directory / "pytorch_model.bin")
        case "no tokenizer":
            (directory / "tokenizer.json").unlink()
        case "no configuration":
            (directory / "config.json").write_text("{")
        case "other padding":
            (directory / "config.json").write_text(json.dumps({**config, "pad_token_id": None}))
        case "strange kind":
            (directory / "config.json").write_text(json.dumps({**config, "model_type": "homemade"}))
    with pytest.raises(EngineFault) as caught:
        train_here(spec_of(LORA), small_texts(tmp_path / "data", rows=30), tmp_path / "out")
    assert caught.value.failed.code == "unusable_model"


@pytest.mark.parametrize("name", ["../tiny", "a/b", "", "Tiny"])
def test_a_name_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(InvalidSpec, match=r"architecture\.model"):
        parse_training_spec(spec_of({"name": "pretrained", "model": name}))


@pytest.mark.parametrize("training", [{"init": "he"}, {"augment": [{"name": "token_dropout"}]}])
def test_what_would_undo_pretraining_is_a_problem_of_the_spec(training: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="pretrained model"):
        parse_training_spec(spec_of(LORA, **training))
