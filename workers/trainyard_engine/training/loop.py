"""The training loop: a state that moves step by step and is the same wherever it was interrupted."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import torch
from torch import Tensor
from torch.optim import Optimizer

from trainyard_engine.data.augment import augment
from trainyard_engine.data.batches import Batch
from trainyard_engine.data.split import Split
from trainyard_engine.evaluation import evaluate
from trainyard_engine.keyed import permutation, seed_torch
from trainyard_engine.kinds.kind import Source
from trainyard_engine.model import LoadedModel
from trainyard_engine.model_directory import contiguous_copy, contiguous_weights
from trainyard_engine.training.averaging import WeightAverage
from trainyard_engine.training.checkpoints import Checkpoint, CheckpointWriter, TrainingState
from trainyard_engine.training.early_stopping import EarlyStopping
from trainyard_engine.training.objectives import add_penalty_gradients
from trainyard_engine.training.optimizers import build_optimizer, optimizer_tensors, restore_optimizer
from trainyard_engine.training.plateau import Plateau
from trainyard_engine.training.schedules import Horizon, learning_rate
from trainyard_engine.training.telemetry import Clock, Telemetry
from trainyard_spec.schedules import PlateauSchedule


class Training:
    """A model on its way through its spec's epochs.

    All randomness is keyed by (seed, epoch) for the order of rows and by (seed, step) for dropout and augmentation.
    """

    def __init__(
        self,
        model: LoadedModel,
        source: Source,
        split: Split,
        *,
        horizon: Horizon,
        name: str,
        threads: int,
    ) -> None:
        self.model = model
        self.spec = model.config.spec.training
        self.split = split
        self.step = 0
        self.horizon = horizon
        self.name = name
        self.threads = threads
        self.val_metrics: dict[str, float] = {}
        self.stopping: EarlyStopping | None = None
        if self.spec.early_stopping:
            self.stopping = EarlyStopping(self.spec.early_stopping, best=None, weights={})
        self.source = source
        self._checkpointed: int | None = None
        self._average = WeightAverage(self.spec.ema, model.network) if self.spec.ema else None
        schedule = self.spec.schedule
        self._plateau = Plateau(schedule) if isinstance(schedule, PlateauSchedule) else None
        self._optimizer: Optimizer = build_optimizer(self.spec.optimizer, model.network.parameters())

    @property
    def epoch(self) -> int:
        """Finished epochs."""
        return self.step // self.horizon.steps_per_epoch

    @property
    def is_finished(self) -> bool:
        return self.step >= self.horizon.total_steps or (self.stopping is not None and self.stopping.is_over)

    def snapshot(self) -> Checkpoint:
        """A copy of everything that later steps depend on."""
        return Checkpoint(
            state=TrainingState(
                training=self.name,
                step=self.step,
                epoch=self.epoch,
                threads=self.threads,
                val_metrics=self.val_metrics,
                best=self.stopping.best if self.stopping else None,
                plateau=self._plateau.so_far if self._plateau else None,
            ),
            weights=contiguous_weights(self.model.network),
            optimizer={n: contiguous_copy(tensor) for n, tensor in optimizer_tensors(self._optimizer).items()},
            best=self.stopping.weights if self.stopping else {},
            average=self._average.tensors() if self._average else {},
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """Goes on from where ``checkpoint`` was taken."""
        self.step = self._checkpointed = checkpoint.state.step
        self.val_metrics = checkpoint.state.val_metrics
        self.model.network.load_state_dict(checkpoint.weights)
        restore_optimizer(self._optimizer, checkpoint.optimizer)
        if self._average:
            self._average.restore(checkpoint.average)
        if isinstance(self.spec.schedule, PlateauSchedule):
            self._plateau = Plateau(self.spec.schedule, checkpoint.state.plateau)
        if self.spec.early_stopping:
            best = checkpoint.state.best
            self.stopping = EarlyStopping(self.spec.early_stopping, best=best, weights=checkpoint.best)

    def run(
        self,
        telemetry: Telemetry,
        checkpoints: CheckpointWriter,
        clock: Clock,
        *,
        should_stop: Callable[[], bool],
        first_step: Callable[[int], None],
    ) -> None:
        """Trains until it is finished, or until ``should_stop``: then the last checkpoint holds every step.

        Raises ``EngineFault``.
        """
        start = self.step
        self.model.network.train()
        for batch in self._remaining_batches(should_stop):
            self._train_step(batch, telemetry)
            if self.step == start + 1:
                first_step(self.step)
            if self.step % self.horizon.steps_per_epoch == 0:
                self._finish_epoch(telemetry)
            checkpoints.check()
            if self.step % self.spec.checkpoint.every_steps == 0 and not self.is_finished:
                self._checkpoint(telemetry, checkpoints, clock)
        telemetry.flush()
        if not self.is_finished and self.step != self._checkpointed:
            self._checkpoint(telemetry, checkpoints, clock)
        checkpoints.wait()

    def use_final_weights(self) -> None:
        """Ends on the best epoch's weights where early stopping asked for them, else on the average, else the last."""
        if self.stopping and self.stopping.best:
            self.model.network.load_state_dict(self.stopping.weights)
            self.val_metrics = self.stopping.best.metrics
        elif self._average:
            self._average.apply()

    def _remaining_batches(self, should_stop: Callable[[], bool]) -> Iterator[Batch]:
        size, rows = self.spec.batch_size * self.spec.accumulate, self.split.train
        while not self.is_finished:
            order = rows[permutation(len(rows), "order", self.spec.seed, self.epoch)]
            first = self.step % self.horizon.steps_per_epoch
            for batch in self.source.batches(order, size=size, first=first):
                if should_stop():
                    return
                yield batch

    def _train_step(self, batch: Batch, telemetry: Telemetry) -> None:
        seed_torch("step", self.spec.seed, self.step)
        lr = learning_rate(self.spec.schedule, lr=self.spec.optimizer.lr, step=self.step, horizon=self.horizon)
        if self._plateau:
            lr *= self._plateau.so_far.fraction
        for group in self._optimizer.param_groups:
            group["lr"] = lr
        self._optimizer.zero_grad()
        scalars = self._add_gradients(batch)
        self._shape_gradients()
        self._optimizer.step()
        self.step += 1
        if self._average:
            self._average.update(self.step)
        telemetry.step(self.step, samples=len(batch.target), lr=lr, scalars=scalars)

    def _add_gradients(self, batch: Batch) -> dict[str, Tensor]:
        """Adds up the gradients of the mean loss of all rows, part by part; returns the means of the scalars."""
        totals: dict[str, Tensor] = {}
        for part in batch.parts(self.spec.batch_size):
            outputs, loss = self._forward(part)
            scalars = {"loss": loss.detach(), **self.model.objective.step_metrics(outputs.detach(), part.target)}
            if part is batch:
                loss.backward()  # type: ignore[no-untyped-call]
                return scalars
            share = len(part.target) / len(batch.target)
            (loss * share).backward()  # type: ignore[no-untyped-call]
            for name, value in scalars.items():
                totals[name] = totals.get(name, 0.0) + value * share
        return totals

    def _forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The outputs, and the loss with its gradients' graph."""
        raw, mixing = batch.raw, None
        if self.spec.augment:
            first, mixing = augment(raw[0], self.spec.augment)
            raw = (first, *raw[1:])
        with self.model.compute.autocast():
            outputs: Tensor = self.model.network(self.model.encoder(raw))
        outputs, loss_of = outputs.float(), self.model.objective.loss
        loss = loss_of(outputs, batch.target)
        if mixing:
            loss = mixing.own * loss + (1 - mixing.own) * loss_of(outputs, batch.target[mixing.partners])
        return outputs, loss

    def _shape_gradients(self) -> None:
        regularization = self.spec.regularization
        if regularization.l1 or regularization.l2:
            add_penalty_gradients(self.model.network.parameters(), regularization)
        if regularization.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.network.parameters(), regularization.clip_norm)

    def _checkpoint(self, telemetry: Telemetry, checkpoints: CheckpointWriter, clock: Clock) -> None:
        # Points first: a resumed process does not send again what lies before its checkpoint.
        telemetry.flush()
        checkpoints.start(self.snapshot(), trained_seconds=clock.seconds())
        self._checkpointed = self.step

    def _finish_epoch(self, telemetry: Telemetry) -> None:
        with self._average.applied() if self._average else nullcontext():
            self.val_metrics = evaluate(self.model, self.source, self.split.val)
            telemetry.validation(self.step, self.val_metrics)
            if self.stopping:
                self.stopping.update(self.val_metrics, self.model.network)
        if self._plateau:
            self._plateau.update(self.val_metrics)


def horizon_of(rows: int, *, rows_per_step: int, epochs: int) -> Horizon:
    """The last, smaller step of an epoch counts as one."""
    return Horizon(steps_per_epoch=-(-rows // rows_per_step), epochs=epochs)
