"""Parsers of request bodies."""

import codecs
import math
from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser
from rest_framework.utils import json

from trainyard_spec.json_objects import with_distinct_keys
from trainyard_spec.names import UNSTORABLE, unstorable_in


class FiniteJSONParser(JSONParser):
    """JSON that a database can store: refuses ``1e400``, which reads as infinity (RFC 8259 §6), and NUL in strings.

    Duplicate keys in one object are refused.
    """

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            text = codecs.getreader((parser_context or {}).get("encoding", "utf-8"))(stream)
            data: dict[str, Any] = json.loads(text.read(), object_pairs_hook=with_distinct_keys)
            finite = _is_finite(data)
        except ValueError as error:
            raise ParseError(_reason(error)) from error
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        if not finite:
            raise ParseError("The JSON holds a number that is too large.")
        if unstorable := {path or "non_field_errors": [UNSTORABLE] for path in unstorable_in(data)}:
            raise ValidationError(unstorable, code="invalid")
        return data


class DecodingMultiPartParser(MultiPartParser):
    """Forms with files. Charsets that cannot decode text, such as ``idna``, are refused and leave no file behind."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> "DataAndFiles[Any, Any]":
        try:
            return super().parse(stream, media_type, parser_context)
        except (LookupError, UnicodeError, ParseError) as error:
            for handler in (parser_context or {})["request"].upload_handlers:
                handler.upload_interrupted()
            if isinstance(error, ParseError):
                raise
            raise ParseError(f"Multipart form parse error - {error}") from error


def _reason(error: ValueError) -> str:
    """What is wrong with the JSON, in words that do not ask the sender to change our program."""
    if isinstance(error, UnicodeError):
        return "The body is not text in its charset, which is UTF-8 where none is stated."
    if "BOM" in str(error):
        return "JSON parse error - it begins with a byte order mark. Send it without."
    if "integer string conversion" in str(error):
        return "The JSON holds a number that is too large."
    return f"JSON parse error - {error}"


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    return all(map(_is_finite, value)) if isinstance(value, list) else True
