"""The spec's optimizers as PyTorch's."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop

from trainyard_spec.training import AdagradSpec, AdamSpec, AnyOptimizer, RmspropSpec, SgdSpec

OptimizerState = dict[str, Tensor]

SEPARATOR = "/"


def _sgd(spec: SgdSpec, parameters: list[Tensor]) -> Optimizer:
    return SGD(
        parameters,
        lr=spec.lr,
        momentum=spec.momentum,
        nesterov=spec.nesterov,
        weight_decay=spec.weight_decay,
        fused=True,
    )


def _adam(spec: AdamSpec, parameters: list[Tensor]) -> Optimizer:
    kind = AdamW if spec.name == "adamw" else Adam
    return kind(parameters, lr=spec.lr, betas=spec.betas, weight_decay=spec.weight_decay, fused=True)


def _rmsprop(spec: RmspropSpec, parameters: list[Tensor]) -> Optimizer:
    return RMSprop(parameters, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay, foreach=True)


def _adagrad(spec: AdagradSpec, parameters: list[Tensor]) -> Optimizer:
    return Adagrad(parameters, lr=spec.lr, weight_decay=spec.weight_decay, foreach=True)


BUILDERS: dict[str, Callable[[Any, list[Tensor]], Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}


def build_optimizer(spec: AnyOptimizer, parameters: Iterable[Tensor]) -> Optimizer:
    """The optimizer of ``spec`` over ``parameters``, fused where PyTorch has a fused kernel for CPU and CUDA."""
    return BUILDERS[spec.name](spec, list(parameters))


def optimizer_tensors(optimizer: Optimizer) -> OptimizerState:
    """What the optimizer carries from step to step, as ``"{parameter number}/{name}"`` to tensor."""
    return {
        f"{index}{SEPARATOR}{name}": value
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if value is not None
    }


def restore_optimizer(optimizer: Optimizer, tensors: OptimizerState) -> None:
    """Puts back what ``optimizer_tensors`` gave."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        index, name = key.split(SEPARATOR)
        parameter = parameters[int(index)]
        if tensor.shape == parameter.shape:
            # Fused kernels walk parameter and state in memory order: the state must lie as the parameter does.
            tensor = torch.empty_like(parameter).copy_(tensor)
        state.setdefault(int(index), {})[name] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
