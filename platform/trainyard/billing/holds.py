"""Holds: a job reserves part of its cap at a time, so that money it will probably never spend stays available.

These functions act for the current tenant, in the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Subquery

from trainyard.billing.budgets.spending import budget_room_micros
from trainyard.billing.invoices.models import JOB_NAME_MAX_LENGTH
from trainyard.billing.journal.models import JournalHead
from trainyard.billing.ledger import Account, Books, InsufficientFunds, book, insufficient, lock_books
from trainyard.billing.models import Hold, LedgerTransaction
from trainyard.core import deferred_writes
from trainyard.core.errors import Conflict
from trainyard.core.money import format_micros

__all__ = [
    "BudgetReached",
    "HoldOpen",
    "InsufficientFunds",
    "extend",
    "left_micros_of",
    "release_hold",
    "reserve_funds",
    "top_up",
]


class HoldOpen(Conflict):
    code = "hold_open"


class BudgetReached(InsufficientFunds):
    """A hard budget of the organization leaves too little for the rest of this month."""

    code = "budget_reached"


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """Funds that a job asks for, in micro-units; ``cap`` is the most that the job may cost in total.

    ``reserve`` of what is left of the cap is reserved now, and the wallet must contain ``backed`` of it; ``None`` means
    all that is left. Hard budgets must leave at least ``least``.
    """

    cap: int
    reserve: int | None = None
    backed: int | None = None
    least: int = 0


@transaction.atomic
def reserve_funds(
    *,
    job_id: str,
    cap_micros: int,
    now: datetime,
    job_name: str | None = None,
    created_by: str | None = None,
    reserve_micros: int | None = None,
    backed_micros: int | None = None,
    least_micros: int = 0,
) -> Hold:
    """Lets a job cost ``cap_micros`` in all and reserves ``reserve_micros`` of what is left of that; all by default.

    The wallet must hold ``backed_micros``, by default all that is left of the cap. Asking again under the same cap
    changes nothing; ``HoldOpen`` when another is still open. Raises what ``open_hold`` raises.
    """
    books = lock_books()
    known = Hold.objects.filter(job_id=job_id).first()
    reserved = known or new_hold(books, job_id=job_id, job_name=job_name, created_by=created_by, now=now)
    asked = HoldRequest(cap_micros, reserve=reserve_micros, backed=backed_micros, least=least_micros)
    open_hold(books, reserved, asked, budget_room=budget_room_micros(now=now), now=now)
    return reserved


def new_hold(books: Books, *, job_id: str, job_name: str | None, created_by: str | None, now: datetime) -> Hold:
    """Hold of a job which never reserved anything; not stored before it is opened."""
    return Hold(
        job_id=job_id,
        job_name=job_name and job_name[:JOB_NAME_MAX_LENGTH],
        created_by=created_by,
        currency=books[Account.WALLET].currency,
        cap_micros=0,
        amount_micros=0,
        created_at=now,
        generation=0,
    )


def open_hold(
    books: Books,
    reserved: Hold,
    asked: HoldRequest,
    *,
    budget_room: int | None,
    now: datetime,
    head: JournalHead | None = None,
) -> None:
    """``reserve_funds`` where ``books`` were just locked, and ``reserved`` and what budgets leave read after that.

    ``head`` is the journal's, locked with them, for a job that never reserved anything.
    Raises ``InsufficientFunds``, ``BudgetReached`` where hard budgets leave less than the least, and ``HoldOpen``.
    """
    if reserved.generation and reserved.released_at is None:
        if reserved.cap_micros != asked.cap:
            raise HoldOpen("The job reserves under another cap.", hint="Release it first.")
        return
    room = asked.cap - reserved.posted_micros
    if room < 0:
        raise ValueError(f"{reserved.job_id} was already billed more than {asked.cap} micro-units")
    needed = room if asked.backed is None else min(asked.backed, room)
    if needed > books[Account.WALLET].spendable_micros:
        raise insufficient(books[Account.WALLET], needed)
    reserved.cap_micros, reserved.amount_micros, reserved.released_at = asked.cap, reserved.posted_micros, None
    free = _free_micros(books, budget_room)
    if free < min(asked.least, room):
        hint = "Raise the budget, or wait for the next month."
        raise BudgetReached(f"Budgets leave {format_micros(free)} of this month.", hint=hint)
    wanted = room if asked.reserve is None else min(asked.reserve, room)
    _reserve(books, reserved, min(wanted, free), now=now, head=head)


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
    more = min(left_micros - reserved.left_micros, room)
    if more <= 0 or reserved.released_at is not None:
        return
    if (free := _free_micros(books, budget_room_micros(now=now))) > 0:
        _reserve(books, reserved, min(more, free), now=now)


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


def left_micros_of(job_id: Any) -> Subquery:
    """What the open hold of a job has left, as a column; null where none is open. ``job_id`` is an expression."""
    opened = Hold.objects.filter(job_id=job_id, released_at=None)
    return Subquery(opened.values(left=F("amount_micros") - F("posted_micros"))[:1])


def _free_micros(books: Books, budget_room: int | None) -> int:
    """What may be reserved of the wallet, by its balance and by what hard budgets leave."""
    spendable = books[Account.WALLET].spendable_micros
    return spendable if budget_room is None else min(spendable, budget_room)


def _reserve(books: Books, reserved: Hold, micros: int, *, now: datetime, head: JournalHead | None = None) -> None:
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
            head=head,
        )
    if reserved._state.adding:  # noqa: SLF001  Django documents it
        deferred_writes.insert(reserved)
    else:
        reserved.save()
