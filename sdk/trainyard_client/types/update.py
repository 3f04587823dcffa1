"""Updates in a job's stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Update:
    """News of a job.

    Attributes
    ----------
    type
        ``event``: a line of the job's history. ``metrics``: ``data`` holds ``steps`` and ``values`` by name, with
        ``None`` where there is no number. ``progress``: ``data`` holds ``state``, ``epoch``, ``step``, ``total_steps``,
        ``percent`` and ``eta_seconds``. A newer service may have others.
    id
        The event's sequence, to go on from; ``None`` of what is no event.
    """

    type: Literal["event", "metrics", "progress"] | str
    data: Mapping[str, Any]
    id: int | None = None
