"""A POST with an ``Idempotency-Key`` happens once; its repetition gets the first answer."""

from datetime import datetime, timedelta
from typing import Any

from trainyard.core.errors import FieldError, InvalidInput, TrainyardError
from trainyard.core.models import IdempotencyRecord

KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 255


class KeyReused(TrainyardError):
    status = 422
    code = "idempotency_key_reused"


def begin(*, scope: str, key: str, fingerprint: str, now: datetime) -> IdempotencyRecord:
    """The record of ``key``, inside the caller's transaction; ``status`` is set when it was answered before.

    A concurrent request with the same key waits in the database until the first commits or rolls back. Raises
    ``KeyReused`` when the key came with another request.
    """
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        message = f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters."
        raise InvalidInput(message, errors=(FieldError("Idempotency-Key", "invalid", message),))
    IdempotencyRecord.objects.filter(scope=scope, key=key, created_at__lt=now - KEPT_FOR).delete()
    record, _ = IdempotencyRecord.objects.get_or_create(
        scope=scope, key=key, defaults={"request_sha256": fingerprint, "created_at": now}
    )
    if record.request_sha256 != fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used for another request.", hint="Use a new key for each new request."
        )
    return record


def finish(record: IdempotencyRecord, *, status: int, body: Any) -> None:
    """Stores the answer, in the transaction that holds its effects."""
    IdempotencyRecord.objects.filter(pk=record.pk, status=None).update(status=status, body=body)


def purge(*, now: datetime) -> int:
    """Deletes the records past their time and returns how many."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted
