from django.db import migrations

from trainyard.core.frozen_rows import closed_with, frozen_once
from trainyard.core.append_only import append_only, never_truncated

APPEND_ONLY = (
    "billing_journalentry",
    "billing_meteredusage",
    "billing_invoiceline",
    "billing_creditnote",
    "billing_taxrate",
)
MUTABLE = ("state", "paid_at", "voided_at", "void_reason", "credited_micros", "paid_micros")


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_invoices")]

    operations = [
        append_only(*APPEND_ONLY),
        never_truncated(*APPEND_ONLY),
        frozen_once("billing_invoice", "finalized_at", mutable=MUTABLE),
        closed_with("billing_invoiceline", "billing_invoice", "invoice_id", "finalized_at"),
    ]
