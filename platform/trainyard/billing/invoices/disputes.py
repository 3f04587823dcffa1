"""Disputes of invoice lines: customers open them, operators decide.

An approval books a reversing entry with a credit note, of at most the disputed amount and what is left of the line.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from trainyard.billing.invoices import corrections
from trainyard.billing.invoices.dispute_models import Dispute
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.queries import Document
from trainyard.core import audit
from trainyard.core.errors import Conflict, FieldError, InvalidInput, NotFound
from trainyard.core.money import format_micros

State = Dispute.State


class AlreadyDisputed(Conflict):
    code = "already_disputed"


class DisputeDecided(Conflict):
    code = "dispute_decided"


def disputes() -> QuerySet[Dispute]:
    """Disputes of the tenant in context."""
    return Dispute.objects.select_related("invoice", "credit_note")


def all_disputes() -> QuerySet[Dispute]:
    """Disputes of every organization, for operators; ``line_description`` says what each is about."""
    lines = InvoiceLine.across_tenants.filter(invoice=OuterRef("invoice"), position=OuterRef("line"))
    described = Dispute.across_tenants.annotate(line_description=Subquery(lines.values("description")[:1]))
    return described.select_related("invoice", "credit_note", "organization")


@dataclass(frozen=True, slots=True)
class ContestedLine:
    """A line of ``invoice``: its disputes, newest first, and how much of it can still be contested."""

    line: InvoiceLine
    invoice: Invoice
    disputes: list[Dispute]
    left_micros: int

    @property
    def is_open(self) -> bool:
        """Whether one of its disputes waits for a decision."""
        return any(each.state == State.OPEN for each in self.disputes)


def contested_lines(document: Document) -> list[ContestedLine]:
    """The lines of an invoice of the tenant in context with what was and can be contested of each."""
    invoice = document.invoice
    left = corrections.creditable_by_line(invoice, document.lines)
    of_line: dict[int, list[Dispute]] = {line.position: [] for line in document.lines}
    for found in Dispute.objects.filter(invoice=invoice).select_related("invoice").order_by("-id"):
        of_line.setdefault(found.line, []).append(found)
    return [ContestedLine(line, invoice, of_line[line.position], left[line.position]) for line in document.lines]


def decided(dispute_id: str) -> Dispute:
    """One as operators see it. Raises ``NotFound``."""
    found = all_disputes().filter(id=dispute_id).first()
    if found is None:
        raise NotFound("There is no dispute by that id.")
    return found


@transaction.atomic
def dispute(
    *, invoice_id: str, line: int, reason: str, amount_micros: int | None, actor: str, calendar: datetime, now: datetime
) -> Dispute:
    """Contests ``amount_micros``, or all that is left, of a line of the tenant in context.

    Raises ``NotFound``, ``InvoiceNotStanding``, ``InvalidInput`` for more than is left and ``AlreadyDisputed``.
    """
    invoice = corrections.standing(invoice_id)
    left = corrections.creditable_micros(invoice, line=line)
    amount = left if amount_micros is None else amount_micros
    if not 0 < amount <= left:
        message = f"{format_micros(left)} {invoice.currency} of this line can be disputed, tax included."
        raise InvalidInput(message, errors=(FieldError("amount", "invalid", message),))
    try:
        with transaction.atomic():
            opened = Dispute.objects.create(
                invoice=invoice, line=line, amount_micros=amount, reason=reason, opened_by=actor, created_at=calendar
            )
    except IntegrityError:
        raise AlreadyDisputed("This line is disputed already.", hint="Wait for the operators' decision.") from None
    _audit("dispute.opened", opened, actor=actor, now=now, amount_micros=amount, line=line)
    return opened


@transaction.atomic
def approve(
    *, dispute_id: str, amount_micros: int | None, decision: str, actor: str, calendar: datetime, now: datetime
) -> Dispute:
    """Credits ``amount_micros``, or all that was contested.

    Raises ``NotFound``, ``DisputeDecided``, ``BeyondInvoice``.
    """
    found = _open(dispute_id)
    amount = found.amount_micros if amount_micros is None else amount_micros
    if amount > found.amount_micros:
        raise corrections.beyond(f"{format_micros(found.amount_micros)} {found.invoice.currency} were disputed.")
    found.credit_note = corrections.credit(
        invoice_id=found.invoice_id,
        amount_micros=amount,
        reason=f"Dispute {found.id}",
        line=found.line,
        actor=actor,
        calendar=calendar,
        now=now,
    )
    return _decide(found, State.APPROVED, decision, actor=actor, calendar=calendar, now=now)


@transaction.atomic
def reject(*, dispute_id: str, decision: str, actor: str, calendar: datetime, now: datetime) -> Dispute:
    """Leaves the line as it is. Raises ``NotFound``, ``DisputeDecided``."""
    return _decide(_open(dispute_id), State.REJECTED, decision, actor=actor, calendar=calendar, now=now)


def organization_of(dispute_id: str) -> str:
    """Whose dispute it is, for operators. Raises ``NotFound``."""
    organization_id = Dispute.across_tenants.filter(id=dispute_id).values_list("organization_id", flat=True).first()
    if organization_id is None:
        raise NotFound("There is no dispute by that id.")
    return organization_id


def _open(dispute_id: str) -> Dispute:
    found = Dispute.objects.select_for_update(of=("self",)).select_related("invoice").filter(id=dispute_id).first()
    if found is None:
        raise NotFound("There is no dispute by that id.")
    if found.state != State.OPEN:
        raise DisputeDecided(f"This dispute is {found.state} already.")
    return found


def _decide(
    found: Dispute, state: Dispute.State, decision: str, *, actor: str, calendar: datetime, now: datetime
) -> Dispute:
    found.state, found.decision, found.decided_at = state, decision, calendar
    found.save(update_fields=("state", "decision", "decided_at", "credit_note"))
    _audit(f"dispute.{state}", found, actor=actor, now=now, decision=decision)
    return found


def _audit(action: str, found: Dispute, *, actor: str, now: datetime, **data: Any) -> None:
    audit.record(actor=actor, action=action, target=found.id, organization_id=found.organization_id, now=now, **data)
