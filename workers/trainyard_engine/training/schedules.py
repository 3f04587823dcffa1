"""Learning rates as closed forms of the step."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainyard_spec.training import AnySchedule, CosineSchedule, ExponentialSchedule, InverseTimeSchedule, StepSchedule


@dataclass(frozen=True, slots=True)
class Horizon:
    """How long a training is."""

    steps_per_epoch: int
    epochs: int

    @property
    def total_steps(self) -> int:
        return self.steps_per_epoch * self.epochs


def _inverse_time(schedule: InverseTimeSchedule, t: float, _: float) -> float:
    return 1 / (1 + schedule.decay * t)


def _exponential(schedule: ExponentialSchedule, t: float, _: float) -> float:
    return math.exp(-schedule.decay * t)


def _step(schedule: StepSchedule, t: float, _: float) -> float:
    return schedule.factor ** math.floor(t / schedule.every_epochs)


def _cosine(schedule: CosineSchedule, t: float, end: float) -> float:
    floor = schedule.final_fraction
    return floor + (1 - floor) * (1 + math.cos(math.pi * t / end)) / 2


FACTORS: dict[str, Callable[[Any, float, float], float]] = {
    "constant": lambda schedule, t, end: 1.0,
    "inverse_time": _inverse_time,
    "exponential": _exponential,
    "step": _step,
    "cosine": _cosine,
}
"""lr(t) / lr of (schedule, t, T), times in epochs after warm-up; the formulas are those of ``trainyard_spec``."""


def learning_rate(schedule: AnySchedule, *, lr: float, step: int, horizon: Horizon) -> float:
    """The rate of the step after ``step`` finished ones.

    During the W warm-up steps it is lr * (step + 1) / (W + 1), so step W is the first to take the full rate.
    """
    after = step - schedule.warmup_steps
    if after < 0:
        return lr * (step + 1) / (schedule.warmup_steps + 1)
    left = horizon.total_steps - schedule.warmup_steps
    return lr * FACTORS[schedule.name](schedule, after / horizon.steps_per_epoch, left / horizon.steps_per_epoch)
