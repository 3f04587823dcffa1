"""A memory budget that threads share: so many bytes at once, whoever wants more waits."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Condition

Room = Callable[[int], AbstractContextManager[None]]
"""Surrounds work that takes so many bytes."""


def unlimited(_size: int) -> AbstractContextManager[None]:
    """A ``Room`` in which nobody waits."""
    return nullcontext()


class BoundedRoom:
    """A ``Room`` of ``size`` bytes. Work that takes more than all of it is done alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._changed = Condition()

    @contextmanager
    def __call__(self, size: int) -> Iterator[None]:
        taking = min(size, self._size)
        with self._changed:
            self._changed.wait_for(lambda: self._taken + taking <= self._size)
            self._taken += taking
        try:
            yield
        finally:
            with self._changed:
                self._taken -= taking
                self._changed.notify_all()
