"""The double-entry ledger: the only code that moves money between accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Case, Exists, F, Q, QuerySet, When

from trainyard.billing.budgets import spending
from trainyard.billing.journal import bodies, chain
from trainyard.billing.journal.chain import JournalFact
from trainyard.billing.journal.models import JournalHead
from trainyard.billing.models import LedgerAccount, LedgerEntry, LedgerTransaction
from trainyard.billing.wallet import burndown
from trainyard.billing.wallet.currencies import currency
from trainyard.billing.wallet.models import CreditGrant
from trainyard.core import deferred_writes
from trainyard.core.errors import TrainyardError
from trainyard.core.money import format_micros
from trainyard.core.prepared import Asked, PreparedQuery
from trainyard.core.prepared_update import PreparedUpdate
from trainyard.core.read_together import read_together
from trainyard.core.tenancy import current_tenant

Account = LedgerAccount.Kind
CUSTOMERS = (Account.WALLET, Account.HELD)
"""Accounts with a customer's money. None falls below zero, but a wallet by the credit limit that it was given."""
Books = Mapping[str, LedgerAccount]
_ACCOUNTS = PreparedQuery(lambda: LedgerAccount.objects.order_by("id").select_for_update(no_key=True))
_HEAD: PreparedQuery[Any] = PreparedQuery(
    lambda *, dedupe_key: chain.heads_to_lock().annotate(
        is_booked=Exists(LedgerTransaction.objects.filter(dedupe_key=dedupe_key))
    ),
    "dedupe_key",
)
"""The end of the journal, locked, and whether something was booked by the key."""


class InsufficientFunds(TrainyardError):
    status = 402
    code = "insufficient_funds"


class Unbalanced(ValueError):
    """The entries of a transaction do not sum to zero, or move nothing."""


def lock_books() -> Books:
    """The accounts of the tenant in context by kind, made when missing, locked until the transaction ends.

    Every operation that moves money begins here: see ``lock_books_and_read``.
    """
    return lock_books_and_read()[0]


def lock_books_and_read(*asked: QuerySet[Any] | Asked[Any]) -> tuple[Books, list[list[Any]]]:
    """``lock_books``, and what each of ``asked`` gives once they are locked, in one message.

    Every operation that moves money begins here, before it reads or writes anything else: operations on one
    organization run one after the other, and the one order of the locks keeps them from deadlocks. (SQLite has one
    writer at a time anyway.)
    """
    if not connection.in_atomic_block:
        raise RuntimeError("money moves only inside a transaction")
    found, *answers = read_together(_ACCOUNTS.asked(), *asked)
    books = {account.kind: account for account in found}
    if len(books) == len(Account):
        books[Account.WALLET].invoiced_micros = max(-books[Account.RECEIVABLE].balance_micros, 0)
        return books, answers
    booked_in = next((account.currency for account in books.values()), None) or currency()
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(organization_id=current_tenant(), kind=kind, currency=booked_in) for kind in Account],
        ignore_conflicts=True,
    )
    found, *answers = read_together(_ACCOUNTS.asked(), *asked)
    return {account.kind: account for account in found}, answers


def book(
    books: Books,
    *,
    kind: LedgerTransaction.Kind,
    dedupe_key: str,
    amounts: Mapping[Account, int],
    description: str,
    now: datetime,
    job_id: str = "",
    facts: Sequence[JournalFact] = (),
    grant: CreditGrant | None = None,
    head: JournalHead | None = None,
) -> LedgerTransaction | None:
    """Adds ``amounts`` (signed micro-units, summing to zero) to the accounts; ``None`` if ``dedupe_key`` did before.

    The journal tells of it after the ``facts`` that are its cause. Credit grants follow the wallet; ``grant`` is one
    that this gives, or draws on before the others. ``head`` is the journal's, just locked by who knows that nothing
    was booked by ``dedupe_key``. Raises ``Unbalanced``, and ``InsufficientFunds`` when the wallet or what is held would
    go below what it may.
    """
    if sum(amounts.values()) != 0 or 0 in amounts.values() or not amounts:
        raise Unbalanced(f"{dedupe_key}: {dict(amounts)}")
    if head is None:
        found = _HEAD.rows(dedupe_key=dedupe_key)
        if any(each.is_booked for each in found):
            return None
        head = chain.the_locked_head(found)
    _move({books[account]: amount for account, amount in amounts.items()})
    booked = LedgerTransaction(kind=kind, dedupe_key=dedupe_key, job_id=job_id, description=description, created_at=now)
    entries = [
        LedgerEntry(transaction=booked, account=books[account], amount_micros=amount)
        for account, amount in amounts.items()
    ]
    deferred_writes.insert(booked)
    deferred_writes.insert(*entries)
    chain.append([*facts, JournalFact(chain.Kind.LEDGER, booked.id, now, bodies.ledger(booked, entries))], head=head)
    _update_budgets_and_grants(booked, amounts, books, grant=grant, now=now)
    return booked


def _move(amounts: Mapping[LedgerAccount, int]) -> None:
    """Adds to all of the accounts at once, or raises ``InsufficientFunds`` for the one that has too little."""
    values = {f"account_{place}": account.pk for place, account in enumerate(amounts)}
    values |= {f"amount_{place}": amount for place, amount in enumerate(amounts.values())}
    if _moved(len(amounts)).update(**values) != len(amounts):
        drawn = [account for account in amounts if account.kind in CUSTOMERS]
        short = min(drawn, key=lambda each: each.balance_micros + each.credit_limit_micros + amounts[each])
        raise insufficient(short, -amounts[short])
    for account, amount in amounts.items():
        account.balance_micros += amount


def _update_budgets_and_grants(
    booked: LedgerTransaction, amounts: Mapping[Account, int], books: Books, *, grant: CreditGrant | None, now: datetime
) -> None:
    if booked.kind == LedgerTransaction.Kind.USAGE:
        spending.add_spent(amounts.get(Account.REVENUE, 0), now=now)
    if sum(amounts.get(account, 0) for account in CUSTOMERS):
        standing = sum(books[account].balance_micros for account in CUSTOMERS)
        burndown.follow(booked, standing_micros=standing, grant=grant)


@cache
def _moved(accounts: int) -> PreparedUpdate:
    """Adds amounts to so many accounts, but to none that would go below what it may."""

    def build(**given: Any) -> tuple[QuerySet[LedgerAccount], dict[str, Any]]:
        amounts = {given[f"account_{place}"]: given[f"amount_{place}"] for place in range(accounts)}
        moved = Case(*(When(pk=pk, then=F("balance_micros") + amount) for pk, amount in amounts.items()))
        rows = LedgerAccount.objects.filter(pk__in=list(amounts)).annotate(moved=moved)
        is_drawn = Q(kind__in=CUSTOMERS, moved__lt=F("balance_micros"))
        return rows.filter(~is_drawn | Q(moved__gte=-F("credit_limit_micros"))), {"balance_micros": F("moved")}

    numbers = (f"{of}_{place}" for of in ("account", "amount") for place in range(accounts))
    return PreparedUpdate(build, numbers=tuple(numbers))


FOR_A_JOB = (
    "Add credit, lower limits.max_cost or limits.max_runtime_seconds, "
    "or wait for running jobs to give back what they reserve."
)


def insufficient(account: LedgerAccount, micros: int, *, hint: str = FOR_A_JOB) -> InsufficientFunds:
    """That ``micros`` are needed which ``account`` does not have."""
    needed, available = format_micros(micros), format_micros(account.spendable_micros)
    return InsufficientFunds(
        f"This needs {needed} {account.currency}, and {available} {account.currency} is available.", hint=hint
    )
