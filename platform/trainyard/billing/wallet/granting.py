"""Creation and expiry of credit grants."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from trainyard.billing.calendar import clock
from trainyard.billing.ledger import Account, Books, book, lock_books
from trainyard.billing.models import LedgerTransaction
from trainyard.billing.payments.models import Payment
from trainyard.billing.wallet.burndown import PRIORITY
from trainyard.billing.wallet.models import CreditGrant
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.ids import new_id
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import current_tenant, tenant_scope
from trainyard.tenants.models import Organization

KINDS: Mapping[str, tuple[CreditGrant.Kind, Account]] = {
    "promotional": (CreditGrant.Kind.PROMOTIONAL, Account.PROMOTIONS),
    "payment": (CreditGrant.Kind.PAID, Account.PAYMENTS),
}
"""What is called by a name when it is granted: the kind of credit, and the account that it comes from."""
RETRIED_WITHIN = timedelta(minutes=5)
"""A client that had no answer asks again within this time; so may a person."""
MAX_PRIORITY = 1_000
EXPIRE = "expire_credit"
EXPIRED_AT_ONCE = 500


class CreditRepeated(Conflict):
    """The same credit was granted minutes ago without an idempotency key; this request may be a retry."""

    code = "credit_repeated"


@transaction.atomic
def grant_credit(
    *,
    organization_id: str,
    amount_micros: int,
    kind: str,
    actor: str,
    now: datetime,
    priority: int | None = None,
    expires_at: datetime | None = None,
    dedupe_key: str | None = None,
    may_be_a_retry: bool = False,
) -> LedgerTransaction:
    """Adds money to a wallet; ``kind`` is one of ``KINDS``. The same ``dedupe_key`` adds it once, ever.

    Raises ``NotFound``, ``InvalidInput`` for an amount that is not positive and an expiry that has passed and, if it
    ``may_be_a_retry``, ``CreditRepeated`` where the same was granted just now.
    """
    _check(organization_id, amount_micros, priority=priority, expires_at=expires_at, now=now)
    with tenant_scope(organization_id):
        books = lock_books()
        before = books[Account.WALLET].balance_micros
        if may_be_a_retry:
            _refuse_repeated(amount_micros=amount_micros, kind=kind, now=now)
        key = f"credit:{dedupe_key or new_id('once')}"
        credit, source = KINDS[kind]
        grant = new_grant(credit, amount_micros, priority=priority, expires_at=expires_at, now=now)
        granted = add_credit(books, grant, source=source, dedupe_key=key, description=_title(kind), now=now)
        if granted is None:
            return LedgerTransaction.objects.get(dedupe_key=key)
        _audit_grant(granted, grant, kind=kind, micros=amount_micros, wallet_before=before, actor=actor)
    return granted


def _audit_grant(
    granted: LedgerTransaction, grant: CreditGrant, *, kind: str, micros: int, wallet_before: int, actor: str
) -> None:
    audit.record(
        actor=actor,
        action="credit.grant",
        target=granted.id,
        organization_id=current_tenant(),
        now=granted.created_at,
        before={"wallet_micros": wallet_before},
        after={"wallet_micros": wallet_before + micros},
        amount_micros=micros,
        kind=kind,
        expires_at=grant.expires_at,
    )


def new_grant(
    kind: CreditGrant.Kind,
    micros: int,
    *,
    now: datetime,
    priority: int | None = None,
    expires_at: datetime | None = None,
    payment: Payment | None = None,
) -> CreditGrant:
    """A grant that ``add_credit`` is to give."""
    return CreditGrant(
        kind=kind,
        priority=PRIORITY[kind] if priority is None else priority,
        amount_micros=micros,
        remaining_micros=micros,
        expires_at=expires_at,
        payment=payment,
        created_at=now,
    )


def add_credit(
    books: Books, grant: CreditGrant, *, source: Account, dedupe_key: str, description: str, now: datetime
) -> LedgerTransaction | None:
    """Gives ``grant`` from ``source``, less what the organization owes for payments that were taken back.

    ``None`` if ``dedupe_key`` did before. The tenant's ``books`` are locked.
    """
    micros = grant.amount_micros
    owed = min(-books[Account.CHARGEBACK].balance_micros, micros)
    grant.amount_micros = grant.remaining_micros = micros - owed
    amounts = {source: -micros, Account.CHARGEBACK: owed, Account.WALLET: micros - owed}
    return book(
        books,
        kind=LedgerTransaction.Kind.CREDIT,
        dedupe_key=dedupe_key,
        amounts={account: amount for account, amount in amounts.items() if amount},
        description=description,
        now=now,
        grant=grant if grant.amount_micros else None,
    )


def expire_credit(*, now: datetime) -> int:
    """Takes back what is left of grants that have expired by billing's calendar, but for what jobs reserve.

    Returns of how many.

    What a job reserves stays good for it, and expires with a later run where the job gives it back.
    """
    expired = CreditGrant.across_tenants.filter(expires_at__lte=now + clock.offset(), remaining_micros__gt=0)
    rows = due(expired, reconciler=EXPIRE, now=now).order_by("expires_at", "id")
    found = list(rows.values_list("id", "organization_id")[:EXPIRED_AT_ONCE])
    items = ((grant_id, partial(_expire, grant_id, tenant, now=now)) for grant_id, tenant in found)
    return each(items, reconciler=EXPIRE, now=now)


def _expire(grant_id: str, organization_id: str, *, now: datetime) -> bool:
    with tenant_scope(organization_id), transaction.atomic():
        books = lock_books()
        grant = CreditGrant.objects.get(id=grant_id)
        lapsed = min(grant.remaining_micros, books[Account.WALLET].balance_micros)
        if lapsed <= 0:
            return False
        source = next(account for kind, account in KINDS.values() if kind == grant.kind)
        book(
            books,
            kind=LedgerTransaction.Kind.EXPIRY,
            dedupe_key=f"expiry:{grant.id}:{grant.remaining_micros}",
            amounts={Account.WALLET: -lapsed, source: lapsed},
            description="Credit expired",
            now=now,
            grant=grant,
        )
    return True


def _check(
    organization_id: str, amount_micros: int, *, priority: int | None, expires_at: datetime | None, now: datetime
) -> None:
    if amount_micros <= 0:
        raise _invalid("amount", "The amount must be more than 0.")
    if priority is not None and not 0 <= priority <= MAX_PRIORITY:
        raise _invalid("priority", f"The priority must be a number from 0 to {MAX_PRIORITY}.")
    if expires_at is not None and expires_at <= now:
        raise _invalid("expires_at", "Credit cannot expire in the past.")
    if not Organization.objects.filter(id=organization_id).exists():
        raise NotFound("There is no organization by that id.")


def _refuse_repeated(*, amount_micros: int, kind: str, now: datetime) -> None:
    """The tenant's books are locked. Neither twice in silence nor, where two were meant, once in silence."""
    alike = LedgerTransaction.objects.filter(
        kind=LedgerTransaction.Kind.CREDIT,
        description=_title(kind),
        created_at__gt=now - RETRIED_WITHIN,
        entries__account__kind=Account.WALLET,
        entries__amount_micros=amount_micros,
    )
    if (granted := alike.order_by("-id").first()) is not None:
        raise CreditRepeated(
            f"The same credit was granted just now, as {granted.id}.",
            hint="If this is another one, send it with an Idempotency-Key of its own.",
        )


def _title(kind: str) -> str:
    return f"{kind.capitalize()} credit"


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
