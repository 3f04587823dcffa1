"""Human-readable log of a training: sentences, at most a few hundred of them."""

from collections.abc import Mapping

from trainyard_engine.core.loop import Training
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.telemetry import TrainedTimeClock
from trainyard_spec.engine_protocol import CheckpointWritten, Log, Result, Started

ALL_UP_TO = 20
LONGEST = 4_000


class TrainingLog:
    """Writes log lines at level ``info``; repeated ones at decreasing frequency (``is_told``)."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._checkpoints = 0
        self._epoch_ended = 0.0

    def report(self, sentence: str) -> None:
        self._messages.send(Log(message=sentence[:LONGEST]))

    def begin(self, training: Training, started: Started) -> None:
        """What is trained, on what, how; and from where it goes on."""
        spec, split, resolved = training.model.config.spec, training.split, training.resolved
        classes = training.model.config.classes
        among = f", {len(classes)} classes" if classes else ""
        parts = f"{len(split.train):,} to train, {len(split.val):,} to validate, {len(split.test):,} to test"
        self.report(f"Data: {len(split.train) + len(split.val) + len(split.test):,} examples{among}: {parts}.")
        where = f"{started.device} in {started.precision}, {_count(started.threads, 'thread')}"
        self.report(
            f"Model: {spec.architecture.name} with {started.parameters:,} parameters for {spec.task}, on {where}."
        )
        accumulated = f" x {resolved.accumulate}" if resolved.accumulate > 1 else ""
        self.report(
            f"Training: {_count(resolved.epochs, 'epoch')} of {_count(started.steps_per_epoch, 'step')}, batches of "
            f"{resolved.batch_size}{accumulated}, {spec.training.optimizer.name} with a learning rate of "
            f"{spec.training.optimizer.lr:g}, schedule {resolved.schedule.name}, seed {spec.training.seed}."
        )
        if resolved.early_stopping:
            stopping = resolved.early_stopping
            patience = _count(stopping.patience, "epoch")
            self.report(f"It stops early when {stopping.metric} has not improved for {patience}.")
        if started.resumed_from is not None:
            self.report(f"Going on from the checkpoint at step {started.resumed_from:,} of {started.total_steps:,}.")

    def epoch(
        self, number: int, *, of: int, loss: float | None, metrics: Mapping[str, float], clock: TrainedTimeClock
    ) -> None:
        """``loss`` is the mean of the training steps; the time is that since the epoch before, or since the start."""
        now = clock.wall()
        seconds, self._epoch_ended = now - self._epoch_ended, now
        if not (is_told(number) or number == of):
            return
        trained = [] if loss is None else [f"train_loss {loss:.4g}"]
        figures = ", ".join([*trained, *_told(metrics, "val")])
        self.report(f"Epoch {number:,} of {of:,}: {figures} ({max(seconds, 0.0):.1f} s).")

    def passing_on(self, written: CheckpointWritten) -> None:
        """A checkpoint is complete on the disk of the worker: it is passed on, whoever reads."""
        self._messages.send(written)
        self._checkpoints += 1
        if is_told(self._checkpoints):
            size = sum(entry.bytes for entry in written.files) / 1e6
            self.report(f"Checkpoint {self._checkpoints} of this attempt at step {written.step:,} ({size:,.1f} MB).")

    def stop(self, step: int) -> None:
        self.report(f"Stopped after step {step:,}, as asked.")

    def finish(self, result: Result) -> None:
        early = " early" if result.early_stopped else ""
        tested = ", ".join(_told(result.test_metrics, "test"))
        speed = f"{result.samples_per_second:,.0f} examples a second"
        self.report(f"Finished{early} after step {result.step:,}, at {speed}: {tested}.")


def is_told(number: int) -> bool:
    """Whether the ``number``-th of many is worth a line: the first twenty, then every 10th, from 200 every 100th, …."""
    every = 1
    while number > ALL_UP_TO * every:
        every *= 10
    return number % every == 0


def _told(metrics: Mapping[str, float], part: str) -> list[str]:
    return [f"{name if name.startswith(part) else f'{part}_{name}'} {value:.4g}" for name, value in metrics.items()]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
