import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
from datetime import UTC
from typing import Any

from django.db import migrations, models
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from trainyard.core.scope import platform_scope


def count_what_was_charged(apps: Any, schema_editor: Any) -> None:
    with platform_scope():
        entries = apps.get_model("billing", "LedgerEntry")._base_manager
        charged = entries.filter(transaction__kind="usage", account__kind="revenue").annotate(
            month=TruncMonth("transaction__created_at", output_field=models.DateField(), tzinfo=UTC)
        )
        sums = charged.order_by().values_list("account__organization_id", "month").annotate(total=Sum("amount_micros"))
        spends = apps.get_model("billing", "MonthlySpend")._base_manager
        for organization_id, month, micros in sums:
            spends.create(organization_id=organization_id, month=month, micros=micros)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0014_grants_of_wallets'),
        ('tenants', '0007_closing_organizations'),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_bud_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('amount_micros', models.BigIntegerField()),
                ('alert_percents', models.JSONField(default=list)),
                ('is_hard', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='BudgetAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('percent', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField()),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='billing.budget')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='MonthlySpend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('micros', models.BigIntegerField(default=0)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'across_tenants',
            },
            managers=[
                ('objects', django.db.models.manager.Manager()),
                ('across_tenants', django.db.models.manager.Manager()),
            ],
        ),
        migrations.AddIndex(
            model_name='budget',
            index=models.Index(fields=['organization', '-id'], name='budgets_by_organization'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros__gt', 0)), name='budget_of_something'),
        ),
        migrations.AddConstraint(
            model_name='budgetalert',
            constraint=models.UniqueConstraint(fields=('budget', 'month', 'percent'), name='alert_once_a_share_and_month'),
        ),
        migrations.AddConstraint(
            model_name='monthlyspend',
            constraint=models.UniqueConstraint(fields=('organization', 'month'), name='one_spend_a_month'),
        ),
        migrations.RunPython(count_what_was_charged, migrations.RunPython.noop),
    ]
