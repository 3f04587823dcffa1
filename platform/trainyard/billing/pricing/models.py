"""Price books: the list prices of pools, and contracted prices and discounts of organizations.

Rows are immutable: a database trigger refuses to change or delete them. A change of price is a new row.
"""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_cpr_id, new_price_id
from trainyard.core.tenancy import TenantModel

MAX_PRICE = Decimal(1_000)
"""Of a slot's second, in units of the currency: the longest job on the most slots is still a number that fits."""
MAX_PERCENT = Decimal(100)

_FIXED = models.Q(
    per_slot_second__isnull=False, percent_off__isnull=True, pool__isnull=False, preemptible__isnull=False
)
_DISCOUNT = models.Q(per_slot_second__isnull=True, percent_off__isnull=False, preemptible__isnull=True)


class Price(models.Model):
    """List price of one slot of a pool per second, from ``effective_from`` until the next price of its kind.

    A pool has on-demand prices and may have prices for preemptible jobs; without those, the on-demand price applies to
    preemptible jobs too.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_price_id, editable=False)
    pool = models.ForeignKey("pools.Pool", on_delete=models.PROTECT, related_name="prices")
    preemptible = models.BooleanField(default=False)
    per_slot_second = models.DecimalField(
        max_digits=18, decimal_places=9, validators=[MinValueValidator(0), MaxValueValidator(MAX_PRICE)]
    )
    currency = models.CharField(max_length=3)
    effective_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "effective_from", "preemptible", "currency"], name="one_price_per_pool_and_moment"
            ),
            models.CheckConstraint(condition=models.Q(per_slot_second__range=(0, MAX_PRICE)), name="price_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.per_slot_second} {self.currency}"


class ContractedPrice(TenantModel):
    """Contracted price of one organization: a price of its own for a pool, or a discount on list prices.

    It applies in ``[effective_from, effective_until)``. Of several in force, the latest for the pool applies, else the
    latest for all pools. A discount of 0 restores the list price.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_cpr_id, editable=False)
    pool = models.ForeignKey("pools.Pool", on_delete=models.PROTECT, related_name="+", null=True)
    preemptible = models.BooleanField(null=True)
    per_slot_second = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    currency = models.CharField(max_length=3)
    percent_off = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    effective_from = models.DateTimeField()
    effective_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=_FIXED | _DISCOUNT, name="contracted_price_or_discount"),
            models.CheckConstraint(
                condition=models.Q(per_slot_second__isnull=True) | models.Q(per_slot_second__range=(0, MAX_PRICE)),
                name="contracted_price_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(percent_off__isnull=True) | models.Q(percent_off__range=(0, MAX_PERCENT)),
                name="percent_off_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_until__isnull=True)
                | models.Q(effective_until__gt=models.F("effective_from")),
                name="contracted_price_ends_later",
            ),
            models.UniqueConstraint(
                fields=["organization", "pool", "preemptible", "effective_from"],
                condition=_FIXED,
                name="one_contracted_price_at_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "pool", "effective_from"],
                condition=_DISCOUNT & models.Q(pool__isnull=False),
                name="one_discount_of_pool_at_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "effective_from"],
                condition=_DISCOUNT & models.Q(pool__isnull=True),
                name="one_discount_at_once",
            ),
        ]
        indexes = [models.Index(fields=["organization", "-id"], name="contracted_by_organization")]
