from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models

from trainyard.core.append_only import append_only_again


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_reserved_within_cap")]

    operations = [
        migrations.AlterField(
            "Price",
            "per_slot_second",
            models.DecimalField(
                max_digits=18,
                decimal_places=9,
                validators=[MinValueValidator(0), MaxValueValidator(Decimal(1_000))],
            ),
        ),
        migrations.RemoveConstraint("Price", "price_not_negative"),
        migrations.AddConstraint(
            "Price",
            models.CheckConstraint(
                condition=models.Q(per_slot_second__range=(0, Decimal(1_000))), name="price_in_range"
            ),
        ),
        append_only_again("billing_price"),
    ]
