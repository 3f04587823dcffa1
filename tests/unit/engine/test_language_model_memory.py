"""What a training of a registered language model takes of memory, as it is told before, and in which data type."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations
from tests.support.profiles import conversations
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import train_here
from trainyard_engine.core.language_models import registered_language_model
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.models import BuildContext
from trainyard_engine.models.causal_lm import CausalLm, TokenInputs
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.datasets import DatasetSummary
from trainyard_spec.language_model_memory import CHUNKS, facts_of_own_weights, language_model_footprint
from trainyard_spec.pretrained_models import BaseModelFacts
from trainyard_spec.resolution import example_length
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec
from trainyard_worker.registered_models import base_model_facts

PROFILE = DatasetSummary.model_validate(conversations()).profile
FULL = {"method": "full"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """``llama`` is stored in float32, ``half`` in bfloat16."""
    directory = tmp_path_factory.mktemp("models")
    for name in ("llama", "half"):
        register_language_model(directory, name)
    from transformers import AutoModelForCausalLM

    half: Any = AutoModelForCausalLM.from_pretrained(directory / "half", dtype=torch.bfloat16)
    half.save_pretrained(directory / "half")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
        yield directory


def facts(models: Path, name: str = "llama") -> BaseModelFacts:
    found = base_model_facts(models / name)
    assert found is not None
    return found


def tuned(architecture: dict[str, Any], **training: Any) -> TrainingSpec:
    told = {"name": "causal_lm", "model": "llama", **architecture}
    return parse_training_spec(make_spec("instruction_tuning", told, **training))


def network(spec: TrainingSpec) -> CausalLm:
    config = spec.architecture
    assert isinstance(config, CausalLmConfig)
    base = registered_language_model(config.model)
    return CausalLm(config, BuildContext(input_shape=(1,), outputs=2, dropout=0.0, base=base), base)


def kept_bytes(model: CausalLm, tokens: int) -> int:
    """Bytes of activations that the way back of one example of ``tokens`` needs, each storage once."""
    own = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    ids = torch.randint(4, 300, (1, tokens), dtype=torch.int32)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        costs = model(TokenInputs(ids, torch.ones_like(ids), ids.long()))
    assert costs.requires_grad
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())


@pytest.mark.parametrize("target_modules", ["all_linear", "attention"])
def test_what_is_trained_beside_the_base_is_counted_exactly(models: Path, target_modules: str) -> None:
    spec = tuned({"rank": 4, "target_modules": target_modules}, optimizer={"name": "sgd", "lr": 0.1})
    counted = language_model_footprint(spec, PROFILE, facts(models))
    trained = sum(parameter.numel() for parameter in network(spec).parameters() if parameter.requires_grad)
    base = facts(models)
    logits = CHUNKS * 4 * example_length(spec, context=base.context) * base.vocabulary
    # Weights, gradients and momentum of what is trained, and the fixed weights, of 4 bytes each.
    assert counted.fixed == 4 * base.parameters + 12 * trained + logits


@pytest.mark.parametrize("architecture", [{}, FULL, {"gradient_checkpointing": True}], ids=["lora", "full", "again"])
def test_activations_are_nearly_those_that_are_kept(models: Path, architecture: dict[str, Any]) -> None:
    spec = tuned(architecture, tuning={"max_length": 128}, precision="fp32")
    counted = language_model_footprint(spec, PROFILE, facts(models)).per_example
    measured = kept_bytes(network(spec), tokens=128)
    assert 0.3 * measured < counted <= 1.1 * measured


def test_weights_as_they_are_stored_take_half_and_learn_as_well(models: Path, tmp_path: Path) -> None:
    told = [
        language_model_footprint(tuned({"base_dtype": dtype}), PROFILE, facts(models, "half")).fixed
        for dtype in ("float32", "stored")
    ]
    assert told[0] - told[1] == 2 * facts(models, "half").parameters
    spec = tuned({"model": "half", "base_dtype": "stored"})
    dtypes = {parameter.requires_grad: parameter.dtype for parameter in network(spec).parameters()}
    assert dtypes == {False: torch.bfloat16, True: torch.float32}
    data, losses = small_conversations(tmp_path / "data"), []
    for dtype in ("float32", "stored"):
        asked = {"name": "causal_lm", "model": "half", "base_dtype": dtype}
        training = {"epochs": 2, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}}
        result = train_here(make_spec("instruction_tuning", asked, **training), data, tmp_path / dtype)[-1]
        [base] = [one["value"] for one in result["verdict"]["baselines"] if one["name"] == "base_model"]
        assert result["test_metrics"]["loss"] < base - 0.05
        losses.append(result["test_metrics"]["loss"])
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    loaded: Any = load_model(tmp_path / "stored", "cpu", threads=1).network
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.bfloat16, torch.float32}


def test_quantized_weights_have_a_data_type_of_their_own() -> None:
    with pytest.raises(InvalidSpec, match="data type of their own"):
        tuned({"quantization": "int4", "base_dtype": "stored"})


def test_examples_are_as_long_as_the_base_reads_unless_a_spec_says_otherwise(models: Path, tmp_path: Path) -> None:
    assert example_length(tuned({}), context=facts(models).context) == 256
    assert example_length(tuned({}), context=4_096) == example_length(tuned({})) == 1_024
    assert example_length(tuned({}, tuning={"max_length": 2_048}), context=256) == 2_048
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama"}, epochs=1, batch_size=8)
    train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "out")
    loaded = load_model(tmp_path / "out", "cpu", threads=1)
    assert loaded.preprocessing.writers_tokenizer.max_length == 256


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_start_from_a_whole_model_takes_what_the_engine_holds_of_it(
    models: Path, tmp_path: Path, method: str
) -> None:
    """Of the file of weights alone no more than that is told, and never more than the engine holds."""
    adam = {"name": "adamw", "lr": 0.01}
    whole = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama", **FULL}, epochs=1, batch_size=8)
    train_here(whole, small_conversations(tmp_path / "data"), tmp_path / "whole")
    loaded: Any = load_model(tmp_path / "whole", "cpu", threads=1).network
    stored = (tmp_path / "whole" / "model.safetensors").stat().st_size
    spec = tuned(FULL if method == "full" else {"rank": 4}, optimizer=adam)
    told, alone = (
        language_model_footprint(spec, PROFILE, facts_of_own_weights(stored, known)) for known in (facts(models), None)
    )
    weights = 4 * sum(parameter.numel() for parameter in loaded.parameters())
    trained = 4 * sum(parameter.numel() for parameter in network(spec).parameters() if parameter.requires_grad)
    base = facts(models)
    logits = CHUNKS * 4 * example_length(spec, context=base.context) * base.vocabulary
    # Weights of its own, and of what is trained gradients and two moments (and adapters beside the weights).
    held = weights + 3 * trained + (trained if method == "lora" else 0)
    assert told.fixed == held + logits
    assert 0.95 * weights <= alone.fixed <= 1.02 * held
    assert alone.per_example == 0 < told.per_example


def test_models_of_many_billion_numbers_are_told_of() -> None:
    large = BaseModelFacts(
        parameters=70 * 10**9,
        dtype="bfloat16",
        stored_bytes=140 * 10**9,
        hidden_size=8_192,
        layers=80,
        vocabulary=128_256,
        features=10**6,
        attention_features=10**5,
    )
    assert language_model_footprint(tuned(FULL), PROFILE, large).fixed > 16 * 70 * 10**9
