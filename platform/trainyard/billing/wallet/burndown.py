"""Burndown of credit grants: every change of a wallet is applied to its grants, in the caller's transaction.

The remainders of all grants always sum to wallet plus holds, and to 0 while the organization is in debt. Callers hold
the lock on the tenant's books.
"""

from collections.abc import Iterable

from django.db.models import F

from trainyard.billing.models import LedgerTransaction
from trainyard.billing.wallet.models import CreditGrant, CreditMovement
from trainyard.core import deferred_writes
from trainyard.core.prepared import PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate

PRIORITY = {CreditGrant.Kind.PROMOTIONAL: 50, CreditGrant.Kind.PAID: 100}
"""Of grants that were given none: the lower is used up first."""

BURN_ORDER = (F("priority").asc(), F("expires_at").asc(nulls_last=True), F("id").asc())
RETURN_ORDER = (F("priority").desc(), F("expires_at").desc(nulls_first=True), F("id").desc())


class GrantChanged(RuntimeError):
    """A grant differs from what the locked books say; the transaction is rolled back."""


def follow(booked: LedgerTransaction, *, standing_micros: int, grant: CreditGrant | None) -> None:
    """Makes the grants add up to ``standing_micros``, what wallet and holds have after ``booked``.

    ``grant`` is one that ``booked`` gives, or one that it draws on before all others.
    """
    first = []
    if grant is not None and grant.transaction_id is None:
        grant.transaction = booked
        grant.save(force_insert=True)
    elif grant is not None:
        first = [grant]
    grants = [*first, *(each for each in _OPEN.rows() if each not in first)]
    excess = sum(each.remaining_micros for each in grants) - max(standing_micros, 0)
    if excess > 0:
        _move(booked, grants, -excess)
    elif excess < 0:
        _give_back(booked, -excess)


_OPEN = PreparedQuery(lambda: CreditGrant.objects.filter(remaining_micros__gt=0).order_by(*BURN_ORDER))


def _give_back(booked: LedgerTransaction, micros: int) -> None:
    """To the grants that it came from, the last used first: what was paid for stays paid for."""
    used = CreditGrant.objects.filter(remaining_micros__lt=F("amount_micros"))
    rest = _move(booked, used.exclude(expires_at__lte=booked.created_at).order_by(*RETURN_ORDER), micros)
    if rest:
        CreditGrant.objects.create(
            kind=CreditGrant.Kind.PAID,
            priority=PRIORITY[CreditGrant.Kind.PAID],
            amount_micros=rest,
            remaining_micros=rest,
            transaction=booked,
            created_at=booked.created_at,
        )


def _move(booked: LedgerTransaction, grants: Iterable[CreditGrant], micros: int) -> int:
    """Takes ``-micros`` out of ``grants``, or puts ``micros`` back; returns what they had no room for."""
    movements = []
    for grant in grants:
        if not micros:
            break
        room = grant.amount_micros - grant.remaining_micros
        moved = min(micros, room) if micros > 0 else max(micros, -grant.remaining_micros)
        if moved and _SAME.update(grant_id=grant.pk, remaining=grant.remaining_micros, moved=moved) != 1:
            raise GrantChanged(grant.pk)
        if moved:
            movements.append(
                CreditMovement(
                    organization_id=booked.organization_id, grant=grant, transaction=booked, amount_micros=moved
                )
            )
        micros -= moved
    if movements:
        deferred_writes.insert(*movements)
    return micros


_SAME = PreparedUpdate(
    lambda *, grant_id, remaining, moved: (
        CreditGrant.objects.filter(pk=grant_id, remaining_micros=remaining),
        {"remaining_micros": F("remaining_micros") + moved},
    ),
    "grant_id",
    numbers=("remaining", "moved"),
)
"""The grant as it was read."""
