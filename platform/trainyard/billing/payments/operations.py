"""From provider events to credit: each payment is credited once, in whatever order and however often events arrive."""

from datetime import datetime

import structlog
from django.db import transaction

from trainyard.billing.dunning.paying import pay_from_wallet
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.ledger import Account, Books, book, lock_books
from trainyard.billing.models import LedgerTransaction
from trainyard.billing.payments.models import Chargeback, Payment
from trainyard.billing.payments.port import PaymentFact, PaymentMethod, PaymentNotice, PaymentOutcome
from trainyard.billing.payments.standing import restate, standing_micros
from trainyard.billing.payments.top_ups import BegunTopUp
from trainyard.billing.wallet.granting import add_credit, new_grant
from trainyard.billing.wallet.models import BillingAccount, CreditGrant
from trainyard.core import audit
from trainyard.core.errors import NotFound
from trainyard.core.tenancy import current_tenant, platform_scope, tenant_scope

logger = structlog.get_logger(__name__)

ERROR_CHARACTERS = 400
_MOMENT_OF = {
    PaymentFact.SETTLED: "settled_at",
    PaymentFact.FAILED: "failed_at",
    PaymentFact.REVERSED: "reversed_at",
    PaymentFact.REINSTATED: "reinstated_at",
}
_OF_CHARGEBACKS = frozenset({PaymentFact.REVERSED, PaymentFact.REINSTATED})


@transaction.atomic
def begin_top_up(begun: BegunTopUp, *, actor: str, now: datetime) -> Payment:
    """A payment that a person makes, as its provider has begun it; credit at once where that has settled it."""
    payment = Payment.objects.create(
        id=begun.charge.payment_id,
        kind=Payment.Kind.TOP_UP,
        amount_micros=begun.charge.micros,
        currency=begun.charge.currency,
        provider=begun.provider,
        reference=begun.outcome.reference,
        checkout_url=begun.outcome.url,
        created_by=actor,
        created_at=now,
        tried_at=now,
    )
    payment = record_outcome(payment_id=payment.id, outcome=begun.outcome, now=now)
    audit.record(
        actor=actor,
        action="payment.begin",
        target=payment.id,
        organization_id=payment.organization_id,
        now=now,
        after={"amount_micros": payment.amount_micros, "currency": payment.currency, "kind": payment.kind},
    )
    return payment


@transaction.atomic
def record_outcome(*, payment_id: str, outcome: PaymentOutcome, now: datetime) -> Payment:
    """Keeps what the provider answered about a payment of the tenant in context."""
    payment = Payment.objects.get(id=payment_id)
    if outcome.fact is not None:
        notice = PaymentNotice(payment_id, outcome.fact, now, reference=outcome.reference, error=outcome.error)
        return _record(notice, now=now)
    Payment.objects.filter(id=payment_id).update(reference=outcome.reference or payment.reference)
    return Payment.objects.get(id=payment_id)


def record_notice(notice: PaymentNotice, *, now: datetime) -> Payment:
    """Keeps one event of a provider, for whichever organization it is. Raises ``NotFound``."""
    with platform_scope():
        owner = Payment.across_tenants.filter(id=notice.payment_id).values_list("organization_id", flat=True).first()
    if owner is None:
        raise NotFound("There is no payment by that id.")
    with tenant_scope(owner):
        return _record(notice, now=now)


@transaction.atomic
def _record(notice: PaymentNotice, *, now: datetime) -> Payment:
    books = lock_books()
    payment = Payment.objects.select_for_update(no_key=True).get(id=notice.payment_id)
    before, standing = payment.state, standing_micros(payment)
    if notice.fact in _OF_CHARGEBACKS:
        _record_chargeback(payment, notice)
    else:
        _advance(payment, notice)
    restate(payment)
    payment.reference = notice.reference or payment.reference
    payment.error = notice.error[:ERROR_CHARACTERS] if payment.state != Payment.State.SETTLED else ""
    payment.save()
    if notice.left_method is not None:
        _keep_method(notice.left_method, currency=payment.currency, now=now)
    cause = f"payment:{payment.id}:{notice.fact}:{notice.at.isoformat()}"
    cause += f":{notice.chargeback}" if notice.chargeback else ""
    if (change := standing_micros(payment) - standing) > 0:
        _credit(books, payment, change, cause=cause, now=now)
    elif change:
        _take_back(books, payment, -change, cause=cause, now=now)
    if change or payment.state != before:
        _tell(payment, before=before, change=change, now=now)
    return payment


def _advance(row: Payment | Chargeback, notice: PaymentNotice) -> None:
    """Keeps the latest moment of the fact, by the provider's clock."""
    name = _MOMENT_OF[notice.fact]
    known: datetime | None = getattr(row, name)
    if known is None or notice.at > known:
        setattr(row, name, notice.at)


def _record_chargeback(payment: Payment, notice: PaymentNotice) -> None:
    # One from before names were kept is that which the provider speaks of now.
    if not payment.chargebacks.filter(reference=notice.chargeback).exists():
        payment.chargebacks.filter(reference="").update(reference=notice.chargeback)
    taken, _ = Chargeback.objects.get_or_create(
        payment=payment,
        reference=notice.chargeback,
        defaults={
            "organization_id": payment.organization_id,
            "amount_micros": payment.amount_micros if notice.micros is None else notice.micros,
        },
    )
    _advance(taken, notice)
    taken.save()


def _credit(books: Books, payment: Payment, micros: int, *, cause: str, now: datetime) -> None:
    grant = new_grant(CreditGrant.Kind.PAID, micros, payment=payment, now=now)
    add_credit(books, grant, source=Account.PAYMENTS, dedupe_key=cause, description="Top-up", now=now)
    if payment.invoice_id is not None:
        invoice = Invoice.objects.select_for_update().get(id=payment.invoice_id)
        pay_from_wallet(books, invoice, most_micros=grant.amount_micros, now=now)


def _take_back(books: Books, payment: Payment, micros: int, *, cause: str, now: datetime) -> None:
    """From the wallet as far as it goes; the rest is owed, and the first thing that the next credit pays for."""
    from_wallet = min(micros, max(books[Account.WALLET].balance_micros, 0))
    amounts = {Account.PAYMENTS: micros, Account.WALLET: -from_wallet, Account.CHARGEBACK: from_wallet - micros}
    book(
        books,
        kind=LedgerTransaction.Kind.REVERSAL,
        dedupe_key=cause,
        amounts={account: amount for account, amount in amounts.items() if amount},
        description="Payment taken back",
        now=now,
        grant=payment.grants.order_by("-id").first(),
    )


def _keep_method(method: PaymentMethod, *, currency: str, now: datetime) -> None:
    account, _ = BillingAccount.objects.get_or_create(
        organization_id=current_tenant(), defaults={"currency": currency, "created_at": now}
    )
    account.provider_customer, account.payment_method = method.customer, method.method
    account.save(update_fields=["provider_customer", "payment_method"])


def _tell(payment: Payment, *, before: str, change: int, now: datetime) -> None:
    audit.record(
        action=f"payment.{payment.state}",
        target=payment.id,
        organization_id=payment.organization_id,
        now=now,
        before={"state": before},
        after={"state": payment.state},
        amount_micros=payment.amount_micros,
        change_micros=change,
    )
    logger.info("payment.changed", payment_id=payment.id, state=payment.state, amount_micros=payment.amount_micros)
