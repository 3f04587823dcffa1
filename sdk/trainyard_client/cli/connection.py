"""The client that a command talks through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainyard_client.client import Client

PROFILE: ContextVar[str | None] = ContextVar("PROFILE", default=None)
"""What ``--profile`` says."""


@contextmanager
def connected() -> Iterator[Client]:
    """A client for what ``--profile``, the environment or the last log-in name. Raises ``NotConfigured``."""
    from trainyard_client.client import Client

    with Client(profile=PROFILE.get()) as client:
        yield client
