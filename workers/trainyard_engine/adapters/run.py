"""A training run: one adapter with its accumulated gradients and AdamW's state (Loshchilov & Hutter 2019)."""

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from trainyard_engine.adapters.batches import batches, read_payload
from trainyard_engine.adapters.losses import LOSSES
from trainyard_engine.adapters.network import AdaptedNetwork, token_logprobs
from trainyard_engine.core.atomic_io import write_described
from trainyard_engine.core.faults import EngineFault, invalid_input
from trainyard_engine.core.peft_layout import adapter_config
from trainyard_engine.core.safetensors_io import write_tensors
from trainyard_spec.engine_protocol import Fault
from trainyard_spec.files import FileEntry
from trainyard_spec.training_sessions import (
    ADAPTER_CONFIG_FILE,
    ADAPTER_WEIGHTS_FILE,
    OPTIMIZER_FILE,
    ForwardResult,
    LoraConfig,
    LossFunction,
)

STEPS = "steps"
MOMENTS = ("exp_avg", "exp_avg_sq")


class TrainingRun:
    """What its operations leave is a function of the operations alone: whoever repeats them has the same bits."""

    def __init__(self, network: AdaptedNetwork, name: str, lora: LoraConfig, *, base_model: str) -> None:
        self._network = network
        self._name = name
        self._lora = lora
        self._base_model = base_model
        self._parameters = network.add(name, lora)
        self._optimizer = self._new_optimizer()

    def close(self) -> None:
        self._network.remove(self._name)

    def forward(
        self, payload: Path, *, loss: LossFunction, options: Mapping[str, float], backward: bool
    ) -> tuple[ForwardResult, bytes]:
        """Log-probabilities and loss of the data in ``payload``; with ``backward`` their gradients are added.

        Raises ``EngineFault`` before anything is computed where the data cannot be.
        """
        data = read_payload(payload, vocabulary=self._network.vocabulary, max_context=self._network.max_context)
        total, found = 0.0, []
        with self._network.active(self._name) as network, torch.set_grad_enabled(backward):
            for batch in batches(data, self._network.device):
                logprobs = token_logprobs(network, batch.ids, batch.mask, batch.targets)
                values = LOSSES[loss](logprobs, batch.inputs, options)
                # What pads is no part of the loss, whatever the formula makes of its zeros.
                summed = (values * batch.mask[..., None]).sum()
                if backward:
                    summed.backward()  # type: ignore[no-untyped-call]
                total += float(summed.detach())
                found += [
                    row[: len(datum.tokens)].reshape(-1)
                    for row, datum in zip(logprobs.detach(), batch.data, strict=True)
                ]
        values = torch.cat(found) if found else torch.empty(0)
        result = ForwardResult(
            metrics={"loss:sum": total},
            counts=tuple(len(datum.tokens) for datum in data),
            widths=tuple(datum.width for datum in data),
        )
        return result, values.to("cpu", torch.float32).numpy().tobytes()

    def optim_step(self, parameters: Mapping[str, float]) -> dict[str, float]:
        """One step along the accumulated gradients, which are gone after it. Returns their norm before clipping."""
        group = self._optimizer.param_groups[0]
        group["lr"], group["eps"] = parameters["learning_rate"], parameters["eps"]
        group["betas"] = (parameters["beta1"], parameters["beta2"])
        group["weight_decay"] = parameters["weight_decay"]
        norm = nn.utils.get_total_norm([p.grad for p in self._parameters.values() if p.grad is not None])
        if (most := parameters["grad_clip_norm"]) > 0:
            nn.utils.clip_grads_with_norm_(self._parameters.values(), most, norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        return {"grad_norm": float(norm)}

    def save(self, directory: Path, *, with_optimizer: bool) -> list[FileEntry]:
        """Writes the adapter in peft's layout, and beside it what a training needs to go on to the same bits."""
        directory.mkdir(parents=True, exist_ok=True)
        config = adapter_config(self._network.peft_config(self._lora), base_model=self._base_model)
        weights = {key: _stored(parameter.data) for key, parameter in self._parameters.items()}
        files = [
            write_described(directory / ADAPTER_CONFIG_FILE, config),
            write_tensors(directory / ADAPTER_WEIGHTS_FILE, weights),
        ]
        if with_optimizer:
            files.append(write_tensors(directory / OPTIMIZER_FILE, self._optimizer_tensors()))
        return files

    def load(self, directory: Path, *, with_optimizer: bool) -> None:
        """Takes over the weights in ``directory``, and the optimizer's state or a new one. Raises ``EngineFault``."""
        weights = _read(directory / ADAPTER_WEIGHTS_FILE)
        shapes = {key: parameter.shape for key, parameter in self._parameters.items()}
        if {key: value.shape for key, value in weights.items()} != shapes:
            raise invalid_input(
                "The checkpoint's adapter does not fit this run.",
                code="adapter_does_not_fit",
                hint="Create the run with the rank, the parts and the base model that the checkpoint was made with.",
                field="path",
            )
        with torch.no_grad():
            for key, parameter in self._parameters.items():
                parameter.copy_(weights[key])
                parameter.grad = None
        self._optimizer = self._new_optimizer()
        if with_optimizer:
            self._restore_optimizer(_read(directory / OPTIMIZER_FILE))

    def _new_optimizer(self) -> torch.optim.AdamW:
        # Every step brings its own rates.
        return torch.optim.AdamW(self._parameters.values(), lr=0.0, weight_decay=0.0, foreach=True)

    def _optimizer_tensors(self) -> dict[str, Tensor]:
        found = {}
        for key, parameter in self._parameters.items():
            if parameter.grad is not None:
                found[f"grad.{key}"] = _stored(parameter.grad)
            state = self._optimizer.state.get(parameter)
            if state:
                found[f"{STEPS}.{key}"] = _stored(state["step"])
                found.update({f"{moment}.{key}": _stored(state[moment]) for moment in MOMENTS})
        return found or {"nothing": torch.zeros(1)}

    def _restore_optimizer(self, stored: Mapping[str, Tensor]) -> None:
        for key, parameter in self._parameters.items():
            if (gradient := stored.get(f"grad.{key}")) is not None:
                parameter.grad = gradient.to(parameter.device, parameter.dtype)
            if (steps := stored.get(f"{STEPS}.{key}")) is not None:
                moments = {name: stored[f"{name}.{key}"].to(parameter.device, parameter.dtype) for name in MOMENTS}
                self._optimizer.state[parameter] = {"step": steps.reshape(()).clone(), **moments}


def _stored(tensor: Tensor) -> Tensor:
    return tensor.detach().to("cpu").contiguous()


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return safetensors.torch.load_file(path)
    except (OSError, SafetensorError) as error:
        raise EngineFault(
            f"{path.name} cannot be read: {error}", code="damaged_checkpoint", fault=Fault.INFRASTRUCTURE
        ) from error
