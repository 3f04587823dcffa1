"""Beginnings of a spec: a recommended architecture, a preset, what an earlier job had whose model it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainyard_client.types import Quote, TaskEntry

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


def with_preset(spec: Mapping[str, Any], preset: str, quote: Quote) -> dict[str, Any]:
    """``spec`` with the ``preset`` (fast, balanced, best) that ``quote`` says for it.

    Raises ``ValueError`` for a preset that there is not, and where the spec says itself how long it trains.
    """
    choices = {str(each.name): each.training for each in quote.presets}
    if preset not in choices:
        raise ValueError(f"There is no preset {preset}. Presets: {', '.join(choices)}.")
    training = dict(spec.get("training") or {})
    stated = [name for name in choices[preset] if training.get(name) not in (None, "auto")]
    if stated:
        raise ValueError(f"A preset sets training.{stated[0]}, which the spec states: leave one of the two out.")
    return {**spec, "training": {**training, **choices[preset]}}
