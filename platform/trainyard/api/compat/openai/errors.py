"""Errors in OpenAI's form, ``{"error": {"message", "type", "param", "code"}}``."""

from typing import Any

from trainyard.core.errors import TrainyardError

PREFIX = "/compat/openai/"
TYPES: dict[int, str] = {
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    429: "rate_limit_error",
}
INVALID_REQUEST, SERVER_ERROR = "invalid_request_error", "server_error"
CODES: dict[int, str] = {401: "invalid_api_key"}
CONFLICT, BAD_REQUEST = 409, 400


class NotServed(TrainyardError):
    """This call or option of OpenAI's API is not supported here."""

    code = "not_served"


class NoSuchModel(TrainyardError):
    """No base model of this name is registered, and no finished model of the organization has it."""

    status = 404
    code = "model_not_found"


def status_of(error: TrainyardError) -> int:
    """Its client tries a 409 again, which is of no use where an object's state is in the way."""
    return BAD_REQUEST if error.status == CONFLICT else error.status


def error_body(error: TrainyardError) -> dict[str, Any]:
    """``error`` as OpenAI's client reads it, with every sentence of it, as there is one place for them."""
    fields = [f"{item.field}: {item.message}" for item in error.errors if item.message != error.message]
    kind = TYPES.get(error.status, SERVER_ERROR if error.status >= 500 else INVALID_REQUEST)
    return {
        "error": {
            "message": " ".join(filter(None, [error.message, *fields, error.hint])),
            "type": kind,
            "param": error.errors[0].field or None if error.errors else None,
            "code": CODES.get(error.status, error.code),
        }
    }
