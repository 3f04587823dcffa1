"""Payments and their refunds, and what providers have told of them."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_pay_id, new_rfd_id
from trainyard.core.tenancy import TenantModel


class Payment(TenantModel):
    """Money asked for from a customer, which becomes credit once it is settled.

    What a provider tells comes in any order and more than once, so facts are kept and not steps: the moments at which
    it was settled and failed, by the provider's clock, and its chargebacks. ``state`` follows from them. The credit of
    one that was asked for because of an ``invoice`` pays for that at once. ``reversed_micros`` of what was not
    refunded are with the bank again.
    """

    class Kind(models.TextChoices):
        TOP_UP = "top_up"
        AUTO_TOP_UP = "auto_top_up"
        INVOICE = "invoice"

    class State(models.TextChoices):
        PENDING = "pending"
        SETTLED = "settled"
        FAILED = "failed"
        REVERSED = "reversed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_pay_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="payments", null=True)
    amount_micros = models.BigIntegerField()
    refunded_micros = models.BigIntegerField(default=0)
    reversed_micros = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    provider = models.CharField(max_length=16)
    reference = models.CharField(max_length=255, blank=True)
    checkout_url = models.TextField(blank=True)
    error = models.CharField(max_length=400, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=models.Q(
                    refunded_micros__gte=0,
                    reversed_micros__gte=0,
                    refunded_micros__lte=models.F("amount_micros") - models.F("reversed_micros"),
                ),
                name="refunds_within_payment",
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(kind="auto_top_up", state="pending"),
                name="one_pending_auto_top_up",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=models.Q(kind="invoice", state="pending"),
                name="one_pending_payment_of_invoice",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="invoice", invoice__isnull=False)
                | (~models.Q(kind="invoice") & models.Q(invoice__isnull=True)),
                name="payment_of_its_invoice",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="payments_by_organization"),
            models.Index(fields=["state", "kind"], name="payments_by_state"),
        ]

    @property
    def kept_micros(self) -> int:
        """What of it is neither refunded nor with the bank again; all of that is credit once it is settled."""
        return self.amount_micros - self.refunded_micros - self.reversed_micros


class Chargeback(TenantModel):
    """What a bank takes back of a payment: all or a part of it, by the facts that its provider tells.

    A payment may have several, which the provider's ``reference`` tells apart.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="chargebacks")
    reference = models.CharField(max_length=255, blank=True)
    amount_micros = models.BigIntegerField()
    reversed_at = models.DateTimeField(null=True)
    reinstated_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["payment", "reference"], name="one_chargeback_by_reference"),
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="chargeback_of_something"),
        ]

    @property
    def is_with_the_bank(self) -> bool:
        """Taken, and not given back since, by the provider's clock."""
        taken, returned = self.reversed_at, self.reinstated_at
        return taken is not None and (returned is None or returned < taken)


class Refund(TenantModel):
    """Money of one payment on its way back. While it is pending its credit is gone; where it fails it returns."""

    class State(models.TextChoices):
        PENDING = "pending"
        SETTLED = "settled"
        FAILED = "failed"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_rfd_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    amount_micros = models.BigIntegerField()
    reference = models.CharField(max_length=255, blank=True)
    error = models.CharField(max_length=400, blank=True)
    created_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="refund_of_something")]
        indexes = [
            models.Index(fields=["organization", "-id"], name="refunds_by_organization"),
            models.Index(fields=["id"], condition=models.Q(state="pending"), name="pending_refunds"),
        ]
