"""Loops that customers write by Tinker's client: preferences and rewards, each with a worker that is killed."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.support.embedded import REPOSITORY, Embedded, running
from tests.support.tinker_client import datum, service_client
from tests.support.tiny_language_model import register_language_model

pytestmark = [
    pytest.mark.timeout(600),
    # The client leaves connections open.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

BASE = "tiny-lm"
GUIDE = REPOSITORY / "docs" / "how-to" / "write-your-own-loop.md"
PROMPT = [5, 6, 7]
WANTED = 40


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    directory = tmp_path_factory.mktemp("loops")
    models = register_language_model(directory / "models")
    settings = {"TRAINYARD_WORKER_PRETRAINED_MODELS": str(models), "TRAINYARD_WORKER_POLL_SECONDS": "0.5"}
    with running(directory / "data", **settings) as started:
        yield started


@pytest.fixture
def service(platform: Embedded) -> Iterator[Any]:
    with service_client(platform.facts["base_url"], platform.facts["demo_tinker_key"]) as client:
        yield client


def adam() -> Any:
    from tinker import types

    return types.AdamParams(learning_rate=2e-2)


def test_preferences_are_learnt_by_a_loss_of_ones_own(platform: Embedded, service: Any) -> None:
    """Direct preference optimisation (Rafailov et al. 2023), its reference the run's own first log-probabilities."""
    pairs = [datum([*PROMPT, 30, 31]), datum([*PROMPT, 50, 51])]
    training = service.create_lora_training_client(base_model=BASE, rank=4, seed=3).result()
    first = [sum(out["logprobs"].data[2:]) for out in training.forward(pairs, "cross_entropy").result().loss_fn_outputs]

    def preference(_: Any, logprobs: list[Any]) -> tuple[Any, dict[str, float]]:
        chosen, rejected = (each[2:].sum() - reference for each, reference in zip(logprobs, first, strict=True))
        return -torch.nn.functional.logsigmoid(0.5 * (chosen - rejected)), {"margin": float(chosen - rejected)}

    margins = []
    for number in range(4):
        computed = training.forward_backward_custom(pairs, preference)
        stepped = training.optim_step(adam())
        margins.append(computed.result().metrics["margin"])
        stepped.result()
        if number == 1:
            platform.service("trainyard_worker").kill()
    assert margins[0] == pytest.approx(0.0, abs=1e-4)
    assert margins == sorted(margins)
    assert margins[-1] > margins[0]


def test_rewards_are_followed_by_sampling_and_training_in_turn(platform: Embedded, service: Any) -> None:
    """Advantages within a group of samples (Shao et al. 2024): tokens below ``WANTED`` are rewarded."""
    from tinker import types

    training = service.create_lora_training_client(base_model=BASE, rank=8, seed=5).result()
    rewards = []
    for number in range(5):
        sampler = training.save_weights_and_get_sampling_client().result()
        asked = types.SamplingParams(max_tokens=4, temperature=1.0, seed=number, stop=[])
        group = sampler.sample(types.ModelInput.from_ints(PROMPT), 16, asked).result().sequences
        scored = [sum(token < WANTED for token in each.tokens) / len(each.tokens) for each in group]
        rewards.append(sum(scored) / len(scored))
        if number == 1:
            platform.service("trainyard_worker").kill()
        data = [rated(each, score - rewards[-1]) for each, score in zip(group, scored, strict=True)]
        computed = training.forward_backward(data, "importance_sampling")
        training.optim_step(adam()).result()
        assert torch.isfinite(torch.tensor(computed.result().metrics["loss:sum"]))
    assert rewards[-1] > rewards[0]


def rated(sequence: Any, advantage: float) -> Any:
    tokens, unscored = [*PROMPT, *sequence.tokens], len(PROMPT) - 1
    return datum(
        tokens,
        logprobs=[*[0.0] * unscored, *sequence.logprobs],
        advantages=[*[0.0] * unscored, *[advantage] * len(sequence.tokens)],
    )


def test_the_guide_runs_as_it_stands(platform: Embedded) -> None:
    [code] = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    settings = {
        "TINKER_BASE_URL": f"{platform.facts['base_url']}/compat/tinker",
        "TINKER_API_KEY": platform.facts["demo_tinker_key"],
        "TINKER_TELEMETRY": "0",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "/weights/step-5" in done.stdout
