"""Process helpers: children that end with their parent (``PR_SET_PDEATHSIG``), and sessions that end as a whole."""

import os
import signal
import subprocess
from contextlib import suppress

from trainyard_common.sandbox import kernel
from trainyard_common.sandbox.kernel import Prctl


def signal_at_parent_death(number: signal.Signals = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Asks the kernel to send this process ``number`` when the thread that started it ends (``prctl(2)``; Linux alone).

    It is the parent *thread* that counts: start such a process from one that lives as long as its process. A parent
    that died before this call is noticed only if its id is given as ``parent``: the signal then comes at once.
    It loads nothing, so it may be called between fork and exec. Raises ``OSError``.
    """
    if kernel.IS_LINUX:
        kernel.prctl(Prctl.SET_PDEATHSIG, number)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kills the process group that ``process`` leads, and waits for it; one that has ended already is no error."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
