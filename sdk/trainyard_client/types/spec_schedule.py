"""What a training spec may ask for as ``training.schedule``. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import Metric, Unit


class ConstantSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    name: Literal["constant"]


class CosineSchedule(TypedDict):
    """lr(t) = floor + (lr - floor) * (1 + cos(pi * t / T)) / 2, floor = lr * final_fraction."""

    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    name: Literal["cosine"]
    final_fraction: NotRequired[float]


class ExponentialSchedule(TypedDict):
    """lr(t) = lr * exp(-decay * t), t in epochs (fractional) or, with ``unit``, steps, counted after warm-up."""

    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    unit: NotRequired[Unit]
    """What t counts: epochs, fractional, or optimizer steps."""
    name: Literal["exponential"]
    decay: NotRequired[float]


class InverseTimeSchedule(TypedDict):
    """lr(t) = lr / (1 + decay * t), t in epochs (fractional) or, with ``unit``, steps, counted after warm-up."""

    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    unit: NotRequired[Unit]
    """What t counts: epochs, fractional, or optimizer steps."""
    name: Literal["inverse_time"]
    decay: NotRequired[float]


class OneCycleSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    name: Literal["one_cycle"]
    rise: NotRequired[float]
    start_fraction: NotRequired[float]
    final_fraction: NotRequired[float]


class PlateauSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    name: Literal["plateau"]
    metric: NotRequired[Metric]
    factor: NotRequired[float]
    patience: NotRequired[int]
    min_delta: NotRequired[float]
    """Smallest change that counts as better."""
    final_fraction: NotRequired[float]


class StepSchedule(TypedDict):
    """lr(t) = lr * factor ** floor(t / every_epochs), t in epochs counted after warm-up."""

    warmup_steps: NotRequired[int]
    """Steps over which the rate rises linearly to its first value."""
    name: Literal["step"]
    every_epochs: NotRequired[int]
    every_steps: NotRequired[int | None]
    """Instead of every_epochs."""
    factor: NotRequired[float]
