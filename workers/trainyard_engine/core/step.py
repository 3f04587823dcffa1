"""One optimizer step: the gradients of a batch, as many rows at once as fit into memory, shaped and applied."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import repeat
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor
from torch.optim import Optimizer

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.checkpoint import SteppingState
from trainyard_engine.core.faults import OutOfMemoryElsewhere, is_out_of_memory
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.optimizers import set_learning_rate, take_step
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.core.torch_compile import compiled, reporting_compiler_faults
from trainyard_engine.core.weighted_sum import WeightedSum
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities.augment import augment, augment_encoded
from trainyard_engine.modalities.image.mixing import Mixing
from trainyard_engine.tasks.handler import JointObjective
from trainyard_engine.tasks.shared.regression import add_penalty_gradients

if TYPE_CHECKING:
    from trainyard_engine.distributed.sharding import Sharding

Work = TypeVar("Work")
Scalars = dict[str, Tensor]

MICRO_BATCH_SHRUNK = "shrunk"
"""Beside the other sums of a step: how many processes found too little room for their rows."""


class Stepper:
    """Changes a model's weights, a batch at a time. ``warn`` is told when fewer rows than asked for fit.

    Of a model in parts, ``sharding`` knows those of this process.
    """

    def __init__(
        self,
        model: LoadedModel,
        optimizer: Optimizer,
        group: Group,
        warn: Callable[[str], None],
        *,
        micro_batch_size: int,
        sharding: "Sharding | None" = None,
    ) -> None:
        self.spec = model.config.spec.training
        self.micro_batch_size = micro_batch_size
        self._model = model
        data = model.config.spec.task.traits.data
        self._call = compiled(model.network, data) if self.spec.compile else model.network
        self._optimizer = optimizer
        self._group = group
        self._sharding = sharding
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
        if isinstance(self._model.objective, JointObjective):
            sums = self._add_joint_gradients(batch, step)
        else:
            sums = self._within_memory(batch, lambda: self._add_gradients(batch, step))
        if self._group.size > 1:
            sums[MICRO_BATCH_SHRUNK] = WeightedSum(torch.tensor(self.micro_batch_size != micro_batch_size), 1)
        # Those of a sharded model have been added up on the way back.
        own = () if self._sharding else self._model.network.parameters()
        sums = self._group.all_reduce_gradients(own, sums)
        self._shape_gradients()
        self._apply_gradients()
        if self._group.size > 1 and sums.pop(MICRO_BATCH_SHRUNK).total.item():
            # Some process had less room: a checkpoint holds one number for all of them.
            self._set_micro_batch_size(self._group.all_reduce_min(self.micro_batch_size))
        return {name: found.mean for name, found in sums.items()}

    def _within_memory(self, batch: Batch, work: Callable[[], Work]) -> Work:
        """What ``work`` makes of ``batch``, begun again with half as many rows at once where they do not fit."""
        while True:
            try:
                with reporting_compiler_faults() if self.spec.compile else nullcontext():
                    return work()
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                if self._sharding and not isinstance(error, OutOfMemoryElsewhere):
                    self._sharding.agree(is_out_of_memory=True)
                if self.micro_batch_size == 1:
                    raise
            # Outside the handler: the exception holds the frames, and they hold the tensors that are in the way.
            rows = len(self._group.shard(batch)[0].target)
            if self._sharding:
                self._sharding.begin_again()
                rows = self._group.most_rows(len(batch.target))
            self._set_micro_batch_size(max(1, min(self.micro_batch_size, rows) // 2))

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
        if self._sharding:
            self._sharding.zero_grad()
        for part, counts in self._parts(own, of=len(batch.target)):
            outputs, loss = self._forward(part)
            total = loss.total if counts else loss.total * 0
            self._scaler.scale(total / weight).backward()  # type: ignore[no-untyped-call]
            if counts:
                found = {"loss": loss.detach(), **objective.step_metrics(outputs.detach(), part.target)}
                sums = {name: sums[name].plus(new) if sums else new for name, new in found.items()}
        if self._sharding:
            self._sharding.agree()
            self._sharding.collect_gradients()
        return sums

    def _parts(self, own: Batch, *, of: int) -> Iterator[tuple[Batch, bool]]:
        """The parts in which this process computes its ``own`` rows of a batch ``of`` so many, and whether each counts.

        The processes of a sharded training gather each block together, and so compute equally many parts: who has one
        less than others computes its last one twice.
        """
        passes = -(-self._group.most_rows(of) // self.micro_batch_size) if self._sharding else 0
        for part in own.parts(self.micro_batch_size):
            passes -= 1
            yield part, True
        yield from repeat((part, False), max(0, passes))

    def _add_joint_gradients(self, batch: Batch, step: int) -> dict[str, WeightedSum]:
        """Likewise of a loss that compares the rows of ``batch`` with each other: it is one loss of all their outputs.

        Rows that are computed together go through the network once. Else all outputs come first, without a graph, then
        the gradient of the loss by them, and part by part a second time that of the weights: GradCache (Gao et al.,
        "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup", 2021). Both passes draw the same
        dropout. Processes exchange their outputs once, between the two, so that one may begin either again by itself.
        """
        rows = len(batch.target)
        if len(self._group.shard(batch)[0].target) < rows:
            outputs = self._within_memory(batch, lambda: self._outputs(batch, step))
            cached = self._output_gradients(self._group.all_gather_rows(outputs, rows), batch)
            return self._within_memory(batch, lambda: self._add_cached_gradients(batch, step, cached))

        def alone() -> dict[str, WeightedSum]:
            if rows <= self.micro_batch_size:
                return self._add_gradients(batch, step)
            cached = self._output_gradients(self._outputs(batch, step), batch)
            return self._add_cached_gradients(batch, step, cached)

        return self._within_memory(batch, alone)

    @torch.no_grad()
    def _outputs(self, batch: Batch, step: int) -> Tensor:
        """Outputs of this process's rows, (rows, outputs of each, …)."""
        seed_torch("step", self.spec.seed, step, *self._group.key)
        own, _ = self._group.shard(batch)
        parts = ((part, self._network_outputs(part.raw)[0]) for part in own.parts(self.micro_batch_size))
        return torch.cat([outputs.reshape(len(part.target), -1, *outputs.shape[1:]) for part, outputs in parts])

    def _output_gradients(self, outputs: Tensor, batch: Batch) -> tuple[Tensor, dict[str, WeightedSum]]:
        """The gradient of the mean loss by the outputs of this process's rows, and what the whole batch tells."""
        objective, (_, times_computed) = self._model.objective, self._group.shard(batch)
        outputs = outputs.requires_grad_()
        loss = objective.loss(outputs.flatten(0, 1), batch.target)
        weight = objective.weight(batch.target) * times_computed
        (gradient,) = torch.autograd.grad(loss.total / weight, outputs)
        found = {"loss": loss.detach(), **objective.step_metrics(outputs.detach().flatten(0, 1), batch.target)}
        mine = self._group.shard_of(len(batch.target))
        return gradient[mine], found

    def _add_cached_gradients(
        self, batch: Batch, step: int, cached: tuple[Tensor, dict[str, WeightedSum]]
    ) -> dict[str, WeightedSum]:
        seed_torch("step", self.spec.seed, step, *self._group.key)
        self._optimizer.zero_grad()
        (own, _), (gradient, sums) = self._group.shard(batch), cached
        parts = own.parts(self.micro_batch_size)
        for part, of_outputs in zip(
            parts, torch.split(gradient, min(self.micro_batch_size, len(gradient))), strict=True
        ):
            outputs, _ = self._network_outputs(part.raw)
            self._scaler.scale((outputs * of_outputs.flatten(0, 1)).sum()).backward()  # type: ignore[no-untyped-call]
        return dict(sums)

    def _network_outputs(self, raw: tuple[Tensor, ...]) -> tuple[Tensor, Mixing | None]:
        """Float32 outputs for augmented rows, and how these were mixed."""
        raw, mixing = augment(raw, self.spec.augment)
        with self._model.compute.autocast():
            inputs = augment_encoded(self._model.encoder(raw), self.spec.augment)
            outputs: Tensor = self._call(inputs)
        return outputs.float(), mixing

    def _forward(self, batch: Batch) -> tuple[Tensor, WeightedSum]:
        """The outputs, and the loss with its gradients' graph."""
        outputs, mixing = self._network_outputs(batch.raw)
        loss_of = self._model.objective.loss
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
            network = self._model.network
            learning = self._sharding.parameters if self._sharding else network.parameters()
            add_penalty_gradients(learning, regularization)
        if regularization.clip_norm is not None:
            self._clip_gradients(regularization.clip_norm)

    def _clip_gradients(self, largest: float) -> None:
        if self._sharding:
            self._sharding.clip_gradients(largest)
        else:
            torch.nn.utils.clip_grad_norm_(self._model.network.parameters(), largest)


def is_finite(tensor: Tensor) -> bool:
    """Whether all of its numbers are finite."""
    # The sum tells in one pass, a tenth of the time; it can overflow, but not be finite where a number is not.
    return bool(tensor.sum().isfinite()) or bool(tensor.isfinite().all())
