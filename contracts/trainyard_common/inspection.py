"""Protection of processes that hold credentials from inspection by other processes (``PR_SET_DUMPABLE``)."""

from trainyard_common.sandbox import kernel
from trainyard_common.sandbox.kernel import Prctl


def forbid_inspection() -> None:
    """Root alone reads this process's memory and environment from now on (``PR_SET_DUMPABLE``, ``prctl(2)``).

    Else every process of the same user may, and attach a debugger. What this one starts has to say so for itself.
    """
    if kernel.IS_LINUX:
        kernel.prctl(Prctl.SET_DUMPABLE, 0)
