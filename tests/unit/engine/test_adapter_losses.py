"""Losses of training sessions, against their formulas written out for single tokens."""

import math

import pytest
import torch

from trainyard_engine.adapters.losses import LOSSES
from trainyard_spec.training_sessions import LossFunction

NEW, OLD, ADVANTAGE = -0.5, -1.0, 2.0
RATIO = math.exp(NEW - OLD)
EXPECTED = {
    LossFunction.IMPORTANCE_SAMPLING: -RATIO * ADVANTAGE,
    LossFunction.PPO: -1.2 * ADVANTAGE,
    LossFunction.CISPO: -1.2 * ADVANTAGE * NEW,
    LossFunction.DRO: -(NEW * ADVANTAGE - 0.5 * 0.05 * (NEW - OLD) ** 2),
}
SLOPES = {
    LossFunction.IMPORTANCE_SAMPLING: -RATIO * ADVANTAGE,
    LossFunction.PPO: 0.0,
    LossFunction.CISPO: -1.2 * ADVANTAGE,
    LossFunction.DRO: -(ADVANTAGE - 0.05 * (NEW - OLD)),
}


@pytest.mark.parametrize("loss", EXPECTED)
def test_the_value_and_the_slope_of_one_token(loss: LossFunction) -> None:
    logprobs = torch.tensor([NEW], requires_grad=True)
    inputs = {"logprobs": torch.tensor([OLD]), "advantages": torch.tensor([ADVANTAGE])}
    value = LOSSES[loss](logprobs, inputs, {}).sum()
    value.backward()
    assert value.item() == pytest.approx(EXPECTED[loss])
    assert logprobs.grad is not None
    assert logprobs.grad.item() == pytest.approx(SLOPES[loss])


def test_cross_entropy_weighs_each_token() -> None:
    logprobs = torch.tensor([-1.0, -2.0, -4.0])
    values = LOSSES[LossFunction.CROSS_ENTROPY](logprobs, {"weights": torch.tensor([1.0, 0.0, 0.5])}, {})
    assert values.tolist() == [1.0, 0.0, 2.0]


def test_clip_thresholds_can_be_named() -> None:
    inputs = {"logprobs": torch.tensor([OLD]), "advantages": torch.tensor([ADVANTAGE])}
    options = {"clip_low_threshold": 0.5, "clip_high_threshold": 1.5}
    assert LOSSES[LossFunction.PPO](torch.tensor([NEW]), inputs, options).item() == pytest.approx(-1.5 * ADVANTAGE)
