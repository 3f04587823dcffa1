from django.db import migrations


class Migration(migrations.Migration):
    """Of its own: PostgreSQL alters no table in the transaction that has just written rows which refer to it."""

    dependencies = [("billing", "0021_chargebacks")]

    operations = [
        migrations.RemoveField("Payment", "reversed_at"),
        migrations.RemoveField("Payment", "reinstated_at"),
    ]
