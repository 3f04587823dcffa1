import django.db.models.deletion
import django.db.models.manager
import trainyard.core.ids
from decimal import Decimal
from django.db import migrations, models

from trainyard.core.append_only import append_only, append_only_again, filled, never_truncated


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_billed_by'),
        ('pools', '0007_sandbox'),
        ('tenants', '0003_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='BillingAccount',
            fields=[
                ('organization', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='tenants.organization')),
                ('currency', models.CharField(max_length=3)),
                ('created_at', models.DateTimeField()),
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
            name='ContractedPrice',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_cpr_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('preemptible', models.BooleanField(null=True)),
                ('per_slot_second', models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                ('currency', models.CharField(max_length=3)),
                ('percent_off', models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ('effective_from', models.DateTimeField()),
                ('effective_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
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
            model_name='price',
            name='one_price_per_pool_and_moment',
        ),
        migrations.AddField(
            model_name='price',
            name='preemptible',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='usagerecord',
            name='unit_price',
            field=models.DecimalField(decimal_places=9, default='0', max_digits=18),
            preserve_default=False,
        ),
        filled('billing_usagerecord', 'unit_price = (SELECT per_slot_second FROM billing_price WHERE id = price_id)'),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.UniqueConstraint(fields=('pool', 'effective_from', 'preemptible', 'currency'), name='one_price_per_pool_and_moment'),
        ),
        migrations.AddField(
            model_name='contractedprice',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='contractedprice',
            name='pool',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pools.pool'),
        ),
        migrations.AddField(
            model_name='usagerecord',
            name='contract',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.contractedprice'),
        ),
        migrations.AddIndex(
            model_name='contractedprice',
            index=models.Index(fields=['organization', '-id'], name='contracted_by_organization'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('per_slot_second__isnull', False), ('percent_off__isnull', True), ('pool__isnull', False), ('preemptible__isnull', False)), models.Q(('per_slot_second__isnull', True), ('percent_off__isnull', False), ('preemptible__isnull', True)), _connector='OR'), name='contracted_price_or_discount'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.CheckConstraint(condition=models.Q(('per_slot_second__isnull', True), ('per_slot_second__range', (0, Decimal('1000'))), _connector='OR'), name='contracted_price_in_range'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.CheckConstraint(condition=models.Q(('percent_off__isnull', True), ('percent_off__range', (0, Decimal('100'))), _connector='OR'), name='percent_off_in_range'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.CheckConstraint(condition=models.Q(('effective_until__isnull', True), ('effective_until__gt', models.F('effective_from')), _connector='OR'), name='contracted_price_ends_later'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.UniqueConstraint(condition=models.Q(('per_slot_second__isnull', False), ('percent_off__isnull', True), ('pool__isnull', False), ('preemptible__isnull', False)), fields=('organization', 'pool', 'preemptible', 'effective_from'), name='one_contracted_price_at_once'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.UniqueConstraint(condition=models.Q(('per_slot_second__isnull', True), ('percent_off__isnull', False), ('preemptible__isnull', True), ('pool__isnull', False)), fields=('organization', 'pool', 'effective_from'), name='one_discount_of_pool_at_once'),
        ),
        migrations.AddConstraint(
            model_name='contractedprice',
            constraint=models.UniqueConstraint(condition=models.Q(('per_slot_second__isnull', True), ('percent_off__isnull', False), ('preemptible__isnull', True), ('pool__isnull', True)), fields=('organization', 'effective_from'), name='one_discount_at_once'),
        ),
        append_only_again('billing_price', 'billing_usagerecord'),
        append_only('billing_contractedprice'),
        never_truncated('billing_contractedprice'),
    ]
