"""Control of Python's cyclic garbage collector (``gc``), for phases in which it only costs time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Inside the block, which imports, cycles are not searched for; what there is after it is not looked through again.

    What is imported stays, and each search would go through all of it: a fifth of the time in which Django's
    applications are imported, a quarter of torch's. Where collection is off already nothing changes.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.freeze()
            gc.enable()
