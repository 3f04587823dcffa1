"""The spec's optimizers as PyTorch's."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD, Adagrad, Adam, Optimizer, RMSprop

from trainyard_spec.optimizers import AdagradConfig, AdamConfig, AdamwConfig, AnyOptimizer, RmspropConfig, SgdConfig

OptimizerState = dict[str, Tensor]
Parameters = list[Tensor] | list[dict[str, Any]]
"""Those of a network, or groups of them with options of their own."""

SEPARATOR = "/"
LR_SCALE = "lr_scale"
"""The option of a group of parameters by which the schedule's learning rate is multiplied; 1 without."""


def _sgd(spec: SgdConfig, parameters: Parameters) -> Optimizer:
    return SGD(
        parameters,
        lr=spec.lr,
        momentum=spec.momentum,
        nesterov=spec.nesterov,
        weight_decay=spec.weight_decay,
        fused=True,
    )


class FusedAdam(Adam):
    """``torch.optim.Adam`` with a second way to take its step: the same kernel, called without what surrounds it.

    Around it ``step`` looks up the state of every parameter anew, sorts all tensors by device and type and serves hooks
    and profilers: on a CPU a quarter of its time for a network of two dense layers, a twenty-fifth of the whole step.
    """

    def __init__(self, parameters: Parameters, **options: Any) -> None:
        super().__init__(parameters, fused=True, **options)
        self._state_lists: tuple[tuple[list[Tensor], ...], ...] = ()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._state_lists = ()

    @torch.no_grad()
    def quick_step(self) -> None:
        """``step``, for parameters that are all on one device and float32; not with a ``GradScaler``."""
        parameters = [parameter for group in self.param_groups for parameter in group["params"]]
        if len(self.state) < len(parameters) or any(parameter.grad is None for parameter in parameters):
            self.step()
            return
        if not self._state_lists:
            self._state_lists = tuple(self._states(group["params"]) for group in self.param_groups)
        for group, states in zip(self.param_groups, self._state_lists, strict=True):
            _update(group, *states)

    def _states(self, parameters: list[Tensor]) -> tuple[list[Tensor], ...]:
        names = ("exp_avg", "exp_avg_sq", "step")
        return tuple([self.state[parameter][name] for parameter in parameters] for name in names)


def _update(group: dict[str, Any], averages: list[Tensor], squares: list[Tensor], steps: list[Tensor]) -> None:
    """One fused step of Adam or AdamW for the parameters of ``group``, all of which have gradients."""
    torch._foreach_add_(steps, 1)
    update = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
    update(
        group["params"],
        [parameter.grad for parameter in group["params"]],
        averages,
        squares,
        [],
        steps,
        lr=group["lr"],
        beta1=group["betas"][0],
        beta2=group["betas"][1],
        weight_decay=group["weight_decay"],
        eps=group["eps"],
        amsgrad=False,
        maximize=False,
    )


def _adam(spec: AdamConfig | AdamwConfig, parameters: Parameters) -> Optimizer:
    return FusedAdam(
        parameters,
        lr=spec.lr,
        betas=spec.betas,
        weight_decay=spec.weight_decay,
        decoupled_weight_decay=spec.name == "adamw",
    )


def _rmsprop(spec: RmspropConfig, parameters: Parameters) -> Optimizer:
    return RMSprop(parameters, lr=spec.lr, momentum=spec.momentum, weight_decay=spec.weight_decay, foreach=True)


def _adagrad(spec: AdagradConfig, parameters: Parameters) -> Optimizer:
    return Adagrad(parameters, lr=spec.lr, weight_decay=spec.weight_decay, foreach=True)


BUILDERS: dict[str, Callable[[Any, Parameters], Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}


def build_optimizer(spec: AnyOptimizer, parameters: Parameters) -> Optimizer:
    """The optimizer of ``spec`` over ``parameters``, fused where PyTorch has a fused kernel for CPU and CUDA."""
    return BUILDERS[spec.name](spec, parameters)


def set_learning_rate(optimizer: Optimizer, lr: float) -> None:
    """``lr`` for every group, times the scale that it may have of its own."""
    for group in optimizer.param_groups:
        group["lr"] = lr * group.get(LR_SCALE, 1.0)


def take_step(optimizer: Optimizer) -> None:
    """Applies the gradients, the quickest way that ``optimizer`` has."""
    if isinstance(optimizer, FusedAdam):
        optimizer.quick_step()
    else:
        optimizer.step()


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
