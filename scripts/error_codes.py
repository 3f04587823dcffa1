"""Writes ``docs/errors.md`` from the errors that the API can answer with: ``python scripts/error_codes.py``."""

import os
import sys
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from inspect import cleandoc
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT / "contracts")]

DOCUMENT = ROOT / "docs" / "errors.md"

START = """\
# Errors

`make schema` writes this page from the code. Every error is a problem document
([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) of the type `application/problem+json`:

```json
{"type": "urn:trainyard:problem:invalid_input", "title": "Bad Request", "status": 400, "code": "invalid_input",
 "detail": "The request is not valid.", "request_id": "req_01m8…",
 "errors": [{"field": "events.0", "code": "invalid", "message": "There is no event job.succeded.",
             "hint": "Did you mean job.succeeded?"}]}
```

`code` is stable: decide by it, not by `detail`, which is for people and may change. `hint` says what to do, `errors`
which fields are at fault, `request_id` what to quote when you ask for help; it is also in the header `X-Request-Id`. An
object of another organization is a 404, like one that never was.

Try again what has the status 408, 423, 429, 502, 503 or 504, after `Retry-After` seconds where that header is there. A
POST that is tried again needs an `Idempotency-Key`, the same each time, or it may happen twice.

| code | status | what it means |
|---|---|---|
"""

WORKERS = """
## Of the worker protocol

Workers alone meet these.

| code | status | what it means |
|---|---|---|
"""

OUTSIDE_OUR_CLASSES: dict[str, tuple[int, str]] = {
    "authentication_failed": (401, "The API key is unknown, revoked or expired, or its organization is suspended."),
    "bad_request": (400, "The request is not a valid HTTP request."),
    "database_unavailable": (503, "The platform's database does not answer; try again in a few seconds."),
    "internal_error": (500, "An internal error of the platform; the request was rolled back."),
    "method_not_allowed": (405, "This path does not support the method."),
    "not_acceptable": (406, "The `Accept` header asks for an unsupported format."),
    "not_authenticated": (401, "The request has no credentials: send an API key, or log in."),
    "parse_error": (400, "The body is not JSON, or not JSON that can be stored."),
    "too_many_parts": (400, "A form has too many fields or files."),
    "unsupported_media_type": (415, "The content type of the body is not supported by this call."),
}
"""What REST framework, Django and the handler of everything unexpected answer."""

MEANINGS: dict[str, str] = {
    "already_disputed": "The invoice has a dispute that is still open.",
    "already_invited": "This address has an invitation that is still open.",
    "already_member": "This person is a member already.",
    "ambiguous_length": "The request states both `Content-Length` and `Transfer-Encoding`.",
    "dispute_decided": "The dispute has been decided already.",
    "effective_dates_overlap": "Two prices would rule at the same time.",
    "email_taken": "This e-mail address has an account already.",
    "hold_open": "The job has funds reserved already.",
    "idempotency_key_reused": "This `Idempotency-Key` was used before with another request.",
    "insufficient_funds": "The wallet does not cover the possible cost: top it up, or lower `limits.max_cost`.",
    "invalid_input": "Fields of the request are invalid; `errors` names each.",
    "invalid_spec": "The training spec is invalid, or does not match its data; `errors` names each field.",
    "invitation_ended": "The invitation was used, revoked or has expired; ask for another.",
    "invitation_for_another": "The invitation is for another address than the one you log in with.",
    "job_finished": "The job has ended, so that this action is no longer possible.",
    "job_is_cancelling": "The job is being cancelled.",
    "job_not_paused": "Only a paused job can be resumed.",
    "key_cap_reached": "The API key has reached its spending cap of this month.",
    "key_ended": "The API key was revoked or has expired.",
    "last_owner": "An organization must keep at least one owner.",
    "limit_reached": "The job has used up its limits; resume it with higher ones.",
    "no_hold": "The job has no funds reserved.",
    "no_price": "The pool has no price, so that no job can be submitted to it.",
    "no_worker": "No worker can answer predictions at present; try again later.",
    "not_found": "No object with this id exists, or it belongs to another organization.",
    "organization_deleted": "The organization is being deleted.",
    "organizations_closed": "On this platform only operators create organizations; ask them.",
    "overloaded": "The platform is overloaded; try again in a few seconds.",
    "permission_denied": "Your role does not allow this.",
    "pool_name_taken": "A pool of this name exists already.",
    "price_exists": "The pool has a price from this time on already.",
    "queue_full": "Your organization has the maximum number of queued jobs in this pool; wait, or cancel some.",
    "quota_exceeded": "A quota of your organization is used up.",
    "request_timeout": "The body arrived too slowly.",
    "second_factor_missing": "This needs a second factor; set one up first.",
    "sign_up_closed": "Sign-up is closed on this platform; ask its operator for an invitation.",
    "storage_full": "The platform's disk is full; try again later.",
    "storage_quota_exceeded": "The storage quota of your organization would be exceeded; delete datasets or models.",
    "tax_rate_exists": "A tax rate for this country exists from this time on already.",
    "too_many_uploads": "Too many resumable uploads are unfinished; finish or delete one.",
    "too_many_webhook_endpoints": "The maximum number of webhook endpoints exists; delete one.",
    "unsupported_tus_version": "The header `Tus-Resumable` is missing, or names another version of tus than 1.0.0.",
    "upload_expired": "This upload received no bytes for a day; begin a new one.",
    "upload_offset_mismatch": "The offset is wrong; ask for the right one by `HEAD`.",
    "upload_too_large": "The body, or the announced upload, exceeds the maximum size.",
    "uploads_in_flight": "Your organization has too many bytes in transfer at once; wait for other uploads to finish.",
    "worker_not_active": "The worker's state does not allow this.",
    "wrong_slot_kind": "The pool has slots of another kind than this worker.",
}
"""For customers, where the class has no docstring that says it."""

WORKER_CODES = frozenset(
    {"claim_lost", "enrolment_refused", "not_uploaded", "sequence_gap", "stale_fence", "wrong_slot_kind"}
)
NEVER_SEEN = frozenset({"error", "client_gone"})
"""``error`` is a base, and of a broken connection nobody reads the answer."""


def render() -> str:
    codes = _codes()
    customers = [row for code, row in codes if code not in WORKER_CODES]
    workers = [row for code, row in codes if code in WORKER_CODES]
    return f"{START}{''.join(customers)}{WORKERS}{''.join(workers)}"


def _codes() -> list[tuple[str, str]]:
    found = dict(OUTSIDE_OUR_CLASSES)
    for error in _classes():
        if error.code not in NEVER_SEEN | OUTSIDE_OUR_CLASSES.keys():
            found.setdefault(error.code, (error.status, _meaning(error)))
    return [
        (code, f"| `{code}` | {f'{status} {_phrase(status)}'.strip()} | {text} |\n")
        for code, (status, text) in sorted(found.items())
    ]


def _meaning(error: Any) -> str:
    code: str = error.code
    said = MEANINGS.get(code) or cleandoc(error.__dict__.get("__doc__") or "").partition("\n")[0].replace("``", "`")
    if not said:
        raise LookupError(f"say in a docstring, or in scripts/error_codes.py, what {error.__name__} ({code}) means")
    return said


def _classes() -> Iterator[Any]:
    from django.urls import get_resolver

    from trainyard.core.errors import TrainyardError

    _ = get_resolver().url_patterns  # imports every view, and so everything that they may raise
    import_module("trainyard.api.asgi")

    def below(base: type) -> Iterator[Any]:
        for error in base.__subclasses__():
            if error.__module__.startswith("trainyard."):
                yield error
            yield from below(error)

    yield from sorted(below(TrainyardError), key=lambda error: (error.code, error.__module__))


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
    import django

    django.setup()
    DOCUMENT.write_text(render())
