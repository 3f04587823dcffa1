"""Idempotency keys: a POST with an ``Idempotency-Key`` takes effect once; a retry gets the first response."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from trainyard.core import deferred_writes
from trainyard.core.errors import FieldError, InvalidInput, TrainyardError
from trainyard.core.models import IdempotencyRecord
from trainyard.core.tenancy import tenant_scope

KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 255


class KeyReused(TrainyardError):
    status = 422
    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with an ``Idempotency-Key``: ``scope`` is the key's owner, ``fingerprint`` a SHA-256 of the rest."""

    scope: str
    key: str
    fingerprint: str


def require_key(key: str) -> None:
    """Raises ``InvalidInput`` for one that is empty, or longer than is kept."""
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        message = f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters."
        raise InvalidInput(message, errors=(FieldError("Idempotency-Key", "invalid", message),))


def answered(asked: IdempotentRequest, *, now: datetime) -> IdempotencyRecord | None:
    """The record of a request that was answered before, if it was. Raises ``InvalidInput`` and ``KeyReused``."""
    require_key(asked.key)
    records = IdempotencyRecord.objects.filter(
        scope=asked.scope, key=asked.key, created_at__gte=now - KEPT_FOR, status__isnull=False
    )
    with tenant_scope(asked.scope):
        record = records.first()
    return None if record is None else _of_the_same(record, asked)


def begin(asked: IdempotentRequest, *, now: datetime) -> IdempotencyRecord:
    """The record of a request, inside the caller's transaction; ``status`` is set when it was answered before.

    A concurrent request with the same key waits in the database until the first commits or rolls back. Raises
    ``KeyReused`` when the key came with another request.
    """
    with tenant_scope(asked.scope):
        record = _reserved(asked, now=now)
        if record is None or record.created_at < now - KEPT_FOR:
            IdempotencyRecord.objects.filter(scope=asked.scope, key=asked.key, created_at__lt=now - KEPT_FOR).delete()
            record = _reserved(asked, now=now)
    assert record is not None  # noqa: S101  one that is not past its time stays
    return _of_the_same(record, asked)


def _reserved(asked: IdempotentRequest, *, now: datetime) -> IdempotencyRecord | None:
    """The record by this key, made where there is none; ``None`` for one that was past its time and just deleted."""
    fresh = IdempotencyRecord(scope=asked.scope, key=asked.key, request_sha256=asked.fingerprint, created_at=now)
    deferred_writes.insert_if_missing(fresh)
    return IdempotencyRecord.objects.filter(scope=asked.scope, key=asked.key).first()


def finish(record: IdempotencyRecord, *, status: int, body: Any) -> None:
    """Stores the answer, in the transaction that holds its effects."""
    with tenant_scope(record.scope):
        unanswered = IdempotencyRecord.objects.filter(pk=record.pk, status=None)
        deferred_writes.update(unanswered, status=status, body=body)


def _of_the_same(record: IdempotencyRecord, asked: IdempotentRequest) -> IdempotencyRecord:
    if record.request_sha256 != asked.fingerprint:
        raise KeyReused(
            "This Idempotency-Key was used for another request.", hint="Use a new key for each new request."
        )
    return record


def forget(*, scope: str, key: str) -> None:
    """The next request with ``key`` is a new one."""
    with tenant_scope(scope):
        IdempotencyRecord.objects.filter(scope=scope, key=key).delete()


def purge(*, now: datetime) -> int:
    """Deletes the records past their time and returns how many."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return deleted
