"""Training runs of one base: they do not see one another, and go on from a stored state to the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.tiny_language_model import register_language_model
from trainyard_engine.adapters.network import AdaptedNetwork
from trainyard_engine.adapters.run import TrainingRun
from trainyard_engine.core.faults import EngineFault
from trainyard_spec.training_sessions import LoraConfig, LossFunction

ADAM = {
    "learning_rate": 1e-2,
    "beta1": 0.9,
    "beta2": 0.95,
    "eps": 1e-12,
    "weight_decay": 0.0,
    "grad_clip_norm": 0.0,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return register_language_model(tmp_path_factory.mktemp("models")) / "tiny-lm"


def network_of(base: Path) -> AdaptedNetwork:
    from transformers import AutoModelForCausalLM

    return AdaptedNetwork(AutoModelForCausalLM.from_pretrained(base))


@pytest.fixture
def network(base: Path) -> AdaptedNetwork:
    return network_of(base)


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    return written(tmp_path / "payload.npz", [[5, 6, 7, 8], [20, 21, 22]])


def written(path: Path, texts: list[list[int]]) -> Path:
    tokens = np.concatenate([np.array(text[:-1], np.int32) for text in texts])
    targets = np.concatenate([np.array(text[1:], np.int64) for text in texts])
    offsets = np.cumsum([0, *(len(text) - 1 for text in texts)])
    arrays: dict[str, Any] = {
        "tokens": tokens,
        "offsets": offsets,
        "widths": np.zeros(len(texts), np.int64),
        "input.target_tokens": targets,
        "input.weights": np.ones(len(targets), np.float32),
    }
    np.savez(path, **arrays)
    return path


def step(run: TrainingRun, payload: Path) -> float:
    result, _ = run.forward(payload, loss=LossFunction.CROSS_ENTROPY, options={}, backward=True)
    run.optim_step(ADAM)
    return result.metrics["loss:sum"]


def test_runs_of_several_ranks_in_one_process_are_as_they_are_alone(base: Path, payload: Path) -> None:
    alone = TrainingRun(network_of(base), "alone", LoraConfig(rank=8, seed=1), base_model="tiny-lm")
    expected = [step(alone, payload) for _ in range(3)]
    shared = network_of(base)
    mine = TrainingRun(shared, "mine", LoraConfig(rank=8, seed=1), base_model="tiny-lm")
    theirs = TrainingRun(shared, "theirs", LoraConfig(rank=4, seed=2), base_model="tiny-lm")
    seen = []
    for _ in range(3):
        seen.append(step(mine, payload))
        step(theirs, payload)
    assert seen == expected


def test_a_stored_state_goes_on_to_the_same_bits_between_a_gradient_and_its_step(
    base: Path, network: AdaptedNetwork, payload: Path, tmp_path: Path
) -> None:
    first = TrainingRun(network, "first", LoraConfig(rank=4, seed=1), base_model="tiny-lm")
    step(first, payload)
    first.forward(payload, loss=LossFunction.CROSS_ENTROPY, options={}, backward=True)
    first.save(tmp_path / "state", with_optimizer=True)
    first.optim_step(ADAM)
    second = TrainingRun(network_of(base), "second", LoraConfig(rank=4, seed=9), base_model="tiny-lm")
    second.load(tmp_path / "state", with_optimizer=True)
    second.optim_step(ADAM)
    assert step(second, payload) == step(first, payload)


def test_gradients_of_parts_add_up_to_that_of_the_whole(network: AdaptedNetwork, tmp_path: Path) -> None:
    texts = [[5, 6, 7, 8], [20, 21, 22, 23]]
    whole = TrainingRun(network, "whole", LoraConfig(rank=4, seed=1), base_model="tiny-lm")
    whole.forward(written(tmp_path / "both.npz", texts), loss=LossFunction.CROSS_ENTROPY, options={}, backward=True)
    parts = TrainingRun(network, "parts", LoraConfig(rank=4, seed=1), base_model="tiny-lm")
    for number, text in enumerate(texts):
        one = written(tmp_path / f"{number}.npz", [text])
        parts.forward(one, loss=LossFunction.CROSS_ENTROPY, options={}, backward=True)
    assert parts.optim_step(ADAM)["grad_norm"] == pytest.approx(whole.optim_step(ADAM)["grad_norm"], rel=1e-4)


def test_peft_alone_loads_what_was_saved_and_computes_the_same(
    base: Path, network: AdaptedNetwork, payload: Path, tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    run = TrainingRun(network, "run", LoraConfig(rank=4, seed=1), base_model="tiny-lm")
    step(run, payload)
    run.save(tmp_path / "saved", with_optimizer=False)
    _, data = run.forward(payload, loss=LossFunction.CROSS_ENTROPY, options={}, backward=False)
    loaded = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), str(tmp_path / "saved"))
    logits = loaded(torch.tensor([[5, 6, 7]])).logits.log_softmax(dim=-1)
    expected = [logits[0, place, token].item() for place, token in enumerate([6, 7, 8])]
    assert np.frombuffer(data, np.float32)[:3].tolist() == pytest.approx(expected, abs=1e-4)


def test_tokens_that_the_base_does_not_know_are_refused_before_anything_is_computed(
    network: AdaptedNetwork, tmp_path: Path
) -> None:
    run = TrainingRun(network, "run", LoraConfig(rank=4, seed=1), base_model="tiny-lm")
    with pytest.raises(EngineFault, match="outside 0 to"):
        run.forward(
            written(tmp_path / "odd.npz", [[5, 6, 7], [5, 99_999]]),
            loss=LossFunction.CROSS_ENTROPY,
            options={},
            backward=True,
        )
    assert run.optim_step(ADAM) == {"grad_norm": 0.0}
