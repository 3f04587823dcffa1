"""Dunning steps. Each is taken once, also when several processes try at the same time.

A pending payment is committed before the payment provider is called. While a payment is pending, no other payment
begins and no step is taken.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.dunning.paying import pay_from_wallet
from trainyard.billing.dunning.steps import STEPS, Step
from trainyard.billing.dunning.telling import tell
from trainyard.billing.invoices.models import Invoice
from trainyard.billing.ledger import Account, lock_books
from trainyard.billing.models import LedgerAccount
from trainyard.billing.payments.models import Payment
from trainyard.billing.payments.operations import record_outcome
from trainyard.billing.payments.port import ChargeRequest, PaymentMethod, Payments
from trainyard.billing.wallet.models import BillingAccount
from trainyard.core.reconciling import due
from trainyard.core.reconciling import each as each_of
from trainyard.core.tenancy import tenant_scope

logger = structlog.get_logger(__name__)

RUN = "dunning"
ACTOR = "dunning"
AT_ONCE = 200
ASKED_AGAIN_AFTER = timedelta(minutes=2)
"""The provider may have been asked, and whoever asked have died with the answer: asking again is asking once."""


def run(*, provider: Payments, calendar: datetime, now: datetime) -> int:
    """Begins the dunning of invoices that were due by ``calendar``, and takes the next steps; returns how many."""
    _open_cases(calendar=calendar)
    wallet = LedgerAccount.across_tenants.filter(
        organization=OuterRef("organization"), kind=Account.WALLET, balance_micros__gt=0
    )
    unheard = Payment.across_tenants.filter(
        invoice=OuterRef("invoice"), state=Payment.State.PENDING, reference="", tried_at__lte=now - ASKED_AGAIN_AFTER
    )
    waiting = DunningCase.across_tenants.filter(closed_at=None).filter(
        Q(next_at__lte=calendar) | ~Q(invoice__state=Invoice.State.FINALIZED) | Exists(wallet) | Exists(unheard)
    )
    rows = due(waiting, reconciler=RUN, now=now).order_by("next_at", "invoice_id")[:AT_ONCE]
    items = (
        (case.invoice_id, partial(_advance, case, provider=provider, calendar=calendar, now=now)) for case in list(rows)
    )
    return each_of(items, reconciler=RUN, now=now)


def _open_cases(*, calendar: datetime) -> None:
    known = DunningCase.across_tenants.filter(invoice=OuterRef("id"))
    overdue = Invoice.across_tenants.filter(
        ~Exists(known), state=Invoice.State.FINALIZED, due_at__lte=calendar, due_micros__gt=F("paid_micros")
    )
    found = overdue.order_by("due_at", "id").values_list("organization_id", "id", "due_at")[:AT_ONCE]
    cases = [
        DunningCase(organization_id=organization_id, invoice_id=invoice_id, opened_at=due_at, next_at=due_at)
        for organization_id, invoice_id, due_at in found
        if due_at is not None
    ]
    DunningCase.across_tenants.bulk_create(cases, ignore_conflicts=True)


def _advance(case: DunningCase, *, provider: Payments, calendar: datetime, now: datetime) -> int:
    with tenant_scope(case.organization_id):
        steps = 0
        while _take_step(case.invoice_id, provider=provider, calendar=calendar, now=now):
            steps += 1
    return steps


def _take_step(invoice_id: str, *, provider: Payments, calendar: datetime, now: datetime) -> bool:
    """Takes the next step if it is its time; whether another may follow."""
    taken, payment = _claim(invoice_id, provider=provider.name, calendar=calendar, now=now)
    if payment is None:
        return taken
    account = BillingAccount.objects.get()
    outcome = provider.charge_saved(
        ChargeRequest(payment.id, payment.amount_micros, payment.currency),
        PaymentMethod(account.provider_customer, account.payment_method),
    )
    record_outcome(payment_id=payment.id, outcome=outcome, now=now)
    logger.info("dunning.charged", invoice_id=invoice_id, payment_id=payment.id)
    return taken


@transaction.atomic
def _claim(invoice_id: str, *, provider: str, calendar: datetime, now: datetime) -> tuple[bool, Payment | None]:
    """Whether a step was taken, and the payment to ask the provider for."""
    books = lock_books()
    case = DunningCase.objects.select_for_update().get(invoice_id=invoice_id)
    invoice = Invoice.objects.select_for_update().get(id=invoice_id)
    if case.closed_at is not None:
        return False, None
    pay_from_wallet(books, invoice, most_micros=books[Account.WALLET].balance_micros, now=now)
    if invoice.state != Invoice.State.FINALIZED:
        DunningCase.objects.filter(pk=invoice_id).update(closed_at=calendar, next_at=None)
        tell(case, invoice, now=now)
        return False, None
    newest = Payment.objects.filter(invoice=invoice).order_by("-id").first()
    if newest is not None and newest.state == Payment.State.PENDING:
        unheard = Payment.objects.filter(id=newest.id, reference="", tried_at__lte=now - ASKED_AGAIN_AFTER)
        return False, newest if unheard.update(tried_at=now) == 1 else None
    if case.next_at is None or case.next_at > calendar:
        return False, None
    step = STEPS[case.steps_done]
    _record_step(case, step)
    tell(case, invoice, now=now)
    return True, _payment(invoice, provider=provider, now=now) if step.charges and _has_method() else None


def _record_step(case: DunningCase, step: Step) -> None:
    done = case.steps_done + 1
    case.next_at = case.opened_at + STEPS[done].after if done < len(STEPS) else None
    case.steps_done, case.stage = done, step.stage
    case.save()


def _has_method() -> bool:
    return BillingAccount.objects.exclude(payment_method="").exists()


def _payment(invoice: Invoice, *, provider: str, now: datetime) -> Payment:
    return Payment.objects.create(
        kind=Payment.Kind.INVOICE,
        invoice=invoice,
        amount_micros=invoice.due_micros - invoice.paid_micros,
        currency=invoice.currency,
        provider=provider,
        created_by=ACTOR,
        created_at=now,
        tried_at=now,
    )
