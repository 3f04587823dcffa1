"""Errors that a client may see. Each domain exception derives from one of these, beside the code that raises it.

The API turns them into RFC 9457 problem documents: ``code`` is stable and machine-readable, the message is a sentence,
``hint`` says what to do.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: ``field`` is its dotted path in the request body."""

    field: str
    code: str
    message: str
    hint: str = ""


class TrainyardError(Exception):
    """Base of every expected failure. Subclasses set ``status`` and ``code``.

    ``errors_omitted`` is the number of invalid fields beyond ``errors``. ``allowed_methods`` are those that a 405
    response has to name.
    """

    status = 400
    code = "error"
    allowed_methods: tuple[str, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        errors: tuple[FieldError, ...] = (),
        errors_omitted: int = 0,
        retry_after_seconds: int | None = None,
    ) -> None:
        self.message = message
        self.hint = hint
        self.errors = errors
        self.errors_omitted = errors_omitted
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class InvalidInput(TrainyardError):
    status = 400
    code = "invalid_input"


class NotFound(TrainyardError):
    """Also raised for objects of another tenant, so that their existence is not revealed."""

    status = 404
    code = "not_found"


class Conflict(TrainyardError):
    """The state of the object does not allow the request."""

    status = 409
    code = "conflict"


class PermissionDenied(TrainyardError):
    status = 403
    code = "permission_denied"


class QuotaExceeded(TrainyardError):
    status = 429
    code = "quota_exceeded"


class PreconditionFailed(TrainyardError):
    """The object has changed since the ``ETag`` in ``If-Match``; read it again."""

    status = 412
    code = "precondition_failed"
