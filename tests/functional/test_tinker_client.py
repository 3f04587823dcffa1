"""Tinker's own client, as it is installed, against a whole platform with a registered base model."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import torch

from tests.support.embedded import REPOSITORY, Embedded, running
from tests.support.tinker_client import datum, service_client
from tests.support.tiny_language_model import register_language_model
from tests.support.waiting import wait_for

pytestmark = [
    pytest.mark.timeout(600),
    # The client leaves connections open, and its session-less clients stay for the life of the process.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

BASE = "tiny-lm"
GUIDE = REPOSITORY / "docs" / "how-to" / "write-your-own-loop.md"
PROMPT = [5, 6, 7]
REWARDED_BELOW = 128
TEXTS = [[5, 6, 7, 8, 9, 10, 11, 12], [20, 21, 22, 23, 24]]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    directory = tmp_path_factory.mktemp("tinker")
    models = register_language_model(directory / "models")
    settings = {"TRAINYARD_WORKER_PRETRAINED_MODELS": str(models), "TRAINYARD_WORKER_POLL_SECONDS": "0.5"}
    with running(directory / "data", **settings) as started:
        yield started


@pytest.fixture
def service(platform: Embedded) -> Iterator[Any]:
    with service_client(platform.facts["base_url"], platform.facts["demo_tinker_key"]) as client:
        yield client


def step(training: Any, data: list[Any], loss: str = "cross_entropy") -> float:
    """One forward_backward with its optimizer step, sent together as the client's guide does."""
    from tinker import types

    computed = training.forward_backward(data, loss)
    stepped = training.optim_step(types.AdamParams(learning_rate=1e-2))
    stepped.result()
    return float(computed.result().metrics["loss:sum"])


def test_fine_tuning_survives_a_killed_worker_on_the_same_bits(platform: Embedded, service: Any) -> None:
    data = [datum(tokens) for tokens in TEXTS]
    undisturbed = service.create_lora_training_client(base_model=BASE, rank=4, seed=7).result()
    expected = [step(undisturbed, data) for _ in range(4)]
    assert expected[-1] < expected[0]
    disturbed = service.create_lora_training_client(base_model=BASE, rank=4, seed=7).result()
    seen = [step(disturbed, data) for _ in range(2)]
    platform.service("trainyard_worker").kill()
    seen += [step(disturbed, data) for _ in range(2)]
    assert seen == expected


def test_what_was_saved_is_sampled_from_and_trained_further(service: Any) -> None:
    from tinker import types

    data = [datum(TEXTS[0])]
    training = service.create_lora_training_client(base_model=BASE, rank=4, seed=1).result()
    for _ in range(3):
        step(training, data)
    saved = training.save_state("three").result().path
    further = step(training, data)
    again = service.create_training_client_from_state_with_optimizer(saved).result()
    assert step(again, data) == further
    sampler = training.save_weights_and_get_sampling_client().result()
    prompt = types.ModelInput.from_ints(TEXTS[0][:3])
    greedy = types.SamplingParams(max_tokens=4, temperature=0)
    answer = sampler.sample(prompt, 2, greedy, include_prompt_logprobs=True).result()
    assert [len(sequence.tokens) for sequence in answer.sequences] == [4, 4]
    assert answer.sequences[0].tokens == answer.sequences[1].tokens
    assert answer.prompt_logprobs[0] is None
    assert all(logprob < 0 for logprob in answer.prompt_logprobs[1:])


def test_preferences_are_learnt_by_a_loss_of_ones_own(platform: Embedded, service: Any) -> None:
    """Direct preference optimisation (Rafailov et al. 2023), its reference the run's own first log-probabilities."""
    from tinker import types

    pairs = [datum([*PROMPT, 30, 31]), datum([*PROMPT, 50, 51])]
    training = service.create_lora_training_client(base_model=BASE, rank=4, seed=3).result()
    answered = training.forward(pairs, "cross_entropy").result().loss_fn_outputs
    first = [sum(output["logprobs"].data[2:]) for output in answered]

    def preference(_: Any, logprobs: list[Any]) -> tuple[Any, dict[str, float]]:
        chosen, rejected = (each[2:].sum() - reference for each, reference in zip(logprobs, first, strict=True))
        margin = chosen - rejected
        return -torch.nn.functional.logsigmoid(0.5 * margin), {"margin": margin.item()}

    margins = []
    for number in range(4):
        computed = training.forward_backward_custom(pairs, preference)
        stepped = training.optim_step(types.AdamParams(learning_rate=5e-3))
        margins.append(computed.result().metrics["margin"])
        stepped.result()
        if number == 1:
            platform.service("trainyard_worker").kill()
    assert margins[0] == pytest.approx(0.0, abs=1e-4)
    assert margins == sorted(margins)
    assert margins[-1] > margins[0]


def test_rewards_are_followed_by_sampling_and_training_in_turn(platform: Embedded, service: Any) -> None:
    """Group-relative advantages (Shao et al. 2024): tokens below ``REWARDED_BELOW`` are rewarded.

    What was just sampled has the ratio 1, so its loss is that of the advantages alone, on whichever worker.
    """
    from tinker import types

    training = service.create_lora_training_client(base_model=BASE, rank=8, seed=5).result()
    for number in range(3):
        sampler = training.save_weights_and_get_sampling_client().result()
        asked = types.SamplingParams(max_tokens=4, temperature=1.0, seed=number, stop=[])
        group = sampler.sample(types.ModelInput.from_ints(PROMPT), 16, asked).result().sequences
        rewards = [sum(token < REWARDED_BELOW for token in each.tokens) / len(each.tokens) for each in group]
        advantages = [reward - sum(rewards) / len(rewards) for reward in rewards]
        if number == 1:
            platform.service("trainyard_worker").kill()
        data = [rated(each, advantage) for each, advantage in zip(group, advantages, strict=True)]
        computed = training.forward_backward(data, "importance_sampling")
        training.optim_step(types.AdamParams(learning_rate=1e-3)).result()
        on_policy = -sum(len(each.tokens) * gain for each, gain in zip(group, advantages, strict=True))
        assert computed.result().metrics["loss:sum"] == pytest.approx(on_policy, abs=1e-2)
        assert training.forward(data, "importance_sampling").result().metrics["loss:sum"] < on_policy - 1e-2


def rated(sequence: Any, advantage: float) -> Any:
    """A sample to learn from: its prompt has no part in the loss."""
    unscored = len(PROMPT) - 1
    return datum(
        [*PROMPT, *sequence.tokens],
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


def test_a_refused_call_fails_alone_and_those_behind_it_go_on(service: Any) -> None:
    import tinker

    training = service.create_lora_training_client(base_model=BASE, rank=2, seed=1).result()
    with pytest.raises(tinker.RequestFailedError, match="gspo is not offered here"):
        training.forward_backward([datum(TEXTS[0])], "gspo").result()
    with pytest.raises(tinker.RequestFailedError, match="outside 0 to"):
        training.forward_backward([datum([5, 99_999, 7])], "cross_entropy").result()
    assert step(training, [datum(TEXTS[0])]) > 0


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"base_model": "tiny-lmm"}, "Did you mean tiny-lm"),
        ({"base_model": BASE, "rank": 100_000}, "The rank must be from 1 to"),
    ],
)
def test_what_is_not_offered_is_refused_when_the_model_is_made(
    service: Any, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Exception, match=sentence):
        service.create_lora_training_client(**asked).result()


def test_another_organizations_key_sees_nothing(platform: Embedded, service: Any) -> None:
    training = service.create_lora_training_client(base_model=BASE, rank=2, seed=1).result()
    path = training.save_state("mine").result().path
    with platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Other", owner_email="other@example.com")
    key = f"tml-{other.api_key.secret}"
    with (
        service_client(platform.facts["base_url"], key) as outsider,
        pytest.raises(Exception, match="There is no training run by that id"),
    ):
        outsider.create_training_client_from_state(path).result()


def test_an_empty_wallet_pauses_the_loop_and_a_top_up_has_it_go_on(
    platform: Embedded, caplog: pytest.LogCaptureFixture
) -> None:
    with platform.client("admin_api_key") as operator:
        other = operator.admin.create_organization(name="Poor", owner_email="poor@example.com")
        with (
            service_client(platform.facts["base_url"], f"tml-{other.api_key.secret}") as service,
            pytest.raises(Exception, match="402"),
        ):
            service.create_lora_training_client(base_model=BASE, rank=2, seed=1).result()
        # A stretch of ten seconds costs 0.00028.
        operator.admin.grant_credit(other.id, amount="0.0003")
        with service_client(platform.facts["base_url"], f"tml-{other.api_key.secret}") as service:
            training = service.create_lora_training_client(base_model=BASE, rank=2, seed=1).result()
            data = [datum(list(range(4, 250)))] * 32
            waiting = []
            for _ in range(60):
                waiting.append(training.forward_backward(data, "cross_entropy"))
                if any("paused due to billing" in record.message for record in caplog.records):
                    break
                wait_for(lambda: waiting[-1].future().done() or "paused due to billing" in caplog.text)
            assert "paused due to billing" in caplog.text
            operator.admin.grant_credit(other.id, amount="1")
            assert all(future.result().metrics["loss:sum"] > 0 for future in waiting)


def test_what_was_done_can_be_read(platform: Embedded, service: Any) -> None:
    import tinker

    training = service.create_lora_training_client(base_model=BASE, rank=2, seed=1).result()
    step(training, [datum(TEXTS[0])])
    path = training.save_state("read", ttl_seconds=3_600).result().path
    address = f"{platform.facts['base_url']}/compat/tinker"
    reader = tinker.RestClient(base_url=address, api_key=platform.facts["demo_tinker_key"])
    run = reader.get_training_run(training.model_id).result()
    assert (run.base_model, run.lora_rank) == (BASE, 2)
    assert run.last_checkpoint.tinker_path == path
    assert training.model_id in [each.training_run_id for each in reader.list_training_runs().result().training_runs]
    assert reader.get_weights_info_by_tinker_path(path).result().lora_rank == 2
    [kept] = reader.list_checkpoints(training.model_id).result().checkpoints
    assert kept.expires_at is not None
    headers = {"X-API-Key": platform.facts["demo_tinker_key"]}
    file = f"{address}/api/v1/training_runs/{training.model_id}/checkpoints/weights/read/files/adapter_config.json"
    assert httpx.get(file, headers=headers).json()["r"] == 2
    reader.delete_checkpoint_from_tinker_path(path).result()
    assert reader.list_checkpoints(training.model_id).result().checkpoints == []
