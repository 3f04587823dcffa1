"""Billing accounts, and the credit grants of which a wallet consists."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_grant_id
from trainyard.core.tenancy import TenantModel


class BillingAccount(TenantModel):
    """Billing settings of an organization. Without a row the platform's defaults apply.

    ``currency`` never changes once money has moved. A wallet below its threshold is topped up automatically while the
    top-ups of the month stay within their limit. ``low_balance_told`` is set when the low-balance alert is sent, and
    cleared when the balance is above ``low_balance_micros`` again.
    """

    organization = models.OneToOneField(
        "tenants.Organization", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    currency = models.CharField(max_length=3)
    auto_top_up_threshold_micros = models.BigIntegerField(null=True)
    auto_top_up_amount_micros = models.BigIntegerField(null=True)
    auto_top_up_monthly_limit_micros = models.BigIntegerField(null=True)
    auto_resume = models.BooleanField(default=False)
    low_balance_micros = models.BigIntegerField(null=True)
    low_balance_told = models.BooleanField(default=False)
    provider_customer = models.CharField(max_length=255, blank=True)
    payment_method = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    auto_top_up_threshold_micros__isnull=True,
                    auto_top_up_amount_micros__isnull=True,
                    auto_top_up_monthly_limit_micros__isnull=True,
                )
                | models.Q(
                    auto_top_up_threshold_micros__gte=0,
                    auto_top_up_amount_micros__gt=0,
                    auto_top_up_monthly_limit_micros__gte=models.F("auto_top_up_amount_micros"),
                ),
                name="auto_top_up_whole_or_none",
            ),
        ]


class CreditGrant(TenantModel):
    """Credit grant: money of one origin in a wallet, used in the order of priority, expiry and age.

    The ``remaining_micros`` of all grants always sum to wallet plus holds.
    """

    class Kind(models.TextChoices):
        PROMOTIONAL = "promotional"
        PAID = "paid"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_grant_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    priority = models.PositiveSmallIntegerField()
    amount_micros = models.BigIntegerField()
    remaining_micros = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True)
    transaction = models.ForeignKey("billing.LedgerTransaction", on_delete=models.PROTECT, related_name="+", null=True)
    payment = models.ForeignKey("billing.Payment", on_delete=models.PROTECT, related_name="grants", null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(remaining_micros__gte=0, remaining_micros__lte=models.F("amount_micros")),
                name="grant_remains_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "priority", "expires_at", "id"],
                condition=models.Q(remaining_micros__gt=0),
                name="open_grants_in_burn_order",
            ),
            models.Index(fields=["organization", "-id"], name="grants_by_organization"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(remaining_micros__gt=0, expires_at__isnull=False),
                name="open_grants_by_expiry",
            ),
        ]


class CreditMovement(TenantModel):
    """Amount that one ledger transaction took from a grant (negative) or returned to it."""

    grant = models.ForeignKey(CreditGrant, on_delete=models.PROTECT, related_name="movements")
    transaction = models.ForeignKey("billing.LedgerTransaction", on_delete=models.PROTECT, related_name="+")
    amount_micros = models.BigIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["grant", "transaction"], name="grant_moves_once_by_transaction"),
            models.CheckConstraint(condition=~models.Q(amount_micros=0), name="grant_movement_moves_something"),
        ]
