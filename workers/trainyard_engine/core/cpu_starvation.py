"""CPU starvation: how long a training was ready to run and had no processor."""

import time
from collections.abc import Mapping
from pathlib import Path

TASKS = Path("/proc/self/task")
NANOSECONDS = 1e9


class Starvation:
    """Adds up what the kernel's scheduler says of this process's threads (``proc(5)``: ``schedstat``, Linux).

    A step waits for the slowest of its threads, so of the time between two looks that of the thread which waited
    longest counts, and never more than has passed. Nothing counts where the kernel does not tell.
    """

    def __init__(self, tasks: Path = TASKS) -> None:
        self._tasks = tasks
        self._seconds = 0.0
        self._looked = time.monotonic()
        self._delays = _delays(tasks)

    def seconds(self) -> float:
        """Since it was made, up to now; it costs reading a small file a thread."""
        now, delays = time.monotonic(), _delays(self._tasks)
        waited = max((delay - self._delays.get(thread, delay) for thread, delay in delays.items()), default=0.0)
        self._seconds += min(max(waited, 0.0), now - self._looked)
        self._looked, self._delays = now, delays
        return self._seconds


def _delays(tasks: Path) -> Mapping[str, float]:
    """Seconds that each thread has spent on a run queue, by its id; a thread that has just ended is left out."""
    found = {}
    try:
        for task in tasks.iterdir():
            try:
                found[task.name] = int((task / "schedstat").read_text().split()[1]) / NANOSECONDS
            except (OSError, IndexError, ValueError):
                continue
    except OSError:
        return {}
    return found
