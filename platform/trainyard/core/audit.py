"""The audit log: an append-only hash chain for each organization, and one for the platform.

Each event contains the hash of the previous one in its chain, so that an altered, removed or inserted event is detected
(see ``audit_check``). Source: S. Haber, W. S. Stornetta, "How to time-stamp a digital document", 1991.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from trainyard.core import deferred_writes
from trainyard.core.models import AuditChain, AuditEvent
from trainyard.core.scope import tenant_scope

PLATFORM_ACTOR = "platform"


@dataclass(frozen=True, slots=True)
class AuditOrigin:
    """Actor (id of a user or key) and network address of a change; empty for changes by the platform itself."""

    actor: str = PLATFORM_ACTOR
    address: str = ""


_origin: ContextVar[AuditOrigin] = ContextVar("trainyard_origin", default=AuditOrigin())  # noqa: B039  frozen


@contextmanager
def acting(**known: str) -> Iterator[None]:
    """Every event inside the block comes from this ``actor`` or this ``address``, unless it names another."""
    token = _origin.set(replace(_origin.get(), **known))
    try:
        yield
    finally:
        _origin.reset(token)


@transaction.atomic(savepoint=False)  # nobody goes on with a transaction that could not be audited
def record(
    *,
    action: str,
    target: str,
    now: datetime,
    actor: str | None = None,
    organization_id: str = "",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    **data: Any,
) -> None:
    """Appends one event to the chain of the organization, or of the platform, in the caller's transaction.

    ``before`` and ``after`` are the values that changed. Whoever else appends to this chain waits for the end of the
    transaction, so it comes last in it.
    """
    origin = _origin.get()
    with tenant_scope(organization_id):
        chain, _ = AuditChain.objects.select_for_update().get_or_create(organization_id=organization_id)
        event = AuditEvent(
            organization_id=organization_id,
            sequence=chain.length + 1,
            previous_hash=chain.head_hash,
            actor=actor or origin.actor,
            address=origin.address,
            action=action,
            target=target,
            before=_storable(before or {}),
            after=_storable(after or {}),
            data=_storable(data),
            created_at=now,
        )
        event.hash = hash_of(event)
        deferred_writes.insert(event)
        deferred_writes.update(AuditChain.objects.filter(pk=chain.pk), length=event.sequence, head_hash=event.hash)


def hash_of(event: AuditEvent) -> str:
    """Hex SHA-256 over everything that the event says, and so over all events before it."""
    said = {
        "previous": event.previous_hash,
        "organization": event.organization_id,
        "sequence": event.sequence,
        "id": event.id,
        "actor": event.actor,
        "address": event.address,
        "action": event.action,
        "target": event.target,
        "before": event.before,
        "after": event.after,
        "data": event.data,
        "at": event.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
    }
    return sha256(json.dumps(_canonical(said), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _storable(values: Mapping[str, object]) -> dict[str, Any]:
    storable: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return storable


def _canonical(value: Any) -> Any:
    """``value`` with numbers spelt alike: a database may return 1.0 for 1, or a large float as a whole number."""
    if isinstance(value, dict):
        return {name: _canonical(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_canonical(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return ["number", format(Decimal(str(value)).normalize(), "f")]
    return value
