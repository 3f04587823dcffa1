"""Turns untrusted data into a TrainingSpec, or into problems a person can act on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trainyard_spec.training import TrainingSpec


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """One thing wrong with a spec: ``field`` is its dotted path, ``hint`` says what to do or is empty."""

    field: str
    code: str
    message: str
    hint: str = ""


class InvalidSpec(ValueError):
    """The data is not a TrainingSpec; ``problems`` lists why, at least one."""

    def __init__(self, problems: Iterable[SpecProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))


def parse_training_spec(data: Mapping[str, Any]) -> TrainingSpec:
    """Validates ``data``. Raises ``InvalidSpec`` naming every field at fault and the nearest valid one."""
    try:
        return TrainingSpec.model_validate(data)
    except ValidationError as error:
        raise InvalidSpec(_problem(item) for item in error.errors(include_url=False)) from None


def _problem(item: ErrorDetails) -> SpecProblem:
    # Pydantic puts the tag of a discriminated union into the path; the sender never wrote it.
    path = [str(part) for part in item["loc"]]
    shown = ".".join(_without_tags(path)) or "spec"
    if item["type"] == "extra_forbidden":
        near = get_close_matches(path[-1], sorted(_fields_at(path[:-1])), n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else f"Valid fields: {', '.join(sorted(_fields_at(path[:-1])))}."
        return SpecProblem(shown, "unknown_field", f"There is no field {shown}.", hint)
    if item["type"] == "union_tag_invalid":
        context = item.get("ctx", {})
        return SpecProblem(
            f"{shown}.name", "unknown_choice", f"{context.get('tag')} is not one of {context.get('expected_tags')}."
        )
    if item["type"] == "union_tag_not_found":
        return SpecProblem(f"{shown}.name", "missing", "The name is missing.")
    message = item["msg"].removeprefix("Value error, ")
    code = "missing" if item["type"] == "missing" else "invalid"
    return SpecProblem(shown, code, message[:1].upper() + message[1:] + ("" if message.endswith(".") else "."))


def _without_tags(path: list[str]) -> list[str]:
    kept: list[str] = []
    model: Any = TrainingSpec
    tags: set[str] = set()
    for part in path:
        if part in tags:
            model, tags = _member(model, part), set()
            continue
        kept.append(part)
        model, tags = _descend(model, part)
    return kept


def _fields_at(path: list[str]) -> set[str]:
    model: Any = TrainingSpec
    tags: set[str] = set()
    for part in path:
        if part in tags:
            model, tags = _member(model, part), set()
        else:
            model, tags = _descend(model, part)
    return set(model.model_fields) if _is_model(model) else set()


def _descend(model: Any, part: str) -> tuple[Any, set[str]]:
    """The type found under field or index ``part`` of ``model``, and its union tags if it is a tagged union."""
    annotation: Any = None
    if _is_model(model) and part in model.model_fields:
        annotation = model.model_fields[part].annotation
    elif part.isdigit():
        annotation = model
    members = [m for m in _members(annotation) if _is_model(m)]
    if len(members) == 1:
        single = members[0]
        return single, _tags(members) if "name" in single.model_fields and part.isdigit() else set()
    return tuple(members), _tags(members)


def _members(annotation: Any) -> list[Any]:
    """The leaf types inside unions, tuples and Annotated."""
    if isinstance(annotation, tuple):
        return list(annotation)
    arguments = getattr(annotation, "__args__", None)
    if not arguments:
        return [annotation]
    return [leaf for argument in arguments for leaf in _members(argument)]


def _member(models: Any, tag: str) -> Any:
    candidates = models if isinstance(models, tuple) else (models,)
    return next((model for model in candidates if tag in _tags([model])), None)


def _tags(models: list[Any]) -> set[str]:
    found: set[str] = set()
    for model in models:
        name = model.model_fields.get("name")
        found.update(getattr(name.annotation, "__args__", ()) if name else ())
    return found


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, BaseModel)
