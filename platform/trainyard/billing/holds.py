"""Holds on a wallet: a job reserves a part of its cap at a time, so that what may never be spent is not locked up.

Like all writes about money they serve the tenant in context, in the caller's transaction.
"""

from datetime import datetime

from django.db import transaction

from trainyard.billing.ledger import Account, Books, InsufficientFunds, book, insufficient, lock_books
from trainyard.billing.models import Hold, LedgerTransaction
from trainyard.core.errors import Conflict

__all__ = ["HoldOpen", "InsufficientFunds", "extend", "release_hold", "reserve_funds", "top_up"]


class HoldOpen(Conflict):
    code = "hold_open"


@transaction.atomic
def reserve_funds(
    *,
    job_id: str,
    cap_micros: int,
    now: datetime,
    reserve_micros: int | None = None,
    backed_micros: int | None = None,
) -> Hold:
    """Lets a job cost ``cap_micros`` in all and reserves ``reserve_micros`` of what is left of that; all by default.

    The wallet must hold ``backed_micros``, by default all that is left of the cap, or ``InsufficientFunds`` is raised.
    Asking again under the same cap changes nothing; ``HoldOpen`` when another is still open.
    """
    books = lock_books()
    reserved = Hold.objects.filter(job_id=job_id).first()
    if reserved is None:
        reserved = Hold(job_id=job_id, currency=books[Account.WALLET].currency, created_at=now, generation=0)
    elif reserved.released_at is None:
        if reserved.cap_micros != cap_micros:
            raise HoldOpen("The job reserves under another cap.", hint="Release it first.")
        return reserved
    room = cap_micros - reserved.posted_micros
    if room < 0:
        raise ValueError(f"{job_id} was already billed more than {cap_micros} micro-units")
    needed = room if backed_micros is None else min(backed_micros, room)
    if needed > books[Account.WALLET].spendable_micros:
        raise insufficient(books[Account.WALLET], needed)
    reserved.cap_micros, reserved.amount_micros, reserved.released_at = cap_micros, reserved.posted_micros, None
    wanted = room if reserve_micros is None else min(reserve_micros, room)
    _reserve(books, reserved, min(wanted, books[Account.WALLET].spendable_micros), now=now)
    return reserved


@transaction.atomic
def top_up(*, job_id: str, left_micros: int, now: datetime) -> Hold:
    """Reserves until a job has ``left_micros`` left, or as near to it as its cap and the wallet allow."""
    books = lock_books()
    reserved = Hold.objects.get(job_id=job_id)
    extend(books, reserved, left_micros=left_micros, now=now)
    return reserved


def extend(books: Books, reserved: Hold, *, left_micros: int, now: datetime) -> None:
    """``top_up`` where ``books`` were just locked. What was released stays so."""
    room = reserved.cap_micros - reserved.amount_micros
    more = min(left_micros - reserved.left_micros, room, books[Account.WALLET].spendable_micros)
    if more > 0 and reserved.released_at is None:
        _reserve(books, reserved, more, now=now)


@transaction.atomic
def release_hold(*, job_id: str, now: datetime) -> int:
    """Gives back what a job reserves and was not billed, in micro-units; 0 when nothing is reserved (any more)."""
    books = lock_books()
    reserved = Hold.objects.filter(job_id=job_id, released_at=None).first()
    if reserved is None or Hold.objects.filter(job_id=job_id, released_at=None).update(released_at=now) != 1:
        return 0
    rest = reserved.left_micros
    if rest:
        book(
            books,
            kind=LedgerTransaction.Kind.RELEASE,
            dedupe_key=f"release:{job_id}:{reserved.generation}",
            amounts={Account.HELD: -rest, Account.WALLET: rest},
            description="Given back by a job",
            job_id=job_id,
            now=now,
        )
    return rest


def _reserve(books: Books, reserved: Hold, micros: int, *, now: datetime) -> None:
    reserved.generation += 1
    reserved.amount_micros += micros
    if micros:
        book(
            books,
            kind=LedgerTransaction.Kind.HOLD,
            dedupe_key=f"hold:{reserved.job_id}:{reserved.generation}",
            amounts={Account.WALLET: -micros, Account.HELD: micros},
            description="Reserved for a job",
            job_id=reserved.job_id,
            now=now,
        )
    reserved.save()
