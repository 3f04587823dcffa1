"""Closing of months: the draft of the open month is finalized, and the draft of the next month is created.

Each month is closed once, whoever tries: an organization has one draft, and closing locks it. The books are locked
before it, so that nothing is charged between the computation of the totals and the invoice.
"""

from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import transaction

from trainyard.billing.calendar.months import Month
from trainyard.billing.invoices import numbering, parties, tax
from trainyard.billing.invoices.lines import lines_of
from trainyard.billing.invoices.membership import next_bounds
from trainyard.billing.invoices.models import Invoice, InvoiceLine, LegalEntity, NumberSequence
from trainyard.billing.invoices.settlement import settle
from trainyard.billing.journal import chain
from trainyard.billing.journal.chain import JournalFact, Kind
from trainyard.billing.journal.models import JournalEntry, JournalHead
from trainyard.billing.ledger import lock_books
from trainyard.billing.wallet.currencies import currency
from trainyard.core import domain_events, reconciling
from trainyard.core.money import format_micros
from trainyard.core.tenancy import current_tenant, platform_scope, tenant_scope
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)

State = Invoice.State
RECONCILER = "billing.months"
LINES_AT_ONCE = 1_000


def close_due(*, calendar: datetime, now: datetime) -> int:
    """Closes every month that is over by ``calendar``, for every organization; returns how many. Opens first ones."""
    with platform_scope():
        unopened = JournalHead.across_tenants.exclude(
            organization__in=Invoice.across_tenants.filter(state=State.DRAFT).values("organization")
        )
        for organization_id in list(unopened.values_list("organization_id", flat=True)):
            with tenant_scope(organization_id):
                open_first_month(now=now)
        due = Invoice.across_tenants.filter(state=State.DRAFT, period_end__lte=calendar).order_by("period_end")
        due = reconciling.due(due, reconciler=RECONCILER, now=now)
        organizations = list(due.values_list("id", "organization_id"))
    return reconciling.each(
        (
            (draft_id, partial(close_months, organization_id=organization_id, calendar=calendar, now=now))
            for draft_id, organization_id in organizations
        ),
        reconciler=RECONCILER,
        now=now,
    )


def close_months(*, organization_id: str, calendar: datetime, now: datetime) -> int:
    """Closes the months of one organization that are over, oldest first, each in a transaction of its own."""
    closed = 0
    with tenant_scope(organization_id):
        while close_month(calendar=calendar, now=now):
            closed += 1
    return closed


@transaction.atomic
def open_first_month(*, now: datetime) -> None:
    """Opens the month of the first thing in the journal of the tenant in context, unless one is open."""
    first = JournalEntry.objects.order_by("occurred_at").values_list("occurred_at", flat=True).first()
    if first is None:
        return
    zone = parties.profile().time_zone
    month = Month.of(first, zone)
    draft = Invoice(
        organization_id=current_tenant(),
        month=str(month),
        time_zone=zone,
        period_start=month.start(zone),
        period_end=month.end(zone),
        currency=currency(),
        created_at=now,
    )
    Invoice.objects.bulk_create([draft], ignore_conflicts=True)


@transaction.atomic
def close_month(*, calendar: datetime, now: datetime) -> bool:
    """Closes the open month of the tenant in context if it is over by ``calendar``; whether it was.

    A month without any charges makes no invoice and takes no number.
    """
    lock_books()
    draft = Invoice.objects.select_for_update().filter(state=State.DRAFT).first()
    if draft is None or draft.period_end > calendar:
        return False
    lines = lines_of(draft)
    if not lines:
        _move_on(draft)
        return True
    finalize(draft, lines, carried_micros=None, calendar=calendar, now=now)
    _open_next(draft, now=now)
    logger.info("month.closed", organization_id=draft.organization_id, invoice_id=draft.id, month=draft.month)
    return True


def finalize(
    draft: Invoice, lines: list[InvoiceLine], *, carried_micros: int | None, calendar: datetime, now: datetime
) -> None:
    """Writes ``lines`` and all that is frozen, and gives ``draft`` its number. The books and the draft are locked.

    ``carried_micros`` of its charges are due already, where it takes the place of another.
    """
    entity, buyer = parties.current_entity(now=now), parties.profile()
    draft.legal_entity, draft.seller = entity, parties.seller_on_paper(entity)
    draft.buyer = parties.buyer_on_paper(buyer)
    draft.subtotal_micros = sum(line.amount_micros for line in lines)
    draft.rounding_micros = draft.subtotal_micros - sum(line.exact_micros for line in lines)
    treated = tax.treatment(
        seller_country=entity.country, buyer_country=buyer.country, buyer_vat_id=buyer.vat_id, at=draft.period_end
    )
    draft.taxes = [treated.on(draft.subtotal_micros, draft.currency)]
    draft.tax_micros = draft.taxes[0]["tax_micros"]
    draft.total_micros = draft.subtotal_micros + draft.tax_micros
    head = chain.locked_head()
    if draft.journal_to is None:
        draft.journal_to, draft.journal_hash = head.length, head.hash
    draft.due_micros = settle(draft, carried_micros=carried_micros, now=now)
    draft.state = State.FINALIZED if draft.due_micros else State.PAID
    draft.finalized_at = calendar
    draft.due_at = calendar + timedelta(days=entity.payment_days)
    draft.paid_at = None if draft.due_micros else calendar
    _number(draft, entity)
    InvoiceLine.objects.bulk_create(lines, batch_size=LINES_AT_ONCE)
    draft.save(force_update=True)
    chain.append([JournalFact(Kind.INVOICE, draft.id, now, body_of(draft, lines))])
    _tell(draft, now=now)


def _tell(invoice: Invoice, *, now: datetime) -> None:
    data = {
        "id": invoice.id,
        "number": invoice.number,
        "month": invoice.month,
        "currency": invoice.currency,
        "total": format_micros(invoice.total_micros),
        "due": format_micros(invoice.due_micros),
    }
    domain_events.record(WebhookEvent.INVOICE_FINALIZED, data=data, organization_id=invoice.organization_id, now=now)


def body_of(invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, object]:
    """What the journal says of a finalized invoice."""
    return {
        "number": invoice.number,
        "month": invoice.month,
        "currency": invoice.currency,
        "journal_to": invoice.journal_to,
        "lines": [[line.position, line.exact_micros, line.amount_micros] for line in lines],
        "subtotal_micros": invoice.subtotal_micros,
        "rounding_micros": invoice.rounding_micros,
        "taxes": [[tax["category"], tax["percent"], tax["base_micros"], tax["tax_micros"]] for tax in invoice.taxes],
        "total_micros": invoice.total_micros,
        "due_micros": invoice.due_micros,
    }


def _number(draft: Invoice, entity: LegalEntity) -> None:
    # The last thing that is locked: all organizations of a legal entity wait for it.
    draft.sequence, draft.number = numbering.next_number(entity, NumberSequence.Kind.INVOICE)


def _move_on(draft: Invoice) -> None:
    month = Month.parse(draft.month).next()
    Invoice.objects.filter(id=draft.id).update(
        month=str(month), period_start=draft.period_end, period_end=month.end(draft.time_zone)
    )


def _open_next(closed: Invoice, *, now: datetime) -> None:
    month = Month.parse(closed.month).next()
    previous_end, previous_to = next_bounds(closed)
    Invoice.objects.create(
        month=str(month),
        time_zone=closed.time_zone,
        period_start=closed.period_end,
        period_end=month.end(closed.time_zone),
        currency=closed.currency,
        previous_end=previous_end,
        previous_to=previous_to,
        created_at=now,
    )
