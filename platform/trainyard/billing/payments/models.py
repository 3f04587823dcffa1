"""Payments, refunds and chargebacks, with the facts that the payment provider reported about them."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_pay_id, new_rfd_id
from trainyard.core.tenancy import TenantModel


class Payment(TenantModel):
    """Payment of a customer, which becomes credit once it is settled.

    Provider events arrive in any order and more than once. The row therefore stores facts instead of a status: when the
    payment settled and when it failed, by the provider's clock, and its chargebacks; ``state`` is derived from them.
    The credit of a payment for an ``invoice`` pays that invoice at once. ``reversed_micros`` is the part of what was
    not refunded that the bank has taken back.
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
    """Chargeback: the bank takes back all or part of a payment.

    A payment may have several; the provider's ``reference`` tells them apart.
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
    """Refund of part of one payment. Its credit is removed while it is pending, and restored if it fails."""

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
