"""Problem documents (RFC 9457) for every error, with a stable ``code``, ``request_id`` and per-field ``errors``."""

import sys
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import (
    DisallowedHost,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.csrf import csrf_failure as page_of_csrf_failure
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from trainyard.api import oauth_errors as oauth
from trainyard.api.compat.mlflow import errors as mlflow
from trainyard.api.compat.openai import errors as openai
from trainyard.api.request_id import request_id_of
from trainyard.core.errors import FieldError, NotFound, PermissionDenied, TrainyardError

logger = structlog.get_logger(__name__)
ERRORS_LISTED = 100
LONGEST_TEXT = 1_000
CONTENT_TYPE = "application/problem+json"
FORMS = ("/accounts/", "/admin/")
READING = ("GET", "HEAD")
PHRASES = {460: "Checksum Mismatch"}
"""Of statuses that are not IANA's: this one is tus's."""


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler: one shape for ours, DRF's, Django's and the unexpected."""
    error = as_trainyard_error(exc)
    if error is None:
        logger.error("request.failed", exc_info=exc)
        error = TrainyardError("Something went wrong on our side.", hint="Try again; quote the request id if it lasts.")
        error.status, error.code = 500, "internal_error"
    body, content_type = body_of(error, request=context["request"])
    status = status_of(error, request=context["request"])
    return Response(body, status=status, headers=headers_of(error), content_type=content_type)


class ProblemMiddleware:
    """Converts expected failures of views outside REST framework into problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> JsonResponse | None:
        return problem_response(exception, request) if isinstance(exception, TrainyardError) else None


def headers_of(error: TrainyardError) -> dict[str, str]:
    """What of ``error`` stands in the header of its answer."""
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="trainyard"'
    if error.allowed_methods:
        headers["Allow"] = ", ".join(error.allowed_methods)
    return headers


def shortened(text: str) -> str:
    """``text``, the middle of a long one left out: what a client sent is not sent back at length."""
    half = LONGEST_TEXT // 2
    return text if len(text) <= LONGEST_TEXT else f"{text[:half]} … {text[-half:]}"


def body_of(error: TrainyardError, *, request: HttpRequest) -> tuple[dict[str, Any], str]:
    """The body of the answer, in the form that clients of this path read, and its content type."""
    if request.path.startswith(mlflow.PREFIX):
        return mlflow.error_body(error), "application/json"
    if request.path.startswith(openai.PREFIX):
        return openai.error_body(error), "application/json"
    if request.path.startswith(oauth.PREFIX):
        return oauth.error_body(error, problem(error, request=request)), "application/json"
    return problem(error, request=request), CONTENT_TYPE


def status_of(error: TrainyardError, *, request: HttpRequest) -> int:
    """The status of the answer, as clients of this path understand it."""
    return openai.status_of(error) if request.path.startswith(openai.PREFIX) else error.status


def problem(error: TrainyardError, *, request: HttpRequest) -> dict[str, Any]:
    """The body of a problem document."""
    document: dict[str, Any] = {
        "type": f"urn:trainyard:problem:{error.code}",
        "title": _phrase(error.status),
        "status": error.status,
        "code": error.code,
        "detail": shortened(error.message),
        "request_id": request_id_of(request),
    }
    if error.hint:
        document["hint"] = error.hint
    if error.errors:
        listed = error.errors[:ERRORS_LISTED]
        document["errors"] = [
            {
                "field": shortened(item.field),
                "code": item.code,
                "message": shortened(item.message),
                "hint": shortened(item.hint),
            }
            for item in listed
        ]
        if omitted := error.errors_omitted + len(error.errors) - len(listed):
            document["errors_omitted"] = omitted
    return document


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return PHRASES[status]


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Django's 404 handler for paths that no route serves."""
    return problem_response(NotFound(f"There is nothing at {request.path}."), request)


def only_read(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """``view`` for GET and HEAD alone. It is asked without a CSRF token, for what is not read is refused anyway."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method in READING:
            return view(request)
        error = TrainyardError(f'Method "{request.method}" not allowed.')
        error.status, error.code, error.allowed_methods = 405, "method_not_allowed", READING
        return problem_response(error, request)

    return answer


def bad_request(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Django's 400 handler, for what it refuses outside REST framework's views."""
    if isinstance(exception, DisallowedHost):
        return problem_response(_unknown_host(), request)
    known = as_trainyard_error(exception) if exception else None
    return problem_response(known or TrainyardError("The request is not valid."), request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer where a session's unsafe request lacks its token: a page to people on forms, else a problem."""
    if request.path.startswith(FORMS):
        return page_of_csrf_failure(request, reason=reason)
    hint = "Send the cookie csrftoken as the header X-CSRFToken, too; a request with an API key needs neither."
    return problem_response(PermissionDenied(f"CSRF failed: {reason}", hint=hint), request)


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's 500 handler, for failures outside REST framework's views."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return problem_response(_database_unavailable(), request)
    error = TrainyardError("Something went wrong on our side.", hint="Try again; quote the request id if it lasts.")
    error.status, error.code = 500, "internal_error"
    return problem_response(error, request)


def problem_response(error: TrainyardError, request: HttpRequest) -> JsonResponse:
    """The problem document as an answer outside REST framework."""
    body, content_type = body_of(error, request=request)
    status = status_of(error, request=request)
    return JsonResponse(body, status=status, content_type=content_type, headers=headers_of(error))


def _database_unavailable() -> TrainyardError:
    """What a connection that cannot be had, or was lost, is to the client: psycopg's pool raises the same."""
    error = TrainyardError(
        "The platform's database does not answer.", hint="Try again in a few seconds.", retry_after_seconds=5
    )
    error.status, error.code = 503, "database_unavailable"
    return error


def as_trainyard_error(exc: Exception) -> TrainyardError | None:
    """What the client is told of ``exc``; ``None`` where it is a fault of the platform."""
    if isinstance(exc, TrainyardError):
        return exc
    if isinstance(exc, OperationalError):
        logger.error("database.failed", exc_info=exc)
        return _database_unavailable()
    if isinstance(exc, RequestDataTooBig):
        return _refused(413, "upload_too_large", "The request is larger than it may be.")
    if isinstance(exc, TooManyFieldsSent | TooManyFilesSent):
        return _refused(400, "too_many_parts", "The form has too many fields or files.")
    if isinstance(exc, SuspiciousOperation):
        return _refused(400, "bad_request", "The request is not valid.")
    if isinstance(exc, Http404):
        return NotFound("There is nothing here by that id.")
    if isinstance(exc, DjangoPermissionDenied):
        return PermissionDenied("This is not allowed with your role.")
    if isinstance(exc, exceptions.ValidationError):
        errors = tuple(_field_errors(exc.detail))
        error = TrainyardError("The request is not valid.", errors=errors)
        error.code = "invalid_input"
        return error
    if isinstance(exc, exceptions.APIException):
        error = TrainyardError(str(exc.detail))
        error.status, error.code = exc.status_code, str(exc.get_codes())
        error.retry_after_seconds = getattr(exc, "wait", None)
        return error
    return None


def _unknown_host() -> TrainyardError:
    """The commonest mistake of a new deployment, and of anybody who scans addresses: told, and one line in the log."""
    logger.warning("host.refused")
    error = TrainyardError(
        "This platform does not answer to the name in the header Host.",
        hint="Use the address that your operator gave you. Operators: name it in TRAINYARD_ALLOWED_HOSTS.",
    )
    error.status, error.code = 400, "bad_request"
    return error


def _refused(status: int, code: str, message: str) -> TrainyardError:
    error = TrainyardError(message, hint="Send less at once." if code != "bad_request" else "")
    error.status, error.code = status, code
    return error


def _field_errors(detail: Any, path: str = "") -> list[FieldError]:
    if isinstance(detail, dict):
        return [
            found
            for key, value in detail.items()
            for found in _field_errors(value, path if key == "non_field_errors" else f"{path}.{key}".lstrip("."))
        ]
    if isinstance(detail, list):
        return [
            found
            for index, value in enumerate(detail)
            for found in _field_errors(value, f"{path}.{index}" if isinstance(value, dict) else path)
        ]
    return [FieldError(path, str(detail.code), str(detail))]
