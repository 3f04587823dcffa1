from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_holds_below_caps")]

    operations = [
        migrations.AddConstraint(
            "Hold",
            models.CheckConstraint(
                condition=models.Q(amount_micros__lte=models.F("cap_micros")), name="reserved_within_cap"
            ),
        ),
    ]
