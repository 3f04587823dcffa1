"""The rollup made anew from the usage records."""

from django.db import connection, transaction

from trainyard.billing.ledger import lock_books
from trainyard.billing.usage_rollup.models import UsageRollup
from trainyard.billing.usage_rollup.triggers import inserted
from trainyard.core.tenancy import current_tenant


@transaction.atomic
def rebuild() -> int:
    """Does so for the tenant in context; returns how many rows it has now. Who bills usage waits for it."""
    lock_books()
    UsageRollup.objects.all().delete()
    records = "(SELECT * FROM billing_usagerecord WHERE organization_id = %s)"
    with connection.cursor() as cursor:
        cursor.execute(inserted(connection.vendor, records), [current_tenant()])
    return UsageRollup.objects.count()
