"""What a training does when a loss is no number, memory runs out, or the network is too large to begin with."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec, small_table
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core import memory_footprint
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.models import BUILDERS, BuildContext, build_bare, parameters_of
from trainyard_engine.models.mlp import build
from trainyard_engine.tasks.shared.classification import Classification
from trainyard_spec.validation import parse_training_spec

Messages = list[dict[str, Any]]
FAST = {"name": "adamw", "lr": 0.02}


def table_spec(**training: Any) -> dict[str, Any]:
    defaults = {"epochs": 3, "regularization": {"dropout": 0.2}, "checkpoint": {"every_steps": 4}}
    return make_spec("tabular_classification", {"name": "mlp", "hidden": [8]}, **{**defaults, **training})


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return small_table(tmp_path / "data")


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Makes the losses of given steps, by the rows they are of, NaN: a stand-in for values that overflow."""

    def poison(*calls: int) -> list[int]:
        seen: list[int] = []
        rows: list[bytes] = []
        loss = Classification.loss

        def poisonous(self: Classification, outputs: Tensor, target: Tensor) -> WeightedSum:
            key = outputs.detach().numpy().tobytes()
            if key not in rows:
                rows.append(key)
            seen.append(rows.index(key) + 1)
            found = loss(self, outputs, target)
            return found._replace(total=found.total * (math.nan if seen[-1] in calls else 1.0))

        monkeypatch.setattr(Classification, "loss", poisonous)
        return seen

    return poison


def warnings_of(messages: Messages) -> list[str]:
    return [message["message"] for message in messages if message["type"] == "log" and message["level"] == "warning"]


def steps_told(messages: Messages) -> list[int]:
    return [
        step
        for message in messages
        if message["type"] == "metrics" and "train_loss" in message["values"]
        for step in message["steps"]
    ]


def test_a_step_whose_loss_is_no_number_is_left_out_after_going_back(
    data: Path, tmp_path: Path, poisoned: Callable[..., list[int]]
) -> None:
    seen = poisoned(7)
    messages = train_here(table_spec(), data, tmp_path / "out")
    assert messages[-1]["type"] == "result"
    assert warnings_of(messages) == ["The loss became nan at step 7: going on from step 4 without it."]
    # Every step but the one left out is told once, those before it with the values of the first time.
    assert steps_told(messages) == [step for step in range(1, messages[0]["total_steps"] + 1) if step != 7]
    assert seen[:7] == [1, 2, 3, 4, 5, 6, 7]
    assert seen[-1] != 7


def test_interrupted_after_going_back_it_ends_with_the_same_bits(
    data: Path, tmp_path: Path, poisoned: Callable[..., list[int]]
) -> None:
    poisoned(7)
    undisturbed = train_here(table_spec(), data, tmp_path / "undisturbed")[-1]
    resumed = interrupted_here(table_spec(), data, tmp_path / "resumed", after=(5, 9))[-1]
    assert resumed["weights_sha256"] == undisturbed["weights_sha256"]
    assert resumed["test_metrics"] == undisturbed["test_metrics"]


def test_a_second_loss_that_is_no_number_fails_the_training(
    data: Path, tmp_path: Path, poisoned: Callable[..., list[int]]
) -> None:
    poisoned(7, 12)
    with pytest.raises(EngineFault, match="The loss became nan at step") as caught:
        train_here(table_spec(), data, tmp_path / "out")
    assert caught.value.failed.code == "non_finite_loss"
    assert caught.value.failed.hint.startswith("Lower optimizer.lr")


@pytest.mark.parametrize("training", [{"non_finite": "fail"}, {"checkpoint": {"every_steps": 100}}])
def test_nothing_is_left_out_where_that_is_not_wanted_or_nothing_was_kept(
    data: Path, tmp_path: Path, poisoned: Callable[..., list[int]], training: dict[str, Any]
) -> None:
    poisoned(7)
    with pytest.raises(EngineFault, match="The loss became nan at step 7"):
        train_here(table_spec(**training), data, tmp_path / "out")


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """A device on which a forward pass in training takes no more than so many rows."""

    def limit(rows: int) -> None:
        def hold(module: torch.nn.Module, arguments: tuple[Tensor, ...]) -> None:
            if module.training and len(arguments[0]) > rows:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")

        def limited(config: Any, context: BuildContext) -> torch.nn.Module:
            network = build(config, context)
            network.register_forward_pre_hook(hold)
            return network

        monkeypatch.setitem(BUILDERS, "mlp", limited)

    return limit


def test_rows_that_do_not_fit_at_once_are_computed_in_parts(
    data: Path, tmp_path: Path, little_memory: Callable[[int], None]
) -> None:
    plain = make_spec("tabular_classification", {"name": "mlp", "hidden": [8]})
    whole = train_here(plain, data, tmp_path / "whole")[-1]
    little_memory(5)
    messages = train_here(plain, data, tmp_path / "parts")
    assert warnings_of(messages) == [
        "A batch does not fit into memory at once; from now on 8 rows are computed at a time.",
        "A batch does not fit into memory at once; from now on 4 rows are computed at a time.",
    ]
    # The gradient is that of the same rows, added up in another order.
    assert messages[-1]["test_metrics"]["loss"] == pytest.approx(whole["test_metrics"]["loss"], abs=1e-5)
    assert messages[-1]["step"] == whole["step"]


def test_a_resumed_training_computes_as_many_rows_at_once_as_before(
    data: Path, tmp_path: Path, little_memory: Callable[[int], None]
) -> None:
    little_memory(5)
    undisturbed = train_here(table_spec(), data, tmp_path / "undisturbed")[-1]
    resumed = interrupted_here(table_spec(), data, tmp_path / "resumed", after=(3, 4))
    assert resumed[-1]["weights_sha256"] == undisturbed["weights_sha256"]
    assert warnings_of(resumed) == []


def test_a_single_row_that_does_not_fit_fails_the_training(
    data: Path, tmp_path: Path, little_memory: Callable[[int], None]
) -> None:
    little_memory(0)
    with pytest.raises(torch.OutOfMemoryError):
        train_here(table_spec(), data, tmp_path / "out")


def test_fp16_scales_its_losses_and_resumes_with_the_same_scale(data: Path, tmp_path: Path) -> None:
    spec = table_spec(precision="fp16", regularization={"clip_norm": 1.0}, epochs=8, optimizer=FAST)
    messages = train_here(spec, data, tmp_path / "undisturbed")
    assert messages[0]["precision"] == "fp16"
    assert messages[-1]["test_metrics"]["accuracy"] > 0.7
    resumed = interrupted_here(spec, data, tmp_path / "resumed", after=(2, 5))[-1]
    assert resumed["weights_sha256"] == messages[-1]["weights_sha256"]


def test_more_than_the_slots_memory_is_refused_with_the_numbers(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_footprint, "memory_of", lambda device: 4_000_000_000)
    spec = make_spec("tabular_classification", {"name": "mlp", "hidden": [16_384, 16_384]})
    with pytest.raises(EngineFault) as caught:
        train_here(spec, data, tmp_path / "out")
    failed = caught.value.failed
    assert (failed.code, failed.field) == ("too_large_for_slot", "architecture")
    assert failed.message.startswith("mlp has 268,")
    assert failed.message.endswith("training takes 4.3 GB at the least, and the slot has 4.0 GB.")


def test_parameters_are_counted_without_memory() -> None:
    spec = parse_training_spec(make_spec("image_classification", {"name": "resnet"}))
    context = BuildContext(input_shape=(3, 32, 32), outputs=10, dropout=0.0)
    with torch.device("meta"):
        network = build_bare(spec, context)
    assert parameters_of(network) == parameters_of(build_bare(spec, context))


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_a_compiled_network_learns_the_same_and_resumes_to_the_same_bits(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else the compiler is first tried, for ten seconds, on every vector unit that the processor has.
    monkeypatch.setattr("torch._inductor.config.cpp.vec_isa_ok", False)
    undisturbed = train_here(table_spec(compile=True), data, tmp_path / "undisturbed")[-1]
    resumed = interrupted_here(table_spec(compile=True), data, tmp_path / "resumed", after=(3,))[-1]
    assert resumed["weights_sha256"] == undisturbed["weights_sha256"]
    eager = train_here(table_spec(), data, tmp_path / "eager")[-1]
    assert undisturbed["test_metrics"]["loss"] == pytest.approx(eager["test_metrics"]["loss"], abs=1e-4)
