"""One optimizer step: the gradients of a batch, as many rows at once as fit into memory, shaped and applied."""

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.optim import Optimizer

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.checkpoint import SteppingSoFar
from trainyard_engine.core.faults import is_out_of_memory
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.optimizers import take_step
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.core.torch_compile import compiled, reporting_compiler_faults
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities.augment import augment, augment_encoded
from trainyard_engine.tasks.shared.regression import add_penalty_gradients

Scalars = dict[str, Tensor]

SHRUNK = "shrunk"
"""Beside the other sums of a step: how many processes found too little room for their rows."""


class Stepper:
    """Changes a model's weights, a batch at a time. ``warn`` is told when fewer rows than asked for fit."""

    def __init__(
        self, model: LoadedModel, optimizer: Optimizer, group: Group, warn: Callable[[str], None], *, rows_at_once: int
    ) -> None:
        self.spec = model.config.spec.training
        self.rows_at_once = rows_at_once
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
    def so_far(self) -> SteppingSoFar:
        if not self._scaler.is_enabled():
            return SteppingSoFar(rows_at_once=self.rows_at_once)
        scaler = self._scaler.state_dict()
        return SteppingSoFar(
            rows_at_once=self.rows_at_once,
            loss_scale=scaler["scale"],
            steps_since_scaled=scaler["_growth_tracker"],
        )

    def restore(self, so_far: SteppingSoFar) -> None:
        """Goes on from where ``so_far`` was noted."""
        self.rows_at_once = so_far.rows_at_once
        if self._scaler.is_enabled() and so_far.loss_scale is not None:
            known = {"scale": so_far.loss_scale, "_growth_tracker": so_far.steps_since_scaled}
            self._scaler.load_state_dict(self._scaler.state_dict() | known)

    def take(self, batch: Batch, *, step: int, lr: float) -> Scalars:
        """Takes step number ``step`` (from 0) at the rate ``lr``; returns the batch's mean loss and metrics.

        Where the rows do not fit into memory, half as many are computed at once from then on, and the step is begun
        again. Raises what PyTorch raises when a single row does not fit.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        rows_at_once = self.rows_at_once
        while True:
            try:
                with reporting_compiler_faults() if self.spec.compile else nullcontext():
                    sums = self._add_gradients(batch, step)
                break
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error) or self.rows_at_once == 1:
                    raise
            # Outside the handler: the exception holds the frames, and they hold the tensors that are in the way.
            self._compute_at_once(max(1, min(self.rows_at_once, len(self._group.share(batch)[0].target)) // 2))
        if self._group.size > 1:
            sums[SHRUNK] = WeightedSum(torch.tensor(self.rows_at_once != rows_at_once), 1)
        sums = self._group.add_up(self._model.network.parameters(), sums)
        self._shape_gradients()
        self._apply_gradients()
        if self._group.size > 1 and sums.pop(SHRUNK).total.item():
            # Some process had less room: a checkpoint holds one number for all of them.
            self._compute_at_once(self._group.least(self.rows_at_once))
        return {name: found.mean for name, found in sums.items()}

    def _apply_gradients(self) -> None:
        if self._scaler.is_enabled():
            self._scaler.step(self._optimizer)
            self._scaler.update()
        else:
            take_step(self._optimizer)

    def _compute_at_once(self, rows: int) -> None:
        if rows == self.rows_at_once:
            return
        self.rows_at_once = rows
        self._warn(
            f"A batch does not fit into memory at once; from now on {self.rows_at_once} rows are computed at a time."
        )
        if self._model.compute.device.type == "cuda":
            torch.cuda.empty_cache()

    def _add_gradients(self, batch: Batch, step: int) -> dict[str, WeightedSum]:
        """Adds up the gradients of the mean loss over the whole batch, part by part; returns what the parts tell.

        Of a process among several, those of its own rows: all divide by what the whole batch weighs.
        """
        seed_torch("step", self.spec.seed, step, *self._group.key)
        self._optimizer.zero_grad()
        objective, sums = self._model.objective, dict[str, WeightedSum]()
        own, times_computed = self._group.share(batch)
        weight = objective.weight(batch.target) * times_computed
        for part in own.parts(self.rows_at_once):
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
