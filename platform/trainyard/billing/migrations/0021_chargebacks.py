from typing import Any

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
from django.db import migrations, models

from trainyard.core.scope import platform_scope


def chargebacks_of_before(apps: Any, schema_editor: Any) -> None:
    """A bank took all of a payment, or what was not refunded: its name of that was not kept."""
    payments, chargebacks = apps.get_model("billing", "Payment"), apps.get_model("billing", "Chargeback")
    with platform_scope():
        for payment in payments._base_manager.exclude(reversed_at=None, reinstated_at=None):
            chargebacks._base_manager.create(
                organization_id=payment.organization_id,
                payment=payment,
                amount_micros=payment.amount_micros,
                reversed_at=payment.reversed_at,
                reinstated_at=payment.reinstated_at,
            )
            taken, returned = payment.reversed_at, payment.reinstated_at
            if taken is not None and (returned is None or returned < taken):
                left = payment.amount_micros - payment.refunded_micros
                payments._base_manager.filter(pk=payment.pk).update(reversed_micros=left)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0020_dunning'),
        ('tenants', '0008_plan_limits'),
    ]

    operations = [
        migrations.CreateModel(
            name='Chargeback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(blank=True, max_length=255)),
                ('amount_micros', models.BigIntegerField()),
                ('reversed_at', models.DateTimeField(null=True)),
                ('reinstated_at', models.DateTimeField(null=True)),
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
        migrations.RemoveConstraint(
            model_name='payment',
            name='refunds_within_payment',
        ),
        migrations.AddField(
            model_name='payment',
            name='reversed_micros',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_micros__gte', 0), ('refunded_micros__lte', django.db.models.expressions.CombinedExpression(models.F('amount_micros'), '-', models.F('reversed_micros'))), ('reversed_micros__gte', 0)), name='refunds_within_payment'),
        ),
        migrations.AddField(
            model_name='chargeback',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='chargeback',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='chargebacks', to='billing.payment'),
        ),
        migrations.AddConstraint(
            model_name='chargeback',
            constraint=models.UniqueConstraint(fields=('payment', 'reference'), name='one_chargeback_by_reference'),
        ),
        migrations.AddConstraint(
            model_name='chargeback',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros__gt', 0)), name='chargeback_of_something'),
        ),
        migrations.RunPython(chargebacks_of_before, migrations.RunPython.noop),
    ]
