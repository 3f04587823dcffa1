"""What can go wrong, as types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the request at fault: ``field`` is its dotted path."""

    field: str
    code: str
    message: str
    hint: str = ""


class ApiError(Exception):
    """The service refused a request, as a problem document (RFC 9457) says.

    ``code`` is stable; ``str()`` is the sentence with its hint and the fields at fault, the first hundred of them;
    ``errors_omitted`` counts the others.
    """

    def __init__(self, *, status: int, problem: dict[str, Any]) -> None:
        self.status = status
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
    def from_response(cls, response: httpx.Response) -> "ApiError":
        """The error that ``response`` carries; also for a proxy's page that is no problem document."""
        try:
            problem = response.json()
        except ValueError:
            problem = {}
        return cls(status=response.status_code, problem=problem if isinstance(problem, dict) else {})


class Unreachable(Exception):
    """The service did not answer, also after retries."""


class DatasetRejected(Exception):
    """The uploaded file cannot be used; ``problems`` say where and why."""

    def __init__(self, version_id: str, problems: Sequence[Any]) -> None:
        self.version_id = version_id
        self.problems = tuple(problems)
        super().__init__("\n".join(["The file was rejected:", *(f"  {problem}" for problem in self.problems)]))
