"""Metrics, parameters and tags that one call logs to a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value at a step; ``timestamp_ms`` is since 1970, by the clock of who logs."""

    key: str
    value: float
    step: int
    timestamp_ms: int
    is_nan: bool = False

    @property
    def order(self) -> tuple[int, int, float]:
        """Order by which of two points the greater is the newer, as in MLflow."""
        return (self.step, self.timestamp_ms, self.value)

    @property
    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("key", "value", "step", "timestamp_ms", "is_nan")}


@dataclass(frozen=True)
class Logged:
    """Points of metrics, params and tags by their keys, and ``inputs`` as MLflow states them."""

    points: Sequence[Point] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def newest(self) -> dict[str, Point]:
        """The newest point of each metric."""
        found: dict[str, Point] = {}
        for point in self.points:
            if point.key not in found or point.order > found[point.key].order:
                found[point.key] = point
        return found
