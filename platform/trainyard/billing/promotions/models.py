"""Promo codes and their redemptions."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_promo_id
from trainyard.core.tenancy import TenantModel


class PromoCode(models.Model):
    """Promo code: grants promotional credit, once per organization, until it expires or is used up."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_promo_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    amount_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    max_redemptions = models.PositiveIntegerField(null=True)
    redemptions = models.PositiveIntegerField(default=0)
    credit_days = models.PositiveIntegerField(null=True)
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="promo_code_of_something"),
            models.CheckConstraint(
                condition=models.Q(max_redemptions__isnull=True)
                | models.Q(redemptions__lte=models.F("max_redemptions")),
                name="promo_code_not_overused",
            ),
        ]


class PromoRedemption(TenantModel):
    """Redemption of a promo code by an organization."""

    promo_code = models.ForeignKey(PromoCode, on_delete=models.PROTECT, related_name="+")
    redeemed_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "promo_code"], name="promo_code_once_an_organization")
        ]
