"""Notices of an overdue invoice: by e-mail, by webhook and in the audit log."""

from datetime import datetime

import structlog
from django.core.mail import EmailMessage

from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.dunning.steps import WHAT_FOLLOWS, Stage
from trainyard.billing.invoices.models import Invoice
from trainyard.core import audit, domain_events
from trainyard.core.mail import outgoing
from trainyard.core.money import format_micros
from trainyard.tenants.models import Membership
from trainyard.tenants.permissions import PAYERS
from trainyard_spec.webhook_events import WebhookEvent

logger = structlog.get_logger(__name__)


def tell(case: DunningCase, invoice: Invoice, *, now: datetime) -> None:
    """Tells people of the step that was just taken, or that the invoice is paid, in the caller's transaction."""
    is_open = invoice.state == Invoice.State.FINALIZED
    stage = str(case.stage) if is_open else "closed"
    due = format_micros(max(invoice.due_micros - invoice.paid_micros, 0))
    audit.record(
        action="invoice.dunning",
        target=invoice.id,
        organization_id=invoice.organization_id,
        now=now,
        stage=stage,
        steps_done=case.steps_done,
    )
    logger.info("invoice.dunned", invoice_id=invoice.id, stage=stage, steps_done=case.steps_done)
    if not is_open:
        return
    data = {
        "id": invoice.id,
        "number": invoice.number,
        "currency": invoice.currency,
        "due": due,
        "stage": stage,
        "next_at": None if case.next_at is None else case.next_at.isoformat(),
    }
    domain_events.record(WebhookEvent.INVOICE_OVERDUE, data=data, organization_id=invoice.organization_id, now=now)
    people = Membership.objects.filter(organization_id=invoice.organization_id, role__in=PAYERS)
    subject = f"Invoice {invoice.number} is not paid"
    text = f"{due} {invoice.currency} of it are due. {WHAT_FOLLOWS[Stage(case.stage)]}"
    mail = EmailMessage(subject, text, to=[*people.values_list("user__email", flat=True)])
    outgoing.send(mail)
