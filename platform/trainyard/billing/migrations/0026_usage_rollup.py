import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

from trainyard.billing.usage_rollup.triggers import BY_POOL, fill_rollup, keep_rollup


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0025_seals"),
        ("pools", "0012_pool_revision_and_drained_at"),
        ("tenants", "0009_limits_revision"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsageRollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seconds", models.PositiveIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("amount_micros", models.BigIntegerField()),
                ("slot_microseconds", models.BigIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.organization"
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pools.pool"),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "across_tenants",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "seconds", "starts_at", "pool"), name="usage_summed_once_a_stretch"
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("across_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name="usagerecord",
            index=models.Index(fields=["organization", "created_at"], name="usage_by_time"),
        ),
        keep_rollup(BY_POOL),
        fill_rollup(BY_POOL),
    ]
