"""Request bodies."""

import math
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser

from trainyard_spec.names import UNSTORABLE, unstorable_in


class FiniteJSONParser(JSONParser):
    """JSON that a database can hold: neither ``1e400``, which reads as infinity (RFC 8259 §6), nor NUL in a text."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            data: dict[str, Any] = super().parse(stream, media_type, parser_context)
            finite = _is_finite(data)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        if not finite:
            raise ParseError("The JSON holds a number that is too large.")
        if unstorable := {path or "non_field_errors": [UNSTORABLE] for path in unstorable_in(data)}:
            raise ValidationError(unstorable, code="invalid")
        return data


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True
