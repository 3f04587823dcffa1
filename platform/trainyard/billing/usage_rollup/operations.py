"""Rebuild of the rollups from the usage records."""

from django.db import connection, transaction

from trainyard.billing.ledger import lock_books
from trainyard.billing.usage_rollup.models import DimensionRollup, UsageRollup
from trainyard.billing.usage_rollup.triggers import ROLLUPS, inserted
from trainyard.core.tenancy import current_tenant


@transaction.atomic
def rebuild() -> int:
    """Does so for the tenant in context; returns how many rows they have now. Who bills usage waits for it."""
    lock_books()
    records = "(SELECT * FROM billing_usagerecord WHERE organization_id = %s)"
    for model in (UsageRollup, DimensionRollup):
        model.objects.all().delete()
    with connection.cursor() as cursor:
        for rollup in ROLLUPS:
            cursor.execute(inserted(rollup, connection.vendor, records), [current_tenant()])
    return UsageRollup.objects.count() + DimensionRollup.objects.count()
