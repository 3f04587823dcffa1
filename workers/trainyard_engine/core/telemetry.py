"""Telemetry of a training: points gathered on the device and sent in bulk, progress about once a second."""

import math
import time
from collections.abc import Mapping

import torch
from torch import Tensor

from trainyard_engine.core.cpu_starvation import Starvation
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.schedules import StepPlan
from trainyard_engine.core.stopwatch import Stopwatch
from trainyard_spec.engine_protocol import Log, Metrics, Progress

INTERVAL_SECONDS = 1.0


class TrainedTimeClock:
    """Seconds of trained time: of the monotonic clock, since it was made, but for those in which it was starved."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._starvation = Starvation()
        self._starved_before = 0.0

    def wall(self) -> float:
        """Seconds that have passed, starved or not: cheap, for whoever asks at every step."""
        return time.monotonic() - self._start

    def seconds(self) -> float:
        """Seconds that count; never fewer than when it was asked before."""
        starved = self._starvation.seconds() - self._starved_before
        return max(self.wall() - starved, 0.0)

    def starved(self) -> float:
        """Seconds in which the host's processors were busy with others: they count for nobody, and are free."""
        return self._starvation.seconds()

    def rewind(self, seconds: float) -> None:
        """Forgets what came after ``seconds``."""
        self._start = time.monotonic() - seconds
        self._starved_before = self._starvation.seconds()


class NonFiniteLoss(EngineFault):
    """The loss of step number ``step`` (from 1), or the one after it on validation rows, was NaN or infinite."""

    def __init__(self, loss: float, *, step: int) -> None:
        super().__init__(
            f"The loss became {loss} at step {step}.",
            code="non_finite_loss",
            hint="Lower optimizer.lr, add schedule.warmup_steps, or set regularization.clip_norm to 1.",
            field="training.optimizer.lr",
        )
        self.loss, self.step = loss, step


class Telemetry:
    """Buffers per-step scalars without waiting for the device; ``flush`` reads them all at once."""

    def __init__(self, messages: Messages, clock: TrainedTimeClock, plan: StepPlan) -> None:
        self._messages = messages
        self._clock = clock
        self._plan = plan
        self._steps: list[int] = []
        self._rates: list[float] = []
        self._scalars: dict[str, list[Tensor]] = {}
        self._samples = 0
        self._told = self._validated = 0
        self._last = (clock.wall(), 0)
        self._reported = clock.wall()
        self._speed = 0.0
        self._losses, self._counted = 0.0, 0
        self.stopwatch = Stopwatch(clock, steps_per_epoch=plan.steps_per_epoch)

    def step(self, step: int, *, samples: int, lr: float, scalars: Mapping[str, Tensor]) -> None:
        """Notes what step number ``step`` gave; flushes and reports progress when about a second has passed.

        A step that was told before, which is one taken again after going back, is not told twice.
        """
        self._samples += samples
        self.stopwatch.stepped()
        if step > self._told:
            self._steps.append(step)
            self._rates.append(lr)
            for name, value in scalars.items():
                self._scalars.setdefault(f"train_{name}", []).append(value)
        now = self._clock.wall()
        then, samples_then = self._last
        if now - then < INTERVAL_SECONDS:
            return
        self.flush()
        self._last = (now, self._samples)
        self._speed = (self._samples - samples_then) / (now - then)
        self._report(step)

    def evaluating(self, step: int) -> None:
        """Reports progress when about a second has passed: who is silent for long is taken to hang."""
        now = self._clock.wall()
        if now - self._reported >= INTERVAL_SECONDS:
            self._report(step)

    def _report(self, step: int) -> None:
        self._reported = self._clock.wall()
        self._messages.send(
            Progress(
                epoch=step // self._plan.steps_per_epoch,
                step=step,
                total_steps=self._plan.total_steps,
                samples_per_second=self._speed,
                trained_seconds=self._clock.seconds(),
                starved_seconds=self._clock.starved(),
                timings=self.stopwatch.timings(),
            )
        )

    def flush(self) -> None:
        """Sends the buffered points up to the first loss that is no number. Raises ``NonFiniteLoss`` for that one."""
        if not self._steps:
            return
        values: dict[str, list[float]] = {n: torch.stack(column).tolist() for n, column in self._scalars.items()}
        steps, values["lr"] = self._steps, self._rates
        self._steps, self._rates, self._scalars = [], [], {}
        losses = values["train_loss"]
        sound = next((place for place, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
        self._losses, self._counted = self._losses + sum(losses[:sound]), self._counted + sound
        if sound:
            points = {name: tuple(map(_finite_or_none, column[:sound])) for name, column in values.items()}
            self._messages.send(Metrics(steps=tuple(steps[:sound]), values=points))
            self._told = steps[sound - 1]
        if sound < len(losses):
            raise NonFiniteLoss(losses[sound], step=steps[sound])

    def forget(self) -> None:
        """Drops what was noted and not told: those steps will be taken again, and the clock was put back."""
        self._steps, self._rates, self._scalars = [], [], {}
        self._losses, self._counted = 0.0, 0
        self._reported = self._clock.wall()
        self._last = (self._reported, self._samples)
        self.stopwatch.restart()

    def warn(self, message: str) -> None:
        """Tells those who watch the training."""
        self._messages.send(Log(level="warning", message=message))

    def validation(self, step: int, metrics: Mapping[str, float]) -> None:
        """Sends the validation metrics after ``step``. Raises ``NonFiniteLoss``."""
        self.flush()
        require_finite_loss(metrics["loss"], step=step)
        if step <= self._validated:
            return
        self._validated = step
        values = {f"val_{name}": (_finite_or_none(value),) for name, value in metrics.items()}
        self._messages.send(Metrics(steps=(step,), values=values))

    def mean_loss(self) -> float | None:
        """Mean loss of the training steps since it was asked last; ``None`` where there were none."""
        mean = self._losses / self._counted if self._counted else None
        self._losses, self._counted = 0.0, 0
        return mean

    def samples_per_second(self) -> float:
        """Over all of this process's training."""
        seconds = self._clock.wall()
        return self._samples / seconds if seconds else 0.0


def require_finite_loss(loss: float, *, step: int) -> None:
    """Raises ``NonFiniteLoss`` for a NaN or infinite loss."""
    if not math.isfinite(loss):
        raise NonFiniteLoss(loss, step=step)


def _finite_or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None
