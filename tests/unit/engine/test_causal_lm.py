"""Causal language models: adapters as peft has them, losses as torch has them, rows packed as if they were alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations, small_pairs
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.language_models import registered_language_model
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.split import Split
from trainyard_engine.modalities.text.chat_template import EncodedChat
from trainyard_engine.modalities.text.packing import packed
from trainyard_engine.modalities.text.token_examples import IGNORED, TokenSource, rowed, token_examples
from trainyard_engine.models import BuildContext
from trainyard_engine.models.causal_lm import CausalLm, TokenInputs, positions_of
from trainyard_engine.models.layers.token_losses import token_losses
from trainyard_engine.tasks.preference_tuning.objective import dpo, kto, orpo
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

KINDS = ("llama", "qwen2", "gpt2")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("models")
    for kind in KINDS:
        register_language_model(directory, kind, kind=kind)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
        yield directory


def network(name: str, **config: Any) -> CausalLm:
    base = registered_language_model(name)
    context = BuildContext(input_shape=(1,), outputs=2, dropout=0.0, base=base)
    found = CausalLm(CausalLmConfig(model=name, **config), context, base)
    with torch.no_grad():
        for parameter_name, parameter in found.named_parameters():
            if "lora_B" in parameter_name:
                parameter.normal_(std=0.1)
    return found


def some_examples(lengths: tuple[int, ...] = (9, 30, 4, 17, 25, 2, 12, 8)) -> tuple[Any, Split]:
    random = np.random.default_rng(3)
    chats = [
        EncodedChat(random.integers(4, 384, length).astype(np.int32), np.arange(length) >= length // 2)
        for length in lengths
    ]
    rows = np.arange(len(lengths))
    return token_examples(chats, max_length=64), Split(rows[:-2], rows[-2:-1], rows[-1:])


def gradients(model: CausalLm, *, pack: bool) -> tuple[float, dict[str, Tensor]]:
    examples, split = some_examples()
    rows, parts = rowed(examples, split, pack=pack, max_length=64)
    [batch] = TokenSource(rows, torch.device("cpu")).batches(parts.train, size=100)
    assert len(batch.target) == (2 if pack else 6)
    model.zero_grad()
    loss = model(TokenInputs(*batch.raw))[..., 0].sum()
    loss.backward()
    return loss.item(), {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["lora", "full"])
def test_packed_rows_cost_and_teach_what_their_examples_do_alone(kind: str, method: str) -> None:
    model = network(kind, method=method)
    (packed_loss, together), (loss, alone) = gradients(model, pack=True), gradients(model, pack=False)
    assert packed_loss == pytest.approx(loss, rel=1e-6)
    for name, gradient in alone.items():
        torch.testing.assert_close(together[name], gradient, rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.usefixtures("models")
def test_checkpointing_changes_no_gradient() -> None:
    (loss, kept), (again, computed) = (
        gradients(network("llama", method="full", gradient_checkpointing=on).train(), pack=True) for on in (False, True)
    )
    assert loss == again
    assert all(torch.equal(kept[name], computed[name]) for name in kept)


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("kind", KINDS)
def test_costs_are_those_of_the_logits_of_transformers(kind: str) -> None:
    model = network(kind, method="full").eval()
    ids = torch.randint(4, 384, (2, 12))
    target = torch.cat((ids[:, 1:], torch.full((2, 1), IGNORED)), dim=1)
    target[0, :5] = IGNORED
    found = model(TokenInputs(ids, torch.ones_like(ids), target))
    logits = model.lm(input_ids=ids).logits
    expected = functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=IGNORED, reduction="none")
    torch.testing.assert_close(found[..., 0], expected.view(2, 12))
    right = (logits.argmax(dim=2) == target) & (target != IGNORED)
    assert torch.equal(found[..., 1].bool(), right)


@pytest.mark.parametrize("at_once", [1, 70, 1 << 20])
def test_a_loss_in_chunks_is_the_loss_of_all(at_once: int) -> None:
    torch.manual_seed(0)
    head = torch.nn.Linear(6, 35)
    hidden, target = torch.randn(11, 6, requires_grad=True), torch.randint(0, 35, (11,))
    costs, _ = token_losses(hidden, target, head, vocabulary=35, at_once=at_once)
    costs.sum().backward()
    found = (costs.detach(), hidden.grad, head.weight.grad.clone())  # type: ignore[union-attr]
    hidden.grad = None
    head.zero_grad()
    expected = functional.cross_entropy(head(hidden), target, reduction="none")
    expected.sum().backward()
    for one, other in zip(found, (expected.detach(), hidden.grad, head.weight.grad), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("kind", KINDS)
def test_adapters_are_pefts_and_merge_as_its_do(kind: str, models: Path, tmp_path: Path) -> None:
    """What is kept is a peft adapter: peft loads it, merges it, and tells the same next tokens."""
    from peft import LoraConfig, PeftModel, get_peft_model
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    from trainyard_engine.models.causal_lm import FINGERPRINT
    from trainyard_engine.models.layers.language_models import adapter_settings

    model = network(kind, rank=4, alpha=8).eval()
    kept = {name: tensor for name, tensor in model.state_dict().items() if name != FINGERPRINT}
    fresh = AutoModelForCausalLM.from_pretrained(models / kind)
    settings = adapter_settings(fresh, model.config)
    get_peft_model(fresh, LoraConfig(**settings)).save_pretrained(tmp_path)
    save_file(kept, tmp_path / "adapter_model.safetensors")
    merged = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(models / kind), tmp_path).merge_and_unload()
    ids = torch.randint(4, 384, (2, 12))
    with torch.no_grad():
        torch.testing.assert_close(model.lm(input_ids=ids).logits, merged.eval()(input_ids=ids).logits)


@pytest.mark.usefixtures("models")
def test_the_reference_is_the_network_before_the_first_step() -> None:
    ids = torch.randint(4, 384, (3, 2, 10))
    inputs = TokenInputs(ids, torch.ones_like(ids), ids.long(), compares=True, has_reference=True)
    for method in ("lora", "full"):
        model = network("llama", method=method)
        before = model(inputs)[..., 1].detach()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.05 * torch.randn_like(parameter))
        after = model(inputs)
        torch.testing.assert_close(after[..., 1], before)
        assert (after[..., 0] - before).abs().max() > 0.1
        assert after[..., 2].eq(10).all()


def test_losses_of_preferences_are_their_papers() -> None:
    torch.manual_seed(1)
    outputs = torch.stack((-20 * torch.rand(4, 2), -20 * torch.rand(4, 2), torch.randint(5, 9, (4, 2)).float()), dim=2)
    own, reference, tokens = outputs.unbind(dim=2)
    target, beta = torch.tensor([1, 0, 1, 1]), 0.3
    ratios = (own[:, 0] - own[:, 1]) - (reference[:, 0] - reference[:, 1])
    torch.testing.assert_close(dpo(outputs, target, beta), torch.log1p(torch.exp(-beta * ratios)))
    p = (own / tokens).double().exp()
    odds = (p / (1 - p)).log()
    by_hand = -p[:, 0].log() + beta * torch.log1p(torch.exp(odds[:, 1] - odds[:, 0]))
    torch.testing.assert_close(orpo(outputs, target, beta).double(), by_hand, rtol=1e-4, atol=1e-5)
    divergence = (own[:, 1] - reference[:, 1]).mean().clamp(min=0)
    gains = torch.sigmoid(beta * (own[:, 0] - reference[:, 0] - divergence))
    torch.testing.assert_close(kto(outputs, target, beta), torch.where(target > 0, 1 - gains, gains))


def test_rows_are_packed_tightly_and_hold_every_example_once() -> None:
    lengths = np.random.default_rng(7).integers(1, 100, 500)
    rows = packed(lengths, capacity=100)
    assert sorted(number for row in rows for number in row) == list(range(500))
    assert all(lengths[row].sum() <= 100 for row in rows)
    assert lengths.sum() / (100 * len(rows)) > 0.95
    assert packed(lengths, capacity=100) == rows


def test_places_begin_anew_with_each_example() -> None:
    segments = torch.tensor([[1, 1, 1, 2, 3, 3, 0, 0]])
    assert positions_of(segments).tolist() == [[0, 1, 2, 0, 0, 1, 0, 1]]


SFT = {"epochs": 1, "batch_size": 8, "tuning": {"max_length": 64}}


@pytest.mark.usefixtures("models")
def test_a_model_learns_to_answer_and_is_better_than_its_base(tmp_path: Path) -> None:
    data = small_conversations(tmp_path / "data", rows=120)
    training = SFT | {"epochs": 8, "optimizer": {"name": "adamw", "lr": 0.01}}
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama", "method": "full"}, **training)
    messages = train_here(spec, data, tmp_path / "out")
    result = messages[-1]
    baselines = {baseline["name"]: baseline["value"] for baseline in result["verdict"]["baselines"]}
    assert result["test_metrics"]["loss"] < 0.5 < baselines["token_frequencies"] < baselines["base_model"]
    [told] = [line["message"] for line in messages if line["type"] == "log" and "learnt" in line["message"]]
    assert told.startswith("120 conversations have ")
    answer = predict(load_model(tmp_path / "out", "cpu", threads=1), ["Count to three"])
    assert answer[0]["text"] == "one two three"


@pytest.mark.usefixtures("models")
def test_adapters_alone_make_a_base_better(tmp_path: Path) -> None:
    training = SFT | {"epochs": 2, "optimizer": {"name": "adamw", "lr": 0.01}}
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama"}, **training)
    result = train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "out")[-1]
    [base] = [one["value"] for one in result["verdict"]["baselines"] if one["name"] == "base_model"]
    assert result["test_metrics"]["loss"] < base - 0.05
    # Rank 16 of a network of 21,344: what is kept is the adapters alone.
    assert result["parameters"] * 4 < (tmp_path / "out" / "model.safetensors").stat().st_size < result["parameters"] * 5


@pytest.mark.usefixtures("models")
def test_adapters_refuse_another_base(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama"}, **SFT)
    train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "out")
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register_language_model(tmp_path / "others", "llama", seed=7)))
    with pytest.raises(EngineFault, match="another than the one that these adapters were trained on") as caught:
        load_model(tmp_path / "out", "cpu", threads=1)
    assert caught.value.failed.code == "other_base"


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(
    ("architecture", "training", "code"),
    [
        ({"model": "missing"}, {}, "unknown_model"),
        ({"model": "llama"}, {"tuning": {"max_length": 4_096}}, "text_too_long"),
        ({"model": "llama"}, {"tuning": {"max_length": 8}}, "nothing_to_learn"),
        ({"model": "llama", "quantization": "int4"}, {}, "quantization_unavailable"),
    ],
)
def test_what_cannot_train_is_told_before_the_first_step(
    architecture: dict[str, Any], training: dict[str, Any], code: str, tmp_path: Path
) -> None:
    if code == "quantization_unavailable" and torch.cuda.is_available():
        pytest.skip("a GPU may have it")
    spec = make_spec("instruction_tuning", {"name": "causal_lm", **architecture}, **{**SFT, **training})
    with pytest.raises(EngineFault) as caught:
        train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "out")
    assert caught.value.failed.code == code


@pytest.mark.usefixtures("models")
def test_answers_too_long_are_cut_counted_and_left_out(tmp_path: Path) -> None:
    data = small_conversations(tmp_path / "data")
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "llama"}, **SFT)
    spec["training"]["tuning"] = {"max_length": 26}
    told = [line["message"] for line in train_here(spec, data, tmp_path / "out") if line["type"] == "log"]
    assert any("longer than 26 tokens and were cut at their end" in message for message in told)


@pytest.mark.usefixtures("models")
def test_preferences_are_learnt(tmp_path: Path) -> None:
    training = SFT | {"epochs": 3, "optimizer": {"name": "adamw", "lr": 0.01}}
    spec = make_spec("preference_tuning", {"name": "causal_lm", "model": "llama"}, **training)
    result = train_here(spec, small_pairs(tmp_path / "data", rows=80), tmp_path / "out")[-1]
    assert result["test_metrics"]["accuracy"] == 1.0
    assert result["verdict"]["baselines"][0]["name"] == "coin"


@pytest.mark.parametrize(
    ("architecture", "training", "field"),
    [
        ({"method": "full", "rank": 4}, {}, "architecture.rank"),
        ({}, {"compile": True}, "training.compile"),
        ({}, {"init": "he"}, "training.init"),
        ({}, {"regularization": {"label_smoothing": 0.1}}, "training.regularization.label_smoothing"),
        ({}, {"loss": "dpo"}, "training.loss"),
        ({}, {"text": {}}, "training.text"),
    ],
)
def test_what_would_change_nothing_is_refused(
    architecture: dict[str, Any], training: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(make_spec("instruction_tuning", {"name": "causal_lm", **architecture}, **training))
    assert [problem.field for problem in caught.value.problems] == [field]
