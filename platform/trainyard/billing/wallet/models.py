"""Billing account: how one organization pays."""

from django.db import models

from trainyard.core.tenancy import TenantModel


class BillingAccount(TenantModel):
    """Billing account of an organization; without a row everything is as the platform's settings have it.

    ``currency`` never changes once money has moved.
    """

    organization = models.OneToOneField(
        "tenants.Organization", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()
