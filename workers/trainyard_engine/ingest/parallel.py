"""Work on every core, with results in the order of what was given and only a few of them at once in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST_WORKERS = 16


def workers() -> int:
    """The CPUs this process may run on, and no more than ``MOST_WORKERS``."""
    return min(len(os.sched_getaffinity(0)), MOST_WORKERS)


def mapped_by_threads(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Like ``map``, for a function that spends its time outside Python's lock."""
    with ThreadPoolExecutor(workers(), thread_name_prefix="compile") as pool:
        yield from mapped(pool, function, items)


def mapped(pool: Executor, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Like ``map``, in the workers of ``pool``; reads only one item more ahead than there are ``workers``."""
    pending: deque[Future[Result]] = deque()
    ahead = workers()
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) > ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
