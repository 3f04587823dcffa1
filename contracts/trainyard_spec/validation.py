"""Validation of untrusted data as a TrainingSpec, with problems that a person can act on."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trainyard_common.did_you_mean import did_you_mean
from trainyard_spec.automatic import AUTO_TAG, STATED_TAG
from trainyard_spec.base import RulesViolated
from trainyard_spec.training import TrainingSpec

PROBLEMS_LISTED = 100
"""Each costs a search for the nearest valid name."""
SHOWN = 100
"""Characters of a value that is none of those there are."""
IDS = {
    "dataset": ("a dataset's version, dsv_…", "GET /datasets/{id}/versions lists those of a dataset."),
    "init_from": ("a model, mdl_…", "GET /models lists yours."),
}
"""What the id in a field is one of, and where to find it."""
OBJECT_WANTED = frozenset({"model_attributes_type", "model_type", "dict_type"})
_VALUE = re.compile(r"'([^']*)'|(\d+)")


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """One problem of a spec: ``field`` is its dotted path; ``hint`` says what to do, or is empty."""

    field: str
    code: str
    message: str
    hint: str = ""


class InvalidSpec(ValueError):
    """The data is not a valid TrainingSpec. ``problems`` lists at least one reason; ``omitted`` counts further ones."""

    def __init__(self, problems: Iterable[SpecProblem], *, omitted: int = 0) -> None:
        self.problems = tuple(problems)
        self.omitted = omitted
        super().__init__("; ".join(f"{p.field}: {p.message}" for p in self.problems))


def parse_training_spec(data: Mapping[str, Any]) -> TrainingSpec:
    """Validates ``data``. Raises ``InvalidSpec`` naming every field at fault and the nearest valid one."""
    try:
        return TrainingSpec.model_validate(data)
    except ValidationError as error:
        items = error.errors(include_url=False)
        found = chain.from_iterable(map(_problems, items[:PROBLEMS_LISTED]))
        raise InvalidSpec(found, omitted=max(0, len(items) - PROBLEMS_LISTED)) from None


def _problems(item: ErrorDetails) -> Iterator[SpecProblem]:
    cause = item.get("ctx", {}).get("error")
    if not isinstance(cause, RulesViolated):
        yield _problem(item)
        return
    path, _ = _resolve(str(part) for part in item["loc"])
    for field, message, hint, code in cause.violations:
        yield SpecProblem(".".join([*path, field]), code, _sentence(message), hint)


def _problem(item: ErrorDetails) -> SpecProblem:
    path, models = _resolve(str(part) for part in item["loc"])
    shown = ".".join(path) or "spec"
    match item["type"]:
        case "missing":
            return SpecProblem(shown, "missing", _sentence(item["msg"]))
        case "extra_forbidden":
            fields = sorted({name for model in models for name in model.model_fields})
            hint = did_you_mean(path[-1], fields, otherwise=f"Valid fields: {', '.join(fields)}.")
            return SpecProblem(shown, "unknown_field", f"There is no field {shown}.", hint)
        case "enum" | "literal_error":
            value = item["input"] if isinstance(item["input"], str) else json.dumps(item["input"], default=str)
            hint = _valid_values(value, str(item.get("ctx", {}).get("expected")))
            return SpecProblem(shown, "invalid", f"{shown} cannot be {value[:SHOWN]}.", hint)
        case "union_tag_invalid":
            context = item.get("ctx", {})
            hint = _valid_values(str(context.get("tag")), str(context.get("expected_tags")))
            what = next(part for part in reversed(path) if not part.isdecimal())
            message = f"There is no {what} {str(context.get('tag'))[:SHOWN]}."
            return SpecProblem(f"{shown}.name", "unknown_choice", message, hint)
        case "union_tag_not_found":
            return SpecProblem(f"{shown}.name", "missing", "The name is missing.")
        case "string_pattern_mismatch" if shown in IDS:
            what, hint = IDS[shown]
            return SpecProblem(shown, "invalid", f"Must be the id of {what}, not {str(item['input'])[:SHOWN]}.", hint)
    hint = 'Or set it to "auto", to have it chosen by the data.' if item["loc"][-1:] == (STATED_TAG,) else ""
    if item["type"] in OBJECT_WANTED and path:
        hint = _as_object(item["input"], path[-1], models) or hint
    return SpecProblem(shown, "invalid", _sentence(message_of(item)), hint)


def message_of(item: ErrorDetails) -> str:
    """What is wrong, without the words that pydantic has for Python's types."""
    return "Must be an object." if item["type"] in OBJECT_WANTED else item["msg"].removeprefix("Value error, ")


def _valid_values(wrong: str, listed: str) -> str:
    """The one of the values that pydantic has ``listed`` which is most like ``wrong``, or all of them."""
    valid = [quoted or bare for quoted, bare in _VALUE.findall(listed)]
    return did_you_mean(wrong, valid, otherwise=f"Valid values: {', '.join(valid)}.")


def _as_object(value: Any, field: str, parents: list[type[BaseModel]]) -> str:
    """How to write what was named alone, as ``"adamw"`` where ``{"name": "adamw"}`` is wanted; empty for all else."""
    leaves = (
        leaf
        for model in parents
        for leaf in (_models_in(model.model_fields[field].annotation) if field in model.model_fields else [model])
    )
    named = isinstance(value, str) and any(value in _tags(leaf) for leaf in leaves)
    return f'Write {{"name": "{value}"}}.' if named else ""


def _sentence(message: str) -> str:
    message = message.replace("valid tuple", "list")  # what JSON calls it
    return message[:1].upper() + message[1:] + ("" if message.endswith(".") else ".")


def _resolve(location: Iterable[str]) -> tuple[list[str], list[type[BaseModel]]]:
    """A path as its sender knows it, and the models whose field its last part is, or would be.

    Pydantic puts the tag of a discriminated union into the path; the sender never wrote it.
    """
    path: list[str] = []
    models: list[type[BaseModel]] = [TrainingSpec]
    parents = models
    for part in location:
        if part in (STATED_TAG, AUTO_TAG):
            continue
        tagged = [model for model in models if part in _tags(model)]
        if len(models) > 1 and tagged:
            models = tagged
            continue
        path.append(part)
        parents = models
        fields = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        # An index into a sequence names no field: its items are the models found already.
        models = [leaf for annotation in fields for leaf in _models_in(annotation)] if fields else models
    return path, parents


def _tags(model: type[BaseModel]) -> tuple[str, ...]:
    """The names by which a union tells ``model`` from its other members."""
    return get_args(model.model_fields["name"].annotation) if "name" in model.model_fields else ()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models inside unions, tuples and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]
