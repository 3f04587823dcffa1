from django.db import migrations


class Migration(migrations.Migration):
    """The table is append-only, and stays so: a column that is renamed in place keeps the triggers on both databases."""

    dependencies = [("billing", "0008_price_in_range")]

    operations = [migrations.RenameField("usagerecord", "kept_by", "billed_by")]
