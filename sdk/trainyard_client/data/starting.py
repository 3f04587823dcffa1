"""What a spec begins with: the recommended architecture, or what the job had that made the model to start from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainyard_client.types import TaskEntry

READING = ("preprocess", "text", "series", "sequence", "audio")
"""Parts of ``training`` that say how inputs are read: a model goes on reading as it has learnt to."""


def begun_from(model_id: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a new spec that starts from ``model_id``, whose job had ``spec``."""
    training = {name: spec["training"][name] for name in READING if spec["training"].get(name) is not None}
    sections = {"init_from": model_id, "task": spec["task"], "architecture": dict(spec["architecture"])}
    return sections | ({"training": training} if training else {})


def with_sections(begun: Mapping[str, Any], sections: Mapping[str, Any]) -> dict[str, Any]:
    """``begun`` with what ``sections`` say beside it, or otherwise."""
    training = {**begun.get("training", {}), **sections.get("training", {})}
    return {**begun, **sections} | ({"training": training} if training else {})


def recommended(task: TaskEntry, *, rows: int | None) -> dict[str, Any]:
    """The section of a spec for the architecture to begin with, on ``rows`` rows; ``None``: as on few."""
    fitting = [each.architecture for each in task.recommended if each.rows <= (rows or 0)]
    return {"name": fitting[-1]}
