"""Errors of the client: every refusal is an ``ApiError``, and each that a program may act on has a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from trainyard_client.types import DatasetImport, Job, ModelExport


class ClientError(Exception):
    """Base of every expected failure of this package."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the request at fault: ``field`` is its dotted path."""

    field: str
    code: str
    message: str
    hint: str = ""


class ApiError(ClientError):
    """The service refused a request, as a problem document (RFC 9457) says.

    ``code`` is stable; ``str()`` is the sentence with its hint and the fields at fault, the first hundred of them;
    ``errors_omitted`` counts the others. ``request_id`` is what the operator finds the request by.
    """

    def __init__(self, *, status: int, problem: Mapping[str, Any], retry_after_seconds: float | None = None) -> None:
        self.status = status
        self.retry_after_seconds = retry_after_seconds
        self.code = str(problem.get("code", "error"))
        self.detail = str(problem.get("detail", f"The service answered with status {status}."))
        self.hint = str(problem.get("hint", ""))
        self.request_id = str(problem.get("request_id", ""))
        self.errors = tuple(
            FieldError(
                field=str(item.get("field", "")),
                code=str(item.get("code", "")),
                message=str(item.get("message", "")),
                hint=str(item.get("hint", "")),
            )
            for item in problem.get("errors", ())
        )
        self.errors_omitted = int(problem.get("errors_omitted", 0))
        fields = [f"{error.field}: {error.message} {error.hint}".rstrip() for error in self.errors]
        more = f"… and {self.errors_omitted:,} more." if self.errors_omitted else ""
        super().__init__("\n".join(filter(None, [self.detail, self.hint, *fields, more])))

    @classmethod
    def from_response(cls, response: httpx.Response) -> ApiError:
        """The error that ``response`` carries, by its status; also for a proxy's page that is no problem document."""
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        kind = ERROR_OF_STATUS.get(response.status_code, ServerError if response.status_code >= 500 else ApiError)
        return kind(
            status=response.status_code,
            problem=problem if isinstance(problem, dict) else {},
            retry_after_seconds=_seconds(response.headers.get("Retry-After")),
        )


class InvalidRequest(ApiError):
    """400 or 422: ``errors`` name the fields at fault."""


class NotAuthenticated(ApiError):
    """401: no key, or one that is revoked or has expired."""


class InsufficientFunds(ApiError):
    """402: the wallet does not cover it."""


class PermissionDenied(ApiError):
    """403: the key lacks the scope, or its role the right."""


class NotFound(ApiError):
    """404: there is no such object, or it is somebody else's."""


class Conflict(ApiError):
    """409 or 412: the object's state does not allow it, or it has changed meanwhile."""


class TooManyRequests(ApiError):
    """429: a rate limit or a quota; ``retry_after_seconds`` says when to come back."""


class ServerError(ApiError):
    """5xx: the platform's fault."""


ERROR_OF_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    402: InsufficientFunds,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    412: Conflict,
    422: InvalidRequest,
    429: TooManyRequests,
}


class Unreachable(ClientError):
    """The service did not answer, also after retries."""


class NotConfigured(ClientError):
    """Neither arguments nor environment nor a profile name a service and a key."""


class LoginFailed(ClientError):
    """A log-in by browser that came to nothing: ``code`` is OAuth's, such as ``access_denied``."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        super().__init__(f"{detail} Nobody is logged in.")


class OutsideApi(ClientError):
    """A path would have led away from the API: nothing was sent, and so no key."""


SHOWN_OF_A_KIND = 3
"""Problems of one kind in one column: what is wrong with all rows is no clearer for being said of each."""


def _folded(problems: Sequence[Any]) -> Iterator[str]:
    kinds: dict[tuple[Any, Any], list[Any]] = {}
    for problem in problems:
        kinds.setdefault((problem.get("code"), problem.get("column")), []).append(problem)
    for alike in kinds.values():
        yield from map(str, alike[:SHOWN_OF_A_KIND])
        if (more := len(alike) - SHOWN_OF_A_KIND) > 0:
            yield f"… and {more} more like these"


class DatasetRejected(ClientError):
    """The uploaded file cannot be used; ``problems`` say where and why, and there are ``omitted`` more."""

    def __init__(self, version_id: str, problems: Sequence[Any], *, omitted: int = 0) -> None:
        self.version_id = version_id
        self.problems = tuple(problems)
        lines = [*_folded(self.problems), *([f"… and {omitted} more that are not listed"] if omitted else [])]
        super().__init__("\n".join(["The file was rejected:", *(f"  {line}" for line in lines)]))


class ImportFailed(ClientError):
    """A file that the service was to fetch did not come; ``imported`` says how far it was, and why."""

    def __init__(self, imported: DatasetImport) -> None:
        self.imported = imported
        why = f"{imported.error.message} {imported.error.hint}".strip() if imported.error else ""
        super().__init__(f"{imported.url} was not fetched ({imported.state}). {why}".strip())


class JobUnsuccessful(ClientError):
    """A job that was to succeed failed, was cancelled or is paused; ``job`` says all of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        why = f"{job.error.message} {job.error.hint}".strip() if job.error else f"({job.reason})"
        super().__init__(f"{job.id} is {job.state}: {why}")


class ExportUnsuccessful(ClientError):
    """A model could not be exported; ``export`` says why."""

    def __init__(self, export: ModelExport) -> None:
        self.export = export
        why = f"{export.error.message} {export.error.hint}".strip() if export.error else "no reason was told"
        super().__init__(f"{export.id} is {export.state}: {why}")


class ChangedFile(ClientError):
    """A file is not the one that its resumable upload began with."""


class NotSent(ClientError, AttributeError):
    """The service sent no such field: it is older than this client."""


class DamagedDownload(ClientError):
    """A downloaded file is not, by its SHA-256, what the service has, also after another try."""


class TimedOut(ClientError):
    """What was waited for has not happened in the time that was given."""


def _seconds(header: str | None) -> float | None:
    """A ``Retry-After`` in seconds; its other form, a date, is not sent by the service."""
    try:
        return float(header) if header is not None else None
    except ValueError:
        return None
