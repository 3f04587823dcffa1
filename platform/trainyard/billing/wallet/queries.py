"""Reads of credit grants of the tenant in context."""

from django.db.models import QuerySet

from trainyard.billing.wallet.models import CreditGrant


def grants() -> QuerySet[CreditGrant]:
    return CreditGrant.objects.all()
