"""Failures of commands: a sentence on standard error, and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from trainyard_client import errors

FAILED, USAGE, NOT_FOUND, NOT_ALLOWED, CONFLICT, NO_ANSWER = 1, 2, 3, 4, 5, 6
STATUS_OF_ERROR: tuple[tuple[type[errors.ClientError], int], ...] = (
    (errors.InvalidRequest, USAGE),
    (errors.NotFound, NOT_FOUND),
    (errors.NotAuthenticated, NOT_ALLOWED),
    (errors.PermissionDenied, NOT_ALLOWED),
    (errors.NotConfigured, NOT_ALLOWED),
    (errors.LoginFailed, NOT_ALLOWED),
    (errors.OutsideApi, USAGE),
    (errors.Conflict, CONFLICT),
    (errors.InsufficientFunds, CONFLICT),
    (errors.TooManyRequests, CONFLICT),
    (errors.ServerError, NO_ANSWER),
    (errors.Unreachable, NO_ANSWER),
    (errors.ClientError, FAILED),
)
"""The first that fits."""
EXIT_STATUSES = {
    0: "done",
    FAILED: "a job or file that did not succeed",
    USAGE: "usage, or a spec that is wrong",
    NOT_FOUND: "not found",
    NOT_ALLOWED: "no log-in, or not allowed",
    CONFLICT: "a conflict, a quota or no funds",
    NO_ANSWER: "no answer from the service",
    130: "interrupted",
}
HINTS: dict[type[errors.ClientError], str] = {
    errors.NotAuthenticated: "Log in again: trainyard login",
    errors.InsufficientFunds: "See what is left: trainyard wallet",
}


def status_of(error: errors.ClientError) -> int:
    """The exit status of ``error``."""
    return next(status for kind, status in STATUS_OF_ERROR if isinstance(error, kind))


@contextmanager
def reported() -> Iterator[None]:
    """Ends the command where an expected error comes out of it."""
    try:
        yield
    except errors.ClientError as error:
        tell(error)
        sys.exit(status_of(error))
    except BrokenPipeError:  # whoever read the output has enough
        sys.stderr.close()
        sys.exit(FAILED)


def tell(error: errors.ClientError) -> None:
    """Says ``error`` on standard error, with what to do about it."""
    from trainyard_client.cli.output import hint, remark

    remark(str(error), style="red")
    if isinstance(error, errors.ServerError) and error.request_id:
        remark(f"Tell the operator of the platform: {error.request_id}")
    if type(error) in HINTS:
        hint(HINTS[type(error)])
