"""Answers of the service: the JSON object as it was sent, with typed attributes."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Self

from trainyard_client.errors import NotSent

Converter = Callable[[Any], Any]


class Answer(dict[str, Any]):
    """A JSON object. ``answer.created_at`` is a ``datetime``, ``answer["created_at"]`` the text that was sent.

    Fields that a newer service adds are kept. Where a field is named like a method of ``dict``, its attribute ends in
    an underscore: ``prediction.values_``.
    """

    def __getattr__(self, name: str) -> Any:
        field = _fields(type(self)).get(name)
        if field is None:
            raise AttributeError(f"{type(self).__name__} has no {name!r}", name=name, obj=self)
        if field.key in self:
            return field.convert(self[field.key])
        if field.optional:
            return None
        sentence = f"The service sent no {field.key!r} of this {type(self).__name__}; it is older than this client."
        raise NotSent(sentence, name=name, obj=self)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_fields(type(self))]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    @classmethod
    def model_validate(cls, content: Mapping[str, Any]) -> Self:
        """The answer that is this JSON object."""
        return cls(content)

    def model_dump(self) -> dict[str, Any]:
        """The plain JSON object."""
        return dict(self)

    def model_dump_json(self) -> str:
        """The object as JSON text."""
        return json.dumps(self)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where an attribute is found, what makes its type of it, and whether it may be missing."""

    key: str
    convert: Converter
    optional: bool


@cache
def _fields(kind: type[Answer]) -> Mapping[str, _Field]:
    return {
        name: _Field(name.rstrip("_"), _converter(hint), types.NoneType in typing.get_args(hint))
        for name, hint in typing.get_type_hints(kind).items()
    }


def _converter(hint: Any) -> Converter:
    """Makes the type ``hint`` of JSON; what is no type of its own stays as it is."""
    if isinstance(hint, type) and issubclass(hint, Answer):
        return hint
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return _each(_converter(arguments[0]))
    if origin is dict:
        return _values(_converter(arguments[1]))
    if types.NoneType in arguments:
        kinds = [argument for argument in arguments if argument is not types.NoneType]
        return _unless_none(_converter(kinds[0])) if len(kinds) == 1 else _same
    return _same


def _same(value: Any) -> Any:
    return value


def _each(convert: Converter) -> Converter:
    return _same if convert is _same else lambda values: [convert(value) for value in values]


def _values(convert: Converter) -> Converter:
    return _same if convert is _same else lambda values: {name: convert(value) for name, value in values.items()}


def _unless_none(convert: Converter) -> Converter:
    return _same if convert is _same else lambda value: None if value is None else convert(value)


_PLAIN: Mapping[Any, Converter] = {datetime: datetime.fromisoformat, Decimal: Decimal, float: float}
