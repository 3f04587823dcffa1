"""Encryption keys of organizations: creation on first use, rotation, rewrapping, destruction."""

import os
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from trainyard.core import audit
from trainyard.core.encryption.master import MasterKeys, Wrapped
from trainyard.core.models import OrganizationKey
from trainyard.core.scope import current_scope
from trainyard.core.time import database_now

KEY_BYTES = 32
REMEMBERED_SECONDS = 60.0
"""So long a process goes on with a key that was rotated or destroyed meanwhile."""


class KeyDestroyed(LookupError):
    """The key does not exist, was destroyed, or belongs to another organization: its blobs cannot be read."""


@dataclass(frozen=True, slots=True)
class OpenKey:
    id: str
    organization_id: str
    secret: bytes


class KeyRing:
    """Cache of unwrapped keys in this process."""

    def __init__(self, master: MasterKeys) -> None:
        self._master = master
        self._open: dict[str, tuple[float, OpenKey]] = {}
        self._current: dict[str, tuple[float, str]] = {}

    def current(self, organization_id: str) -> OpenKey:
        """The key for new blobs of the organization; its first is made here. Raises ``KeyDestroyed``."""
        until, key_id = self._current.get(organization_id, (0.0, ""))
        if until > time.monotonic():
            return self.key(key_id)
        newest = OrganizationKey.objects.filter(organization_id=organization_id).order_by("-generation").first()
        row = newest or add_key(self._master, organization_id=organization_id, generation=1)
        found = self._opened(row)
        if not connection.in_atomic_block:  # else the row may yet be rolled back
            self._current[organization_id] = (time.monotonic() + REMEMBERED_SECONDS, found.id)
        return found

    def key(self, key_id: str) -> OpenKey:
        """Raises ``KeyDestroyed``."""
        until, found = self._open.get(key_id, (0.0, None))
        if found is None or until < time.monotonic():
            row = OrganizationKey.objects.filter(id=key_id).first()
            if row is None:
                raise KeyDestroyed(key_id)
            found = self._opened(row)
        _check_tenant(found)
        return found

    def _opened(self, row: OrganizationKey) -> OpenKey:
        if row.destroyed_at is not None:
            raise KeyDestroyed(row.id)
        wrapped = Wrapped(bytes(row.wrapped), row.wrapped_by)
        secret = self._master.unwrap(wrapped, bound_to=f"{row.organization_id}/{row.id}")
        found = OpenKey(row.id, row.organization_id, secret)
        if not connection.in_atomic_block:
            self._open[row.id] = (time.monotonic() + REMEMBERED_SECONDS, found)
        return found


def _check_tenant(key: OpenKey) -> None:
    """Applies PostgreSQL's row-level policy also to cached keys."""
    scope = current_scope()
    if not scope.is_platform and scope.organization_id not in (None, key.organization_id):
        raise KeyDestroyed(key.id)


def add_key(master: MasterKeys, *, organization_id: str, generation: int) -> OrganizationKey:
    """The organization's key of this generation; somebody else may have been faster."""
    row = OrganizationKey(organization_id=organization_id, generation=generation, created_at=database_now())
    wrapped = master.wrap(os.urandom(KEY_BYTES), bound_to=f"{organization_id}/{row.id}")
    row.wrapped, row.wrapped_by = wrapped.content, wrapped.master_id
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return OrganizationKey.objects.get(organization_id=organization_id, generation=generation)
    return row


def rotate(master: MasterKeys, *, organization_id: str | None = None, actor: str, now: datetime) -> int:
    """Gives each organization that has a key a new one, for new blobs; returns how many. Old blobs keep theirs."""
    newest: dict[str, OrganizationKey] = {}
    keys = OrganizationKey.objects.all() if organization_id is None else _keys_of(organization_id)
    for row in keys.order_by("generation"):
        newest[row.organization_id] = row
    living = [row for row in newest.values() if row.destroyed_at is None]
    for row in living:
        with transaction.atomic():
            add_key(master, organization_id=row.organization_id, generation=row.generation + 1)
            _audit("encryption_key.rotate", row.organization_id, actor=actor, now=now)
    return len(living)


def rewrap(master: MasterKeys) -> int:
    """Wraps every key under the current master key, so that former ones can be taken away; returns how many."""
    wrapped_by_others = OrganizationKey.objects.filter(destroyed_at=None).exclude(wrapped_by=master.current_id)
    done = 0
    for row in list(wrapped_by_others):
        bound_to = f"{row.organization_id}/{row.id}"
        secret = master.unwrap(Wrapped(bytes(row.wrapped), row.wrapped_by), bound_to=bound_to)
        wrapped = master.wrap(secret, bound_to=bound_to)
        unchanged = OrganizationKey.objects.filter(id=row.id, wrapped_by=row.wrapped_by, destroyed_at=None)
        done += unchanged.update(wrapped=wrapped.content, wrapped_by=wrapped.master_id)
    return done


@transaction.atomic
def shred(*, organization_id: str, actor: str, now: datetime) -> int:
    """Destroys every key of an organization, for good: whatever copy of its blobs is left anywhere stays unreadable.

    Returns how many keys there were. Processes that have one in memory forget it within ``REMEMBERED_SECONDS``.
    """
    living = _keys_of(organization_id).filter(destroyed_at=None)
    destroyed = living.update(wrapped=b"", destroyed_at=now)
    if destroyed:
        _audit("encryption_key.destroy", organization_id, actor=actor, now=now)
    return destroyed


def _keys_of(organization_id: str) -> QuerySet[OrganizationKey]:
    return OrganizationKey.objects.filter(organization_id=organization_id)


def _audit(action: str, organization_id: str, *, actor: str, now: datetime) -> None:
    audit.record(action=action, target=organization_id, organization_id=organization_id, actor=actor, now=now)
