"""Learning rates as closed forms of the step."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trainyard_spec.schedules import (
    AnySchedule,
    CosineSchedule,
    ExponentialSchedule,
    InverseTimeSchedule,
    OneCycleSchedule,
    StepSchedule,
)


@dataclass(frozen=True, slots=True)
class StepPlan:
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
    return schedule.factor ** math.floor(t / (schedule.every_steps or schedule.every_epochs))


def _cosine(schedule: CosineSchedule, t: float, end: float) -> float:
    return _half_cosine(1.0, schedule.final_fraction, t / end)


def _one_cycle(schedule: OneCycleSchedule, t: float, end: float) -> float:
    peak = schedule.rise * end
    if t <= peak:
        return _half_cosine(schedule.start_fraction, 1.0, t / peak)
    return _half_cosine(1.0, schedule.final_fraction, (t - peak) / (end - peak))


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


FACTORS: dict[str, Callable[[Any, float, float], float]] = {
    "constant": lambda schedule, t, end: 1.0,
    "inverse_time": _inverse_time,
    "exponential": _exponential,
    "step": _step,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "plateau": lambda schedule, t, end: 1.0,
}
"""lr(t) / lr of (schedule, t, T), times after warm-up, in its epochs or steps; the formulas are ``trainyard_spec``'s.

What ``plateau`` takes off depends on validation and is kept by ``Plateau``.
"""


def learning_rate(schedule: AnySchedule, *, lr: float, step: int, plan: StepPlan) -> float:
    """The rate of the step after ``step`` finished ones.

    During the W warm-up steps it is lr * (step + 1) / (W + 1), so step W is the first to take the full rate.
    """
    after = step - schedule.warmup_steps
    if after < 0:
        return lr * (step + 1) / (schedule.warmup_steps + 1)
    left = plan.total_steps - schedule.warmup_steps
    unit = 1 if schedule.counts_steps else plan.steps_per_epoch
    return lr * FACTORS[schedule.name](schedule, after / unit, left / unit)
