"""Monthly budgets of an organization, and the spending of each calendar month."""

from django.db import models

from trainyard.core.ids import ID_MAX_LENGTH, new_bud_id
from trainyard.core.tenancy import TenantModel


class Budget(TenantModel):
    """Budget of an organization for each calendar month (UTC).

    A hard budget stops jobs before it is exceeded. Every budget sends alerts when the spending reaches certain
    percentages of it. ``revision`` increases by one with each change.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_bud_id, editable=False)
    name = models.CharField(max_length=120)
    amount_micros = models.BigIntegerField()
    alert_percents = models.JSONField(default=list)
    is_hard = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(amount_micros__gt=0), name="budget_of_something")]
        indexes = [models.Index(fields=["organization", "-id"], name="budgets_by_organization")]


class BudgetAlert(TenantModel):
    """Record that an alert for one percentage of a budget was sent in a month, so that it is sent once."""

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="alerts")
    month = models.DateField()
    percent = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["budget", "month", "percent"], name="alert_once_a_share_and_month")
        ]


class MonthlySpend(TenantModel):
    """Sum of the usage charges of an organization in one calendar month (UTC), updated with each charge."""

    month = models.DateField()
    micros = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "month"], name="one_spend_a_month")]
