"""One optimizer step: the gradients of a batch, as many rows at once as fit into memory, shaped and applied."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.optim import Optimizer

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.checkpoint import SteppingState
from trainyard_engine.core.faults import is_out_of_memory
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.optimizers import set_learning_rate, take_step
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.core.torch_compile import compiled, reporting_compiler_faults
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities.augment import augment, augment_encoded
from trainyard_engine.tasks.shared.regression import add_penalty_gradients

Scalars = dict[str, Tensor]

MICRO_BATCH_SHRUNK = "shrunk"
"""Beside the other sums of a step: how many processes found too little room for their rows."""


class Stepper:
    """Changes a model's weights, a batch at a time. ``warn`` is told when fewer rows than asked for fit."""

    def __init__(
        self,
        model: LoadedModel,
        optimizer: Optimizer,
        group: Group,
        warn: Callable[[str], None],
        *,
        micro_batch_size: int,
    ) -> None:
        self.spec = model.config.spec.training
        self.micro_batch_size = micro_batch_size
        self._model = model
        data = model.config.spec.task.traits.data
        self._call = compiled(model.network, data) if self.spec.compile else model.network
        self._optimizer = optimizer
        self._group = group
        self._warn = warn
        # Small gradients would be zero in fp16: losses are multiplied before, gradients divided after (Micikevicius et
        # al., "Mixed Precision Training", ICLR 2018). Without fp16 it passes everything on as it is.
        self._scaler = torch.amp.GradScaler(model.compute.device.type, enabled=model.compute.precision == "fp16")

    @property
    def state(self) -> SteppingState:
        if not self._scaler.is_enabled():
            return SteppingState(micro_batch_size=self.micro_batch_size)
        scaler = self._scaler.state_dict()
        return SteppingState(
            micro_batch_size=self.micro_batch_size,
            loss_scale=scaler["scale"],
            steps_since_scaled=scaler["_growth_tracker"],
        )

    def restore(self, state: SteppingState) -> None:
        """Goes on from where ``state`` was noted."""
        self.micro_batch_size = state.micro_batch_size
        if self._scaler.is_enabled() and state.loss_scale is not None:
            known = {"scale": state.loss_scale, "_growth_tracker": state.steps_since_scaled}
            self._scaler.load_state_dict(self._scaler.state_dict() | known)

    def take(self, batch: Batch, *, step: int, lr: float) -> Scalars:
        """Takes step number ``step`` (from 0) at the rate ``lr``; returns the batch's mean loss and metrics.

        Where the rows do not fit into memory, half as many are computed at once from then on, and the step is begun
        again. Raises what PyTorch raises when a single row does not fit.
        """
        set_learning_rate(self._optimizer, lr)
        micro_batch_size = self.micro_batch_size
        while True:
            try:
                with reporting_compiler_faults() if self.spec.compile else nullcontext():
                    sums = self._add_gradients(batch, step)
                break
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or self.micro_batch_size == 1:
                    raise
            # Outside the handler: the exception holds the frames, and they hold the tensors that are in the way.
            self._set_micro_batch_size(max(1, min(self.micro_batch_size, len(self._group.shard(batch)[0].target)) // 2))
        if self._group.size > 1:
            sums[MICRO_BATCH_SHRUNK] = WeightedSum(torch.tensor(self.micro_batch_size != micro_batch_size), 1)
        sums = self._group.all_reduce_gradients(self._model.network.parameters(), sums)
        self._shape_gradients()
        self._apply_gradients()
        if self._group.size > 1 and sums.pop(MICRO_BATCH_SHRUNK).total.item():
            # Some process had less room: a checkpoint holds one number for all of them.
            self._set_micro_batch_size(self._group.all_reduce_min(self.micro_batch_size))
        return {name: found.mean for name, found in sums.items()}

    def _apply_gradients(self) -> None:
        if self._scaler.is_enabled():
            self._scaler.step(self._optimizer)
            self._scaler.update()
        else:
            take_step(self._optimizer)

    def _set_micro_batch_size(self, rows: int) -> None:
        if rows == self.micro_batch_size:
            return
        self.micro_batch_size = rows
        self._warn(f"A batch does not fit into memory at once; from now on {rows} rows are computed at a time.")
        if self._model.compute.device.type == "cuda":
            torch.cuda.empty_cache()

    def _add_gradients(self, batch: Batch, step: int) -> dict[str, WeightedSum]:
        """Adds up the gradients of the mean loss over the whole batch, part by part; returns what the parts tell.

        Of a process among several, those of its own rows: all divide by what the whole batch weighs.
        """
        seed_torch("step", self.spec.seed, step, *self._group.key)
        self._optimizer.zero_grad()
        objective, sums = self._model.objective, dict[str, WeightedSum]()
        own, times_computed = self._group.shard(batch)
        weight = objective.weight(batch.target) * times_computed
        for part in own.parts(self.micro_batch_size):
            outputs, loss = self._forward(part)
            self._scaler.scale(loss.total / weight).backward()  # type: ignore[no-untyped-call]
            found = {"loss": loss.detach(), **objective.step_metrics(outputs.detach(), part.target)}
            sums = {name: sums[name].plus(new) if sums else new for name, new in found.items()}
        return sums

    def _forward(self, batch: Batch) -> tuple[Tensor, WeightedSum]:
        """The outputs, and the loss with its gradients' graph."""
        raw, mixing = augment(batch.raw, self.spec.augment)
        with self._model.compute.autocast():
            inputs = augment_encoded(self._model.encoder(raw), self.spec.augment)
            outputs: Tensor = self._call(inputs)
        outputs, loss_of = outputs.float(), self._model.objective.loss
        loss = loss_of(outputs, batch.target)
        if mixing:
            partners = loss_of(outputs, batch.target[mixing.partners])
            # The partners are the same rows in another order, and weigh the same.
            loss = WeightedSum(mixing.own * loss.total + (1 - mixing.own) * partners.total, loss.weight)
        return outputs, loss

    def _shape_gradients(self) -> None:
        regularization = self.spec.regularization
        if not (regularization.l1 or regularization.l2 or regularization.clip_norm):
            return
        self._scaler.unscale_(self._optimizer)
        if regularization.l1 or regularization.l2:
            add_penalty_gradients(self._model.network.parameters(), regularization)
        if regularization.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._model.network.parameters(), regularization.clip_norm)
