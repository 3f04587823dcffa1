"""Extensions and hooks of the OpenAPI generator."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from trainyard.api import oauth_errors

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document.",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, machine-readable code."},
        "detail": {"type": "string", "description": "Explanation of the error, in a sentence."},
        "hint": {"type": "string", "description": "What to do about it."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "The first hundred invalid fields.",
            "maxItems": 100,
            "items": {
                "type": "object",
                "required": ["field", "code", "message", "hint"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message", "hint")},
            },
        },
        "errors_omitted": {"type": "integer", "description": "Number of further invalid fields."},
    },
}

_OAUTH_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem document as OAuth's clients read it (RFC 6749, section 5.2).",
    "required": ["error", "error_description", *_PROBLEM["required"]],
    "properties": {
        "error": {"type": "string", "description": "OAuth error code, such as `authorization_pending`."},
        "error_description": {"type": "string", "description": "Same text as `detail`."},
        **_PROBLEM["properties"],
    },
}

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


def bounded(*, default: int, least: int, most: int) -> dict[str, Any]:
    """The JSON Schema of a whole number in a query."""
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


PAGE_PARAMETERS = [
    OpenApiParameter("limit", bounded(default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT), description="Rows per page."),
    OpenApiParameter("cursor", str, description="`next_cursor` of the previous page."),
]

_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Makes the request safe to retry: for 24 hours the same key with the same body returns the first "
    "response, marked `Idempotency-Replayed: true`; with another body it is a 422.",
}


def only_public_paths(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """Leaves out what is specified elsewhere: the worker protocol (``trainyard_spec``), and other systems' APIs."""
    return [endpoint for endpoint in endpoints if not endpoint[0].startswith(("/api/worker/", "/compat/"))]


def documented_by_themselves() -> list[type]:
    """Classes whose docstring is for developers: what inherits from them does not inherit it in the reference."""
    from drf_spectacular.plumbing import get_lib_doc_excludes

    from trainyard.api.serializers import PageSerializer, StrictSerializer
    from trainyard.api.views import TrainyardView

    return [*get_lib_doc_excludes(), PageSerializer, StrictSerializer, TrainyardView]  # type: ignore[no-untyped-call]


def describe_idempotency(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds the ``Idempotency-Key`` header to every POST."""
    for path in result["paths"].values():
        if "post" in path:
            path["post"].setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    return result


def describe_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Says of every operation that anything but success is a problem document."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Problem": _PROBLEM, "OAuthProblem": _OAUTH_PROBLEM}
    usual, of_oauth = _failure("application/problem+json", "Problem"), _failure("application/json", "OAuthProblem")
    for path, operations in result["paths"].items():
        for operation in operations.values():
            operation["responses"]["default"] = of_oauth if path.startswith(oauth_errors.PREFIX) else usual
    return result


def _failure(media_type: str, schema: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": "The request failed.", "content": content}


def describe_blank_texts(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """``anyOf`` of a text that may be blank: a format is a note, so that a blank text fits both alternatives."""
    for schema in result.get("components", {}).get("schemas", {}).values():
        for field in schema.get("properties", {}).values():
            if {"type": "string", "maxLength": 0} in field.get("oneOf", ()):
                field["anyOf"] = field.pop("oneOf")
    return result


class StrictSerializerExtension(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Documents what a ``StrictSerializer`` refuses: unknown fields, and empty strings as times."""

    target_class = "trainyard.api.serializers.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # type: ignore[no-untyped-call]  # noqa: SLF001  its documentation says so
        if direction == "request":
            schema["additionalProperties"] = False
            for field in schema.get("properties", {}).values():
                if field.get("format") == "date-time":
                    field["minLength"] = 1
        return schema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "trainyard.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: ty_live_…"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "trainyard.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "trainyard.api.authentication.SessionTokenAuthentication"
    name = "sessionToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}
