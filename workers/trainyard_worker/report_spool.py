"""Spool of reports: messages of an engine on the way to the control plane, in order, each report once.

It waits without limit: training continues while the control plane is unreachable.
"""

from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic

from trainyard_spec.engine_protocol import FirstStep, Log, Metrics, Progress, Started
from trainyard_spec.worker_protocol import Report

Message = Started | FirstStep | Metrics | Progress | Log
URGENT = (Started, FirstStep)

LARGEST_REPORT = 20_000
"""Metric points in one report."""
LARGEST_SPOOL = 2_000_000
"""Metric points kept while nobody takes them, some hundred megabytes: many hours of training."""


class ReportSpoolClosed(Exception):
    """Nothing more will be delivered; the cause says why."""


@dataclass(slots=True, eq=False)
class _Entry:
    """``message`` is ``None`` once a newer one has replaced it. ``position`` counts entries from 1."""

    position: int
    message: Message | None
    points: int


class ReportSpool:
    """Builds reports and sends each until it is acknowledged, in a thread of its own.

    A report is built once and keeps its sequence number. While one is being sent, messages accumulate: all metrics and
    logs, and the newest progress. When ``largest_spool`` points have accumulated, ``put`` blocks, which pauses the
    engine instead of losing data.
    """

    def __init__(
        self,
        *,
        fence: int,
        send: Callable[[Report], None],
        interval_seconds: float,
        largest_spool: int = LARGEST_SPOOL,
    ) -> None:
        self._fence = fence
        self._send = send
        self._interval_seconds = interval_seconds
        self._largest_spool = largest_spool
        self._changed = Condition()
        self._entries: deque[_Entry] = deque()
        self._progress: _Entry | None = None
        self._points = 0
        self._put = 0
        self._delivered = 0
        self._sequence = 0
        self._urgent = False
        self._closed = False
        self._actions: list[tuple[int, Callable[[], None]]] = []
        self._failure: BaseException | None = None
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="report-spool", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> None:
        """Queues ``message``; waits while the spool is full. After a failure messages are dropped."""
        points = len(message.steps) * len(message.values) if isinstance(message, Metrics) else 1
        with self._changed:
            self._changed.wait_for(lambda: self._points < self._largest_spool or self._closed)
            if self._closed:
                return
            self._put += 1
            entry = _Entry(position=self._put, message=message, points=points)
            if isinstance(message, Progress):
                self._supersede(entry)
            self._entries.append(entry)
            self._points += points
            self._urgent = self._urgent or isinstance(message, URGENT)
            self._changed.notify_all()

    def flush(self) -> None:
        """Returns once everything put so far is acknowledged. Raises ``ReportSpoolClosed`` if it never will be."""
        with self._changed:
            target = self._put
            self._urgent = self._urgent or self._delivered < target
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._delivered >= target or self._closed)
            if self._delivered < target:
                raise ReportSpoolClosed("reports were not delivered") from self._failure

    def call_when_delivered(self, action: Callable[[], None]) -> None:
        """Calls ``action``, which raises nothing, once everything put so far is acknowledged, if it ever is."""
        with self._changed:
            self._actions.append((self._put, action))
        self._call_due()

    def close(self) -> None:
        """Drops what is left and lets the thread end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _supersede(self, newer: _Entry) -> None:
        older, self._progress = self._progress, newer
        if older is not None and older.message is not None:
            self._points -= older.points
            older.message, older.points = None, 0

    def _run(self) -> None:
        due = monotonic()
        while batch := self._take(due):
            messages = tuple(entry.message for entry in batch if entry.message is not None)
            self._sequence += 1
            due = monotonic() + self._interval_seconds
            try:
                self._send(Report(fence=self._fence, sequence=self._sequence, messages=messages))
            except Exception as error:
                self._failure = error
                self.close()
                return
            with self._changed:
                self._delivered = batch[-1].position
                self._points -= sum(entry.points for entry in batch)
                self._changed.notify_all()
            self._call_due()

    def _call_due(self) -> None:
        with self._changed:
            due = [action for target, action in self._actions if target <= self._delivered]
            self._actions = [(target, action) for target, action in self._actions if target > self._delivered]
        for action in due:
            action()

    def _take(self, due: float) -> list[_Entry]:
        """The next report's entries, at ``due`` or as soon as one is urgent; none when the spool is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._entries or self._closed)
            self._changed.wait_for(lambda: self._urgent or self._closed, timeout=max(0.0, due - monotonic()))
            if self._closed:
                return []
            batch = [self._entries.popleft()]
            points = batch[0].points
            while self._entries and points + self._entries[0].points <= LARGEST_REPORT:
                batch.append(self._entries.popleft())
                points += batch[-1].points
            self._progress = None if self._progress in batch else self._progress
            self._urgent = self._urgent and bool(self._entries)
            return batch
