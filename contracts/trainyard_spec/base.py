"""Base classes of the contract's models."""

from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, ClassVar, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from trainyard_spec.names import UNSTORABLE, unstorable_in

Probability = Annotated[float, Field(ge=0, lt=1)]
Coefficient = Annotated[float, Field(ge=0, le=1e6)]


Step = Annotated[int, Field(ge=0, le=2**53)]
"""A number of steps, parameters or bytes: what JSON carries exactly, and any database holds."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[Finite, Field(ge=0, le=1e9)]


class ContractModel(BaseModel):
    """Immutable model; refuses unknown fields, non-finite numbers, and text that a database cannot store."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    added: ClassVar[frozenset[str]] = frozenset()
    """Fields of a part of a section that came after trainings were begun: at its default, none changes their names."""

    former_names: ClassVar[Mapping[str, str]] = {}
    """Deprecated aliases: what earlier releases called a field, and its name. Read for ever, never written."""

    @model_validator(mode="before")
    @classmethod
    def _reads_former_names(cls, data: Any) -> Any:
        return with_names_of_today(data, cls.former_names) if isinstance(data, dict) else data

    @model_validator(mode="before")
    @classmethod
    def _takes_no_truth_value_for_a_number(cls, data: Any) -> Any:
        if isinstance(data, dict):
            require_no_violations(
                RuleViolation(name, f"must be a number, not {str(data[name]).lower()}")
                for name, field in cls.model_fields.items()
                if isinstance(data.get(name), bool) and _is_number(field.annotation)
            )
        return data

    @field_validator("*")
    @classmethod
    def _is_storable(cls, value: Any) -> Any:
        if isinstance(value, str | dict) and any(unstorable_in(value)):
            raise ValueError(UNSTORABLE)
        return value


class WireModel(BaseModel):
    """Message between processes that may be one release apart: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class RuleViolation(NamedTuple):
    """Validation rule that a spec breaks. ``field`` is the path of the field to change, from the validated model."""

    field: str
    message: str
    hint: str = ""
    code: str = "invalid"


class RulesViolated(ValueError):
    """Raised by a model's validator, because pydantic alone would name the model instead of the field."""

    def __init__(self, *violations: RuleViolation) -> None:
        self.violations = violations
        super().__init__("; ".join(f"{violation.field}: {violation.message}" for violation in violations))


def require_no_violations(violations: Iterable[RuleViolation]) -> None:
    """Raises ``RulesViolated`` if there are any ``violations``."""
    if found := tuple(violations):
        raise RulesViolated(*found)


def with_names_of_today(data: Mapping[str, Any], former_names: Mapping[str, str]) -> dict[str, Any]:
    """``data`` with the keys of ``former_names`` replaced. Raises ``RulesViolated`` for a field under both names."""
    require_no_violations(
        RuleViolation(former, f"{former} is the former name of {name}, and both are stated", f"Keep {name} alone.")
        for former, name in former_names.items()
        if former in data and name in data
    )
    return {former_names.get(key, key): value for key, value in data.items()}


def _is_number(annotation: Any) -> bool:
    """Whether a field of this type takes numbers, which Python has truth values among, and no truth values."""
    types = {*_choices(annotation)}
    return bool(types & {int, float}) and bool not in types


def _choices(annotation: Any) -> Iterator[Any]:
    """The types that ``annotation`` is a union of, itself if it is none."""
    if get_origin(annotation) in (Union, UnionType):
        for choice in get_args(annotation):
            yield from _choices(choice)
    elif get_origin(annotation) is Annotated:
        yield from _choices(get_args(annotation)[0])
    else:
        yield annotation
