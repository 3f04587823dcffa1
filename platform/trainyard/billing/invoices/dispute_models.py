"""Disputes: a customer contests one line of an invoice, and an operator decides."""

from django.db import models
from django.db.models import Q

from trainyard.billing.invoices.models import CreditNote, Invoice
from trainyard.core.ids import ID_MAX_LENGTH, new_dsp_id
from trainyard.core.tenancy import TenantModel


class Dispute(TenantModel):
    """Dispute of ``amount_micros``, tax included, of one invoice line.

    An approved dispute has a credit note of at most that amount.
    """

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        REJECTED = "rejected"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_dsp_id, editable=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="disputes")
    line = models.PositiveIntegerField()
    amount_micros = models.BigIntegerField()
    reason = models.CharField(max_length=1_000)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=1_000, blank=True)
    credit_note = models.OneToOneField(CreditNote, on_delete=models.PROTECT, null=True, related_name="dispute")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "line"], name="one_open_dispute_per_line", condition=Q(state="open")
            ),
            models.CheckConstraint(
                condition=Q(state="approved", credit_note__isnull=False)
                | (~Q(state="approved") & Q(credit_note__isnull=True)),
                name="approved_dispute_has_credit_note",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="disputes_by_state")]
