"""What an engine wrote is read whole, whenever its worker learns of its end."""

import os
import selectors
from typing import Any

import pytest

from trainyard_worker.engine import EngineProcess


def test_a_wait_that_ended_just_before_the_engine_leaves_nothing_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a worker is stopped and continued: the wait is over by the clock, though there is much to read."""
    stdout, engines_stdout = os.pipe()
    stderr, engines_stderr = os.pipe()
    engine = EngineProcess(stdout=stdout, stderr=stderr, signal_session=lambda _: None)

    class LateSelector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, Any]]:
            if engine.has_ended:
                return super().select(timeout)
            os.write(engines_stdout, b"first\nlast\n")
            engine.exited(0)
            return []

    monkeypatch.setattr(selectors, "DefaultSelector", LateSelector)
    try:
        # Its pipes are still open elsewhere, as those of a process that it left behind.
        assert list(engine.lines()) == [b"first", b"last"]
    finally:
        engine.close()
        os.close(engines_stdout)
        os.close(engines_stderr)
