"""Plans that operators define, and the subscriptions of organizations."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from trainyard.core.ids import ID_MAX_LENGTH, new_plan_id
from trainyard.core.tenancy import TenantModel

MICROSECONDS_PER_HOUR = timedelta(hours=1) // timedelta(microseconds=1)


class Plan(models.Model):
    """Terms of a plan, which never change: new terms are a new plan. A limit that is null does not apply.

    Customers can choose a plan while ``is_offered``; existing subscribers keep it afterwards.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_plan_id, editable=False)
    name = models.CharField(max_length=ID_MAX_LENGTH)
    description = models.CharField(max_length=400, blank=True)
    monthly_fee_micros = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    included_slot_hours = models.PositiveIntegerField(default=0)
    max_running_jobs = models.PositiveIntegerField(null=True)
    max_stored_bytes = models.BigIntegerField(null=True)
    max_members = models.PositiveIntegerField(null=True)
    requests_per_second = models.PositiveIntegerField(null=True)
    is_offered = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(monthly_fee_micros__gte=0), name="plan_fee_not_negative"),
            models.UniqueConstraint(
                fields=["name", "currency"], condition=Q(is_offered=True), name="one_offered_plan_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Subscription(TenantModel):
    """The plan of an organization, paid until ``paid_until`` in billing calendar time; then ``next_plan`` follows.

    ``charge_id`` is the metered usage by which the fee of the present period was charged. It includes
    ``included_microseconds`` of slot time, of which ``used_microseconds`` are used.
    """

    organization = models.OneToOneField(
        "tenants.Organization", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", null=True)
    next_plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", null=True)
    started_at = models.DateTimeField()
    paid_from = models.DateTimeField()
    paid_until = models.DateTimeField()
    charge_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    included_microseconds = models.BigIntegerField(default=0)
    used_microseconds = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(used_microseconds__range=(0, F("included_microseconds"))), name="included_time_used_once"
            ),
            models.CheckConstraint(condition=Q(paid_until__gt=F("paid_from")), name="plan_period_not_empty"),
        ]
        indexes = [
            models.Index(fields=["paid_until"], name="plans_to_renew", condition=Q(plan__isnull=False)),
        ]

    @property
    def left_microseconds(self) -> int:
        """Slot time of the present period that its fee still pays for."""
        return self.included_microseconds - self.used_microseconds
