"""Children that end with their parent, however it ends (``prctl(2)``, ``PR_SET_PDEATHSIG``; Linux alone)."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
# Loaded at import: between fork and exec a child must not load libraries.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def signal_at_parent_death(number: signal.Signals, *, parent: int | None = None) -> None:
    """The kernel sends this process ``number`` when its parent ends; at once, if ``parent`` is given and is gone."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)
