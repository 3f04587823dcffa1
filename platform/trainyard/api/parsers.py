"""Request bodies."""

import math
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class FiniteJSONParser(JSONParser):
    """JSON whose numbers are finite: ``1e400`` reads as infinity, which no database stores as JSON (RFC 8259 §6)."""

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
        return data


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True
