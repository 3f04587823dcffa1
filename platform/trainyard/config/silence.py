"""Ends a control worker that hears nothing any more, so that whatever keeps services running starts a new one.

Beat calls every few seconds. A connection to the broker that died without a word looks like peace and quiet for ever:
no packet comes that would fail.
"""

import os
from threading import Event, Thread
from time import monotonic
from typing import Any, NoReturn

import structlog
from celery import signals

logger = structlog.get_logger(__name__)

LOOKS_PER_SILENCE = 10


class SilenceWatch:
    """Looks, from the time the worker is ready, whether a task began within the last ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heard_at = monotonic()

    def connect(self) -> None:
        """Begins to listen to Celery's signals in this process."""
        signals.task_prerun.connect(self._hear, weak=False)
        signals.worker_ready.connect(self._start, weak=False)

    def _hear(self, **_: Any) -> None:
        self._heard_at = monotonic()

    def _start(self, **_: Any) -> None:
        self._hear()
        Thread(target=self._watch, name="silence", daemon=True).start()

    def _watch(self) -> NoReturn:
        pause = Event()
        while monotonic() - self._heard_at <= self._seconds:
            pause.wait(self._seconds / LOOKS_PER_SILENCE)
        logger.error("control_worker_silent", seconds=self._seconds)
        # Its main thread may wait for the dead connection, so there is nobody to ask for an orderly end; tasks are
        # idempotent.
        os._exit(1)
