"""What a training spec may ask for as ``training.schedule``. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import Metric, Unit


class ConstantSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    name: Literal["constant"]


class CosineSchedule(TypedDict):
    """Cosine annealing: lr(t) = floor + (lr - floor) * (1 + cos(pi * t / T)) / 2, floor = lr * final_fraction."""

    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    name: Literal["cosine"]
    final_fraction: NotRequired[float]
    """Final learning rate, as a share of lr."""


class ExponentialSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    unit: NotRequired[Unit]
    """Unit of t: epochs, fractional, or optimizer steps."""
    name: Literal["exponential"]
    decay: NotRequired[float]
    """Decay rate."""


class InverseTimeSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    unit: NotRequired[Unit]
    """Unit of t: epochs, fractional, or optimizer steps."""
    name: Literal["inverse_time"]
    decay: NotRequired[float]
    """Decay rate."""


class OneCycleSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    name: Literal["one_cycle"]
    rise: NotRequired[float]
    """Share of the training in which the rate rises."""
    start_fraction: NotRequired[float]
    """First learning rate, as a share of lr."""
    final_fraction: NotRequired[float]
    """Final learning rate, as a share of lr."""


class PlateauSchedule(TypedDict):
    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    name: Literal["plateau"]
    metric: NotRequired[Metric]
    """Validation metric that is watched."""
    factor: NotRequired[float]
    """Decay factor of the learning rate."""
    patience: NotRequired[int]
    """Patience: epochs without improvement that are borne."""
    min_delta: NotRequired[float]
    """Minimum change of the metric that counts as an improvement."""
    final_fraction: NotRequired[float]
    """Lowest learning rate, as a share of lr."""


class StepSchedule(TypedDict):
    """Step decay: lr(t) = lr * factor ** floor(t / every_epochs), with t in epochs, counted after warm-up."""

    warmup_steps: NotRequired[int]
    """Warm-up steps: over them the learning rate rises linearly to its first value."""
    name: Literal["step"]
    every_epochs: NotRequired[int]
    """Step size in epochs."""
    every_steps: NotRequired[int | None]
    """Step size in optimizer steps, instead of every_epochs."""
    factor: NotRequired[float]
    """Decay factor (gamma) of each step."""
