"""Refunds of unused paid credit.

The credit is removed first, then the money is sent; if that fails, the credit returns.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F

from trainyard.billing.ledger import Account, Books, book, lock_books
from trainyard.billing.models import LedgerTransaction
from trainyard.billing.payments.models import Payment, Refund
from trainyard.billing.payments.port import PaymentFact, PaymentOutcome, Payments, RefundNotice
from trainyard.billing.payments.queries import most_refundable, refundable_parts
from trainyard.billing.payments.standing import restate, standing_micros
from trainyard.billing.wallet.currencies import check_payable, currency
from trainyard.billing.wallet.granting import add_credit, new_grant
from trainyard.billing.wallet.models import CreditGrant
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, NotFound
from trainyard.core.money import format_micros
from trainyard.core.reconciling import due, each
from trainyard.core.tenancy import platform_scope, tenant_scope

SEND = "send_refunds"
SENT_AT_ONCE = 100


class NotRefundable(Conflict):
    """The amount is more than the unused paid credit that no job reserves."""

    code = "not_refundable"


@transaction.atomic
def request_refund(*, micros: int, actor: str, now: datetime) -> list[Refund]:
    """Takes unused paid credit out of the wallet of the tenant in context, to be sent back the way it came.

    One refund for each payment that it comes from, the newest first. Raises ``NotRefundable``, and ``InvalidInput`` for
    an amount that the currency has no coins for.
    """
    check_payable(micros, currency())
    books = lock_books()
    most = most_refundable()
    if micros > most:
        message = f"At most {format_micros(most)} can be refunded: unused paid credit that no job reserves."
        raise NotRefundable(message, errors=(FieldError("amount", "not_refundable", message),))
    made: list[Refund] = []
    for grant, most_of_grant in refundable_parts():
        part = min(micros - sum(refund.amount_micros for refund in made), most_of_grant)
        if part <= 0:
            break
        made.append(_take_back(books, grant, part, actor=actor, now=now))
    for refund in made:
        audit.record(
            actor=actor,
            action="refund.request",
            target=refund.id,
            organization_id=refund.organization_id,
            now=now,
            payment=refund.payment_id,
            amount_micros=refund.amount_micros,
        )
    return made


def _take_back(books: Books, grant: CreditGrant, micros: int, *, actor: str, now: datetime) -> Refund:
    """Takes ``micros`` of ``grant`` out of the wallet, as a refund of the payment that it comes from."""
    payment = grant.payment
    assert payment is not None  # noqa: S101  these grants come from payments
    Payment.objects.filter(id=payment.id).update(refunded_micros=F("refunded_micros") + micros)
    refund = Refund.objects.create(payment=payment, amount_micros=micros, created_by=actor, created_at=now)
    book(
        books,
        kind=LedgerTransaction.Kind.REFUND,
        dedupe_key=f"refund:{refund.id}",
        amounts={Account.WALLET: -micros, Account.PAYMENTS: micros},
        description="Refund of unused credit",
        now=now,
        grant=grant,
    )
    return refund


def send_refunds(*, provider: Payments, now: datetime) -> int:
    """Asks ``provider`` for refunds of payments that it took and was not asked for; returns how many have ended.

    Asking twice asks once: the provider knows a refund by its id.
    """
    waiting = Refund.across_tenants.filter(state=Refund.State.PENDING, reference="", payment__provider=provider.name)
    rows = due(waiting, reconciler=SEND, now=now).order_by("id").select_related("payment")[:SENT_AT_ONCE]
    items = ((refund.id, partial(_send, refund, provider=provider, now=now)) for refund in list(rows))
    return each(items, reconciler=SEND, now=now)


def record_refund_notice(notice: RefundNotice, *, now: datetime) -> Refund:
    """Keeps how a refund ended; a repetition changes nothing. Raises ``NotFound``."""
    with platform_scope():
        found = Refund.across_tenants.filter(id=notice.refund_id).values_list("organization_id", flat=True).first()
    if found is None:
        raise NotFound("There is no refund by that id.")
    with tenant_scope(found):
        return _end(notice, now=now)


def _send(refund: Refund, *, provider: Payments, now: datetime) -> bool:
    payment = refund.payment
    outcome = provider.refund(
        refund_id=refund.id,
        payment_reference=payment.reference,
        micros=refund.amount_micros,
        currency=payment.currency,
    )
    with tenant_scope(refund.organization_id):
        return _keep(refund, outcome, now=now)


def _keep(refund: Refund, outcome: PaymentOutcome, *, now: datetime) -> bool:
    if outcome.fact is None:
        Refund.objects.filter(id=refund.id, reference="").update(reference=outcome.reference)
        return False
    succeeded = outcome.fact == PaymentFact.SETTLED
    _end(RefundNotice(refund.id, succeeded, reference=outcome.reference, error=outcome.error), now=now)
    return True


@transaction.atomic
def _end(notice: RefundNotice, *, now: datetime) -> Refund:
    books = lock_books()
    refund = Refund.objects.select_for_update(no_key=True).get(id=notice.refund_id)
    wanted = Refund.State.SETTLED if notice.succeeded else Refund.State.FAILED
    # A refund may fail after it went out, as where a bank account is closed; one that failed stays so.
    if refund.state in (wanted, Refund.State.FAILED):
        return refund
    refund.state, refund.ended_at, refund.error = wanted, now, notice.error[:400]
    refund.reference = notice.reference or refund.reference
    refund.save()
    if wanted == Refund.State.FAILED:
        _give_back(books, refund, now=now)
    audit.record(
        action=f"refund.{refund.state}",
        target=refund.id,
        organization_id=refund.organization_id,
        now=now,
        amount_micros=refund.amount_micros,
    )
    return refund


def _give_back(books: Books, refund: Refund, *, now: datetime) -> None:
    """The credit of a refund that failed, but what a bank has taken of its payment meanwhile."""
    payment = Payment.objects.select_for_update(no_key=True).get(id=refund.payment_id)
    standing = standing_micros(payment)
    payment.refunded_micros -= refund.amount_micros
    restate(payment)
    payment.save(update_fields=["refunded_micros", "reversed_micros", "state"])
    if back := standing_micros(payment) - standing:
        grant = new_grant(CreditGrant.Kind.PAID, back, payment=payment, now=now)
        key = f"refund_failed:{refund.id}"
        add_credit(books, grant, source=Account.PAYMENTS, dedupe_key=key, description="Refund that failed", now=now)
