"""Reads of the credit grants of the current tenant."""

from django.db.models import QuerySet

from trainyard.billing.wallet.models import CreditGrant


def grants() -> QuerySet[CreditGrant]:
    return CreditGrant.objects.all()
