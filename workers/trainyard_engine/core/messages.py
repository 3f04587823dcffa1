"""Standard output as the engine's protocol: one JSON object a line, and nothing else."""

import os
import sys
import threading
from io import StringIO
from typing import IO

from pydantic import BaseModel


class Messages:
    """Writes messages from any thread, each as one line, at once."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: BaseModel) -> None:
        line = message.model_dump_json() + "\n"
        with self._lock:
            self._stream.write(line)
            self._stream.flush()

    def divert(self, descriptor: int) -> None:
        """What is sent from now on goes to ``descriptor``, which becomes these messages' own."""
        os.dup2(descriptor, self._stream.fileno())
        os.close(descriptor)


class _Silence(Messages):
    def send(self, message: BaseModel) -> None:
        """Tells nobody."""


def silent() -> Messages:
    """Messages of a process for which another one speaks."""
    return _Silence(StringIO())


def claim_stdout() -> Messages:
    """Takes standard output for messages; whatever else prints there, in Python or below, goes to standard error."""
    sys.stdout.flush()
    protocol = os.dup(1)
    os.dup2(2, 1)
    return Messages(os.fdopen(protocol, "w", encoding="utf-8"))
