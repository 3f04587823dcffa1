"""Stopwatch of a training: which of its seconds go into steps, validations and checkpoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from trainyard_spec.timings import TrainingTimings

if TYPE_CHECKING:
    from trainyard_engine.core.telemetry import TrainedTimeClock


PARTS = ("validation", "checkpoint", "wait")
"""``wait`` is for the last checkpoint to be written, which the steps of a longer training hide."""


class Stopwatch:
    """Counts since it was made or started anew. Parts are measured by the wall, which is cheap, and scaled to the
    seconds that count: what the host had no processor for is left out of each alike."""

    def __init__(self, clock: "TrainedTimeClock", *, steps_per_epoch: int) -> None:
        self._clock = clock
        self._steps_per_epoch = steps_per_epoch
        self.startup_seconds: float | None = None
        self.restart()

    def restart(self) -> None:
        """Forgets what was measured: the clock was put back."""
        self._began_wall, self._began = self._clock.wall(), self._clock.seconds()
        self._steps = 0
        self._first_step = 0.0
        self._counts = dict.fromkeys(PARTS, 0)
        self._parts = dict.fromkeys(PARTS, 0.0)
        self._open: float | None = None

    def stepped(self) -> None:
        """A step was taken. The first is waited for: it holds what is set up once."""
        if self._steps == 0:
            _synchronize()
            self._first_step = self._clock.wall() - self._began_wall
        self._steps += 1

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """The block is one of ``PARTS`` and none of the steps, which have ended before it."""
        _synchronize()
        self._open = self._clock.wall()
        try:
            yield
        finally:
            self._parts[name] += self._clock.wall() - self._open
            self._counts[name] += 1
            self._open = None

    def timings(self) -> TrainingTimings | None:
        """What was measured up to now; ``None`` before the first step."""
        if self._steps == 0:
            return None
        now = self._clock.wall()
        steps = (now if self._open is None else self._open) - self._began_wall
        steps -= self._first_step + sum(self._parts.values())
        passed = now - self._began_wall
        # The kernel counts what a host had no processor for in ticks, of which a short while may hold more than passed.
        share = min(max((self._clock.seconds() - self._began) / passed, 0.0), 1.0) if passed else 1.0
        return TrainingTimings(
            steps_per_epoch=self._steps_per_epoch,
            first_step_seconds=self._first_step * share,
            steps=self._steps - 1,
            steps_seconds=max(steps, 0.0) * share,
            validations=self._counts["validation"],
            validations_seconds=self._parts["validation"] * share,
            checkpoints=self._counts["checkpoint"],
            checkpoints_seconds=self._parts["checkpoint"] * share,
            startup_seconds=self.startup_seconds,
        )


def _synchronize() -> None:
    """Waits for a GPU that is in use: what it was given before is not part of what comes."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
        torch.cuda.synchronize()
