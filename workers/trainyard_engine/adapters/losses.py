"""Losses over token log-probabilities: cross-entropy, importance sampling, PPO, CISPO and DRO.

Each returns a value for every target, whose sum is the loss: gradients of several calls add up to that of all.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from trainyard_spec.training_sessions import LossFunction

Inputs = Mapping[str, Tensor]
"""Of one batch: tensors of the shape of the log-probabilities, by name."""
Options = Mapping[str, float]

CLIP_LOW, CLIP_HIGH = 0.8, 1.2
DRO_BETA = 0.05


def cross_entropy(logprobs: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """Negative log-likelihood of the targets, weighted by ``weights``."""
    return -logprobs * inputs["weights"]


def importance_sampling(logprobs: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """Policy gradient with importance sampling: minus the ratio of new to old probability times ``advantages``."""
    return -(logprobs - inputs["logprobs"]).exp() * inputs["advantages"]


def ppo(logprobs: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """The clipped surrogate objective (Schulman et al. 2017, equation 7)."""
    ratio = (logprobs - inputs["logprobs"]).exp()
    clipped = ratio.clamp(*_clip_range(options))
    return -torch.minimum(ratio * inputs["advantages"], clipped * inputs["advantages"])


def cispo(logprobs: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """Clipped importance-sampling weights, through which no gradient flows (MiniMax-M1, 2025, equation 4)."""
    ratio = (logprobs - inputs["logprobs"]).exp().clamp(*_clip_range(options)).detach()
    return -ratio * inputs["advantages"] * logprobs


def dro(logprobs: Tensor, inputs: Inputs, options: Options) -> Tensor:
    """Direct reward optimisation (Richemond et al. 2024): the policy gradient with a quadratic penalty."""
    penalty = (logprobs - inputs["logprobs"]).square()
    return -(logprobs * inputs["advantages"] - 0.5 * options.get("beta", DRO_BETA) * penalty)


def _clip_range(options: Options) -> tuple[float, float]:
    return options.get("clip_low_threshold", CLIP_LOW), options.get("clip_high_threshold", CLIP_HIGH)


LOSSES: Mapping[LossFunction, Callable[[Tensor, Inputs, Options], Tensor]] = {
    LossFunction.CROSS_ENTROPY: cross_entropy,
    LossFunction.IMPORTANCE_SAMPLING: importance_sampling,
    LossFunction.PPO: ppo,
    LossFunction.CISPO: cispo,
    LossFunction.DRO: dro,
}
