"""The training loop: a state that moves step by step and is the same wherever it was interrupted."""

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from torch.optim import Optimizer

from trainyard_engine.core.batches import Batch
from trainyard_engine.core.checkpoint import Checkpoint, CheckpointWriter, TrainingState
from trainyard_engine.core.early_stopping import EarlyStopping
from trainyard_engine.core.evaluation import evaluate
from trainyard_engine.core.fine_tuning import FineTuning
from trainyard_engine.core.loss_history import Losses, LossState
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import contiguous_copy, contiguous_weights
from trainyard_engine.core.optimizers import build_optimizer, optimizer_tensors, restore_optimizer
from trainyard_engine.core.own_state import load_own_state
from trainyard_engine.core.plateau import Plateau
from trainyard_engine.core.rng import permutation
from trainyard_engine.core.schedules import StepPlan, learning_rate
from trainyard_engine.core.split import Split
from trainyard_engine.core.step import Stepper, is_finite
from trainyard_engine.core.telemetry import NonFiniteLoss, Telemetry, TrainedTimeClock, require_finite_loss
from trainyard_engine.core.weight_averaging import WeightAverage
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.tasks.handler import ExampleSource
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.schedules import PlateauSchedule

if TYPE_CHECKING:
    from trainyard_engine.distributed.sharding import Sharding


class Training:
    """A model on its way through its epochs.

    All randomness is keyed by (seed, epoch) for the order of rows and by (seed, step) for dropout and augmentation.
    """

    def __init__(
        self,
        model: LoadedModel,
        source: ExampleSource,
        split: Split,
        *,
        resolved: ResolvedTraining,
        name: str,
        threads: int,
        group: Group,
        warn: Callable[[str], None],
        tuning: FineTuning | None = None,
        sharding: "Sharding | None" = None,
    ) -> None:
        self.model = model
        self.spec = model.config.spec.training
        self.split = split
        self.step = 0
        self.resolved = resolved
        self.plan = StepPlan(steps_per_epoch=resolved.steps_per_epoch, epochs=resolved.epochs)
        self.name = name
        self.threads = threads
        self.group = group
        self.val_metrics: dict[str, float] = {}
        stopping = resolved.early_stopping
        self.stopping = EarlyStopping(stopping, best=None, weights={}) if stopping else None
        self.source = source
        self._checkpointed: int | None = None
        self._checkpointed_seconds = 0.0
        self._average = WeightAverage(self.spec.ema, model.network) if self.spec.ema else None
        schedule = resolved.schedule
        self._plateau = Plateau(schedule) if isinstance(schedule, PlateauSchedule) else None
        self._tuning = tuning or FineTuning()
        self._sharding = sharding
        self._optimizer = self._build_optimizer()
        size = resolved.batch_size
        self._stepper = Stepper(model, self._optimizer, group, warn, micro_batch_size=size, sharding=sharding)
        self.skipped_step: int | None = None
        self._losses = Losses()

    def _build_optimizer(self) -> Optimizer:
        """Over the process's own parts of the parameters, where the model is sharded."""
        optimizer = self.spec.optimizer
        if self._sharding:
            return build_optimizer(optimizer, self._sharding.parameters)
        return build_optimizer(optimizer, self._tuning.parameters(self.model.network, lr=optimizer.lr))

    @property
    def losses(self) -> LossState:
        """How they went."""
        return self._losses.state

    @property
    def epoch(self) -> int:
        """Finished epochs."""
        return self.step // self.plan.steps_per_epoch

    @property
    def is_finished(self) -> bool:
        return self.step >= self.plan.total_steps or (self.stopping is not None and self.stopping.is_over)

    def snapshot(self) -> Checkpoint:
        """A copy of everything that later steps depend on."""
        return Checkpoint(
            state=TrainingState(
                training=self.name,
                step=self.step,
                epoch=self.epoch,
                threads=self.threads,
                processes=self.group.size,
                val_metrics=self.val_metrics,
                best=self.stopping.best if self.stopping else None,
                plateau=self._plateau.state if self._plateau else None,
                stepping=self._stepper.state,
                skipped_step=self.skipped_step,
                resolved=self.resolved,
                form=self.model.config.form,
                has_scales=self.model.preprocessing.scales is not None,
                losses=self.losses,
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
        load_own_state(self.model.network, checkpoint.weights)
        restore_optimizer(self._optimizer, checkpoint.optimizer)
        self.skipped_step = checkpoint.state.skipped_step
        self._losses = Losses(checkpoint.state.losses)
        if checkpoint.state.stepping:
            self._stepper.restore(checkpoint.state.stepping)
        if self._average:
            self._average.restore(checkpoint.average)
        if isinstance(self.resolved.schedule, PlateauSchedule):
            self._plateau = Plateau(self.resolved.schedule, checkpoint.state.plateau)
        if self.resolved.early_stopping:
            best = checkpoint.state.best
            self.stopping = EarlyStopping(self.resolved.early_stopping, best=best, weights=checkpoint.best)

    def run(
        self,
        telemetry: Telemetry,
        checkpoints: CheckpointWriter,
        clock: TrainedTimeClock,
        *,
        should_stop: Callable[[], bool],
        first_step: Callable[[int], None],
        epoch_done: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Trains until it is finished, or until ``should_stop``: then the last checkpoint holds every step.

        Raises ``EngineFault``.
        """
        start = self.step

        def stepped() -> None:
            if self.step == start + 1:
                first_step(self.step)

        while True:
            try:
                self._run(
                    telemetry, checkpoints, clock, should_stop=should_stop, stepped=stepped, epoch_done=epoch_done
                )
            except NonFiniteLoss as fault:
                self._roll_back(fault, telemetry, checkpoints, clock)
            else:
                return

    def _run(
        self,
        telemetry: Telemetry,
        checkpoints: CheckpointWriter,
        clock: TrainedTimeClock,
        *,
        should_stop: Callable[[], bool],
        stepped: Callable[[], None],
        epoch_done: Callable[[int], None],
    ) -> None:
        self._tuning.train_mode(self.model.network)
        for batch in self._remaining_batches(should_stop):
            self._train_step(batch, telemetry)
            stepped()
            if self.step % self.plan.steps_per_epoch == 0:
                self.finish_epoch(telemetry)
                epoch_done(self.epoch)
            checkpoints.check()
            if self.step % self.spec.checkpoint.every_steps == 0 and not self.is_finished:
                self._checkpoint(telemetry, checkpoints, clock)
        telemetry.flush()
        if not self.is_finished and self.step != self._checkpointed:
            self._checkpoint(telemetry, checkpoints, clock)
        with telemetry.stopwatch.part("wait"):
            checkpoints.wait()

    def use_final_weights(self) -> None:
        """Ends on the best epoch's weights where early stopping asked for them, else on the average, else the last.

        Of a sharded model, all processes have to call it: the first one then has all of it, and no optimizer.
        """
        if self.stopping and self.stopping.best:
            load_own_state(self.model.network, self.stopping.weights)
            self.val_metrics = self.stopping.best.metrics
        elif self._average:
            self._average.apply()
        if self._sharding:
            self._optimizer.state.clear()
            self._sharding.zero_grad()
            if (network := self._sharding.gathered()) is not None:
                self.model = replace(self.model, network=network, is_sharded=False)

    def _remaining_batches(self, should_stop: Callable[[], bool]) -> Iterator[Batch]:
        size, rows = self.resolved.rows_per_step, self.split.train
        while not self.is_finished:
            order = rows[permutation(len(rows), "order", self.spec.seed, self.epoch)]
            first = self.step % self.plan.steps_per_epoch
            for batch in self.source.batches(order, size=size, first=first):
                if self.group.any_rank(should_stop()):
                    return
                yield batch

    def _train_step(self, batch: Batch, telemetry: Telemetry) -> None:
        if self.step == self.skipped_step:
            self.step += 1
            return
        lr = learning_rate(self.resolved.schedule, lr=self.spec.optimizer.lr, step=self.step, plan=self.plan)
        if self._plateau:
            lr *= self._plateau.state.fraction
        scalars = self._stepper.take(batch, step=self.step, lr=lr)
        self.step += 1
        self._losses.step(scalars["loss"], step=self.step)
        if self.group.size > 1:
            # All at the same step, whenever each one next looks at what it noted.
            require_finite_loss(scalars["loss"].item(), step=self.step)
        if self._average:
            self._average.update(self.step)
        telemetry.step(self.step, samples=len(batch.target), lr=lr, scalars=scalars)

    def _roll_back(
        self, fault: NonFiniteLoss, telemetry: Telemetry, checkpoints: CheckpointWriter, clock: TrainedTimeClock
    ) -> None:
        """Goes back to the last checkpoint, to leave out the step that went wrong; once, for a second is no accident.

        Raises ``fault`` where that is not wanted or there is no checkpoint. What was computed since is not billed.
        """
        checkpoint = None
        if self.spec.non_finite == "recover" and self.skipped_step is None:
            checkpoint = self.group.rank0_first(lambda: checkpoints.newest(warn=telemetry.warn))
        if checkpoint is None:
            raise fault
        telemetry.warn(
            f"The loss became {fault.loss} at step {fault.step}: going on from step {checkpoint.state.step} without it."
        )
        self.restore(checkpoint)
        self.skipped_step = fault.step - 1
        clock.rewind(self._checkpointed_seconds)
        telemetry.forget()

    def _checkpoint(self, telemetry: Telemetry, checkpoints: CheckpointWriter, clock: TrainedTimeClock) -> None:
        # Points first: a resumed process does not send again what lies before its checkpoint.
        telemetry.flush()
        with telemetry.stopwatch.part("checkpoint"):
            self._keep(checkpoints, clock)

    def _keep(self, checkpoints: CheckpointWriter, clock: TrainedTimeClock) -> None:
        snapshot, seconds = self.snapshot(), clock.seconds()
        if self.group.any_rank(not all(is_finite(tensor) for tensor in snapshot.weights.values())):
            # Gradients can be no numbers where the loss was one: the next step would tell, and this would be kept.
            raise NonFiniteLoss(math.nan, step=self.step)
        if self.group.is_first or self._sharding:
            checkpoints.start(snapshot, trained_seconds=seconds)
        self._checkpointed_seconds = seconds
        self._checkpointed = self.step

    def finish_epoch(self, telemetry: Telemetry) -> None:
        """Validates, and lets early stopping and the schedule know. Raises ``NonFiniteLoss``."""
        self.group.copy_buffers(self.model.network)
        average = self._average.applied() if self._average else nullcontext()
        with telemetry.stopwatch.part("validation"), average:
            self.val_metrics = evaluate(
                self.model, self.source, self.split.val, progressed=lambda: telemetry.evaluating(self.step)
            )
            telemetry.validation(self.step, self.val_metrics)
            self._losses.epoch(self.val_metrics["loss"])
            if self.stopping:
                self.stopping.update(self.val_metrics, self.model.network)
        if self._plateau:
            self._plateau.update(self.val_metrics)
