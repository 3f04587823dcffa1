"""Every optimizer does what its formula says, and can be put down and taken up again to the bit."""

from typing import Any

import pytest
import torch
from pydantic import TypeAdapter
from torch import Tensor, nn

from trainyard_engine.core.optimizers import build_optimizer, optimizer_tensors, restore_optimizer, take_step
from trainyard_spec.optimizers import AnyOptimizer

SPECS: list[dict[str, Any]] = [
    {"name": "sgd", "momentum": 0},
    {"name": "sgd", "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"name": "adam"},
    {"name": "adamw"},
    {"name": "rmsprop", "momentum": 0.5},
    {"name": "adagrad"},
]


def optimizer_for(model: nn.Module, spec: dict[str, Any]) -> torch.optim.Optimizer:
    parsed: AnyOptimizer = TypeAdapter(AnyOptimizer).validate_python(spec)
    return build_optimizer(parsed, model.parameters())


def make_model() -> nn.Module:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(12, 2))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


def take_steps(model: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        torch.manual_seed(step)
        optimizer.zero_grad()
        model(torch.randn(5, 2, 4, 4)).square().mean().backward()
        take_step(optimizer)


def contiguous(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_a_restored_optimizer_goes_on_to_the_same_bits(spec: dict[str, Any]) -> None:
    undisturbed = make_model()
    take_steps(undisturbed, optimizer_for(undisturbed, spec), range(6))

    first = make_model()
    optimizer = optimizer_for(first, spec)
    take_steps(first, optimizer, range(3))
    second = make_model()
    second.load_state_dict(contiguous(first.state_dict()))
    resumed = optimizer_for(second, spec)
    restore_optimizer(resumed, contiguous(optimizer_tensors(optimizer)))
    take_steps(second, resumed, range(3, 6))
    for ours, theirs in zip(second.parameters(), undisturbed.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(("name", "theirs"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_the_quick_step_is_that_of_torch_to_the_bit(name: str, theirs: type[torch.optim.Adam]) -> None:
    quick, plain = make_model(), make_model()
    take_steps(quick, optimizer_for(quick, {"name": name, "lr": 0.01, "weight_decay": 0.1}), range(5))
    reference = theirs(plain.parameters(), lr=0.01, weight_decay=0.1, fused=True)
    for step in range(5):
        torch.manual_seed(step)
        reference.zero_grad()
        plain(torch.randn(5, 2, 4, 4)).square().mean().backward()
        reference.step()
    for one, other in zip(quick.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize(("name", "theirs"), [
    ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW), ("rmsprop", torch.optim.RMSprop),
    ("adagrad", torch.optim.Adagrad),
])  # fmt: skip
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}], ids=str)
def test_what_is_not_said_is_what_torch_takes(
    name: str, theirs: type[torch.optim.Optimizer], options: dict[str, float]
) -> None:
    """But for the rate of RMSprop, where torch's is 0.01: that of the others suits more networks."""
    rate = {"lr": 0.001} if name == "rmsprop" else {}
    ours, plain = make_model(), make_model()
    take_steps(ours, optimizer_for(ours, {"name": name, **options}), range(5))
    take_steps(plain, theirs(plain.parameters(), **rate, **options), range(5))  # type: ignore[arg-type]
    for one, other in zip(ours.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_a_parameter_that_first_has_a_gradient_later_is_trained_from_then_on() -> None:
    layer = nn.Linear(1, 1)
    optimizer = optimizer_for(layer, {"name": "adam", "lr": 0.1})
    before = layer.bias.item()
    for gradient in (None, torch.ones(1)):
        layer.weight.grad, layer.bias.grad = torch.ones(1, 1), gradient
        take_step(optimizer)
    assert layer.bias.item() == pytest.approx(before - 0.1)


def first_update(spec: dict[str, Any], gradient: float) -> float:
    """How far one step moves a weight of 1."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.ones_(layer.weight)
    layer.weight.grad = torch.tensor([[gradient]])
    optimizer_for(layer, spec).step()
    return layer.weight.item() - 1


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"name": "sgd", "lr": 0.1, "momentum": 0}, -0.1 * 0.5),
        ({"name": "sgd", "lr": 0.1, "momentum": 0, "weight_decay": 0.2}, -0.1 * (0.5 + 0.2)),
        ({"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True}, -0.1 * (0.5 + 0.9 * 0.5)),
        ({"name": "adam", "lr": 0.1, "weight_decay": 0.2}, -0.1),
        ({"name": "adamw", "lr": 0.1, "weight_decay": 0.2}, -0.1 - 0.1 * 0.2),
        ({"name": "rmsprop", "lr": 0.1}, -0.1 / (1 - 0.99) ** 0.5),
        ({"name": "adagrad", "lr": 0.1}, -0.1),
    ],
    ids=str,
)
def test_the_first_step_is_the_formulas(spec: dict[str, Any], expected: float) -> None:
    assert first_update(spec, gradient=0.5) == pytest.approx(expected, rel=1e-4)
