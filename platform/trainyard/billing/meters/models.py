"""Metered usage: each row is priced when it is written, and never changed."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from trainyard.billing.pricing.models import MAX_PRICE
from trainyard.core.ids import ID_MAX_LENGTH, new_price_id, new_use_id
from trainyard.core.tenancy import TenantModel


class MeteredUsage(TenantModel):
    """``quantity_nano`` (in 10⁻⁹ of ``unit``) used over ``[started_at, ended_at)``, at ``unit_price``.

    The exact costs of all rows with one (kind, subject, price) are summed and rounded to micro-units together:
    ``amount_micros`` is what this row adds to the rounded sum, and ``carry_pico`` (in 10⁻¹² of a micro-unit) is the
    remainder before it. ``dedupe_key`` is kept forever. Free usage has its reason in ``free_reason``. ``made_by`` is
    the API key or person that caused it, and empty for usage without a cause of that kind, such as storage.
    """

    class Kind(models.TextChoices):
        STORAGE = "storage"
        PREDICTIONS = "predictions"
        PLAN = "plan"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_use_id, editable=False)
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=ID_MAX_LENGTH)
    dedupe_key = models.CharField(max_length=160)
    quantity_nano = models.BigIntegerField(validators=[MinValueValidator(0)])
    unit = models.CharField(max_length=16)
    unit_price = models.DecimalField(max_digits=18, decimal_places=9)
    price_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    currency = models.CharField(max_length=3)
    carry_pico = models.BigIntegerField(default=0)
    amount_micros = models.BigIntegerField()
    free_reason = models.CharField(max_length=32, blank=True)
    made_by = models.CharField(max_length=120, blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "dedupe_key"], name="metered_usage_counted_once"),
            models.CheckConstraint(
                condition=Q(quantity_nano__gte=0, ended_at__gte=F("started_at")), name="metered_usage_not_negative"
            ),
            models.CheckConstraint(condition=Q(free_reason="") | Q(amount_micros=0), name="free_usage_costs_nothing"),
        ]
        indexes = [
            models.Index(fields=["organization", "kind", "-id"], name="metered_by_organization"),
            models.Index(fields=["made_by", "created_at"], condition=~Q(made_by=""), name="metered_by_maker"),
        ]


class MeterCarry(TenantModel):
    """Rounding remainder of one (kind, subject, price, unit), in 10⁻¹² of a micro-unit: at most half a micro-unit."""

    kind = models.CharField(max_length=12)
    subject = models.CharField(max_length=ID_MAX_LENGTH)
    unit = models.CharField(max_length=16)
    price_id = models.CharField(max_length=ID_MAX_LENGTH)
    pico = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind", "subject", "unit", "price_id"], name="one_carry_per_meter_and_price"
            )
        ]


class MeterPrice(models.Model):
    """Price of one unit of a meter from ``effective_from`` until the next price of its kind and unit. Append-only."""

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_price_id, editable=False)
    kind = models.CharField(max_length=12, choices=MeteredUsage.Kind)
    unit = models.CharField(max_length=16)
    per_unit = models.DecimalField(max_digits=18, decimal_places=9)
    currency = models.CharField(max_length=3)
    effective_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "unit", "currency", "effective_from"], name="one_meter_price_at_a_moment"
            ),
            models.CheckConstraint(condition=Q(per_unit__range=(0, MAX_PRICE)), name="meter_price_in_range"),
        ]
