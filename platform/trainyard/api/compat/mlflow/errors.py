"""Errors in MLflow's form, ``{"error_code", "message"}``; its client raises ``MlflowException``."""

from typing import Any

from trainyard.core.errors import TrainyardError
from trainyard.tracking.operations import ExperimentExists

PREFIX = "/compat/mlflow/"
ERROR_CODES: dict[int, str] = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""Of each status that has one of its own."""


class OnlyRead(TrainyardError):
    """Metrics and params of a job are written by the platform and cannot be written by clients."""

    status = 501
    code = "only_read"


class NoSuchCall(TrainyardError):
    """This call of MLflow's API does not exist or is not supported here."""

    status = 404
    code = "no_such_call"


def error_body(error: TrainyardError) -> dict[str, Any]:
    """``error`` as MLflow's client reads it: with every sentence of it, as there is one place for them."""
    if isinstance(error, NoSuchCall):
        error_code = "ENDPOINT_NOT_FOUND"
    elif isinstance(error, ExperimentExists):
        error_code = "RESOURCE_ALREADY_EXISTS"
    else:
        error_code = ERROR_CODES.get(error.status, ERROR_CODES[500] if error.status >= 500 else "BAD_REQUEST")
    fields = [f"{item.field}: {item.message}" for item in error.errors if item.message != error.message]
    return {"error_code": error_code, "message": " ".join(filter(None, [error.message, *fields, error.hint]))}
