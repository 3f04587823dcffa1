"""What is timed of a round: the steps between the end of the warm-up and the end of the round."""

import time
from dataclasses import dataclass

WARM_UP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """Samples per second, by the clock on the wall and by the processor time of the whole process."""

    wall: float
    cpu: float


class Window:
    """Told of each step as it begins or ends, always at the same place of a loop."""

    def __init__(self, seconds: float) -> None:
        now = time.perf_counter()
        self._warm = now + WARM_UP_SECONDS
        self._end = now + seconds
        self._first: tuple[float, float] | None = None
        self._last = (now, 0.0)
        self._samples = 0.0

    def step(self, samples: float) -> bool:
        """Takes in a step of so many samples. Returns whether the round is over."""
        now = time.perf_counter()
        if self._first is not None:
            self._samples += samples
            self._last = (now, time.process_time())
        elif now >= self._warm:
            self._first = (now, time.process_time())
        return self._samples > 0 and now >= self._end

    def pace(self) -> Pace:
        if self._first is None or not self._samples:
            raise RuntimeError("the round was too short for a step after the warm-up")
        wall, cpu = (last - first for last, first in zip(self._last, self._first, strict=True))
        return Pace(wall=self._samples / wall, cpu=self._samples / cpu)
