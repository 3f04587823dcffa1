"""Reads of the budgets of the current tenant."""

from django.db.models import QuerySet

from trainyard.billing.budgets.models import Budget
from trainyard.core.errors import NotFound


def budgets() -> QuerySet[Budget]:
    return Budget.objects.all()


def budget(budget_id: str) -> Budget:
    """Raises ``NotFound``."""
    found = Budget.objects.filter(id=budget_id).first()
    if found is None:
        raise NotFound("There is no budget by that id.")
    return found
