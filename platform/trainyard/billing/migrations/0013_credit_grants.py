
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.manager
import trainyard.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_documents_never_change'),
        ('tenants', '0007_closing_organizations'),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditGrant',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_grant_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('promotional', 'Promotional'), ('paid', 'Paid')], max_length=12)),
                ('priority', models.PositiveSmallIntegerField()),
                ('amount_micros', models.BigIntegerField()),
                ('remaining_micros', models.BigIntegerField()),
                ('expires_at', models.DateTimeField(null=True)),
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
            name='CreditMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_micros', models.BigIntegerField()),
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
            name='Payment',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_pay_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('top_up', 'Top Up'), ('auto_top_up', 'Auto Top Up')], max_length=12)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('settled', 'Settled'), ('failed', 'Failed'), ('reversed', 'Reversed')], default='pending', max_length=10)),
                ('amount_micros', models.BigIntegerField()),
                ('refunded_micros', models.BigIntegerField(default=0)),
                ('currency', models.CharField(max_length=3)),
                ('provider', models.CharField(max_length=16)),
                ('reference', models.CharField(blank=True, max_length=255)),
                ('checkout_url', models.TextField(blank=True)),
                ('error', models.CharField(blank=True, max_length=400)),
                ('created_by', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('tried_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('failed_at', models.DateTimeField(null=True)),
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
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.CharField(default=trainyard.core.ids.new_rfd_id, editable=False, max_length=32, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('settled', 'Settled'), ('failed', 'Failed')], default='pending', max_length=10)),
                ('amount_micros', models.BigIntegerField()),
                ('reference', models.CharField(blank=True, max_length=255)),
                ('error', models.CharField(blank=True, max_length=400)),
                ('created_by', models.CharField(max_length=120)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
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
            model_name='ledgeraccount',
            name='customer_accounts_not_negative',
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='auto_resume',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='auto_top_up_amount_micros',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='auto_top_up_monthly_limit_micros',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='auto_top_up_threshold_micros',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='payment_method',
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name='billingaccount',
            name='provider_customer',
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name='ledgeraccount',
            name='credit_limit_micros',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='ledgeraccount',
            name='kind',
            field=models.CharField(choices=[('wallet', 'Wallet'), ('held', 'Held'), ('revenue', 'Revenue'), ('promotions', 'Promotions'), ('payments', 'Payments'), ('receivable', 'Receivable'), ('tax', 'Tax'), ('rounding', 'Rounding'), ('chargeback', 'Chargeback')], max_length=12),
        ),
        migrations.AlterField(
            model_name='ledgertransaction',
            name='kind',
            field=models.CharField(choices=[('credit', 'Credit'), ('hold', 'Hold'), ('usage', 'Usage'), ('release', 'Release'), ('invoice', 'Invoice'), ('payment', 'Payment'), ('correction', 'Correction'), ('expiry', 'Expiry'), ('refund', 'Refund'), ('reversal', 'Reversal')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='billingaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('auto_top_up_amount_micros__isnull', True), ('auto_top_up_monthly_limit_micros__isnull', True), ('auto_top_up_threshold_micros__isnull', True)), models.Q(('auto_top_up_amount_micros__gt', 0), ('auto_top_up_monthly_limit_micros__gte', models.F('auto_top_up_amount_micros')), ('auto_top_up_threshold_micros__gte', 0)), _connector='OR'), name='auto_top_up_whole_or_none'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['wallet', 'held']), _negated=True), ('balance_micros__gte', django.db.models.expressions.CombinedExpression(models.Value(0), '-', models.F('credit_limit_micros'))), _connector='OR'), name='customer_accounts_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ledgeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('credit_limit_micros', 0), models.Q(('credit_limit_micros__gt', 0), ('kind', 'wallet')), _connector='OR'), name='credit_limit_of_wallets_alone'),
        ),
        migrations.AddField(
            model_name='creditgrant',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='creditgrant',
            name='transaction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.ledgertransaction'),
        ),
        migrations.AddField(
            model_name='creditmovement',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='billing.creditgrant'),
        ),
        migrations.AddField(
            model_name='creditmovement',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='creditmovement',
            name='transaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='billing.ledgertransaction'),
        ),
        migrations.AddField(
            model_name='payment',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='creditgrant',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='billing.payment'),
        ),
        migrations.AddField(
            model_name='refund',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.organization'),
        ),
        migrations.AddField(
            model_name='refund',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.payment'),
        ),
        migrations.AddConstraint(
            model_name='creditmovement',
            constraint=models.UniqueConstraint(fields=('grant', 'transaction'), name='grant_moves_once_by_transaction'),
        ),
        migrations.AddConstraint(
            model_name='creditmovement',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros', 0), _negated=True), name='grant_movement_moves_something'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['organization', '-id'], name='payments_by_organization'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['state', 'kind'], name='payments_by_state'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros__gt', 0)), name='payment_of_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('refunded_micros__gte', 0), ('refunded_micros__lte', models.F('amount_micros'))), name='refunds_within_payment'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'auto_top_up'), ('state', 'pending')), fields=('organization',), name='one_pending_auto_top_up'),
        ),
        migrations.AddIndex(
            model_name='creditgrant',
            index=models.Index(condition=models.Q(('remaining_micros__gt', 0)), fields=['organization', 'priority', 'expires_at', 'id'], name='open_grants_in_burn_order'),
        ),
        migrations.AddIndex(
            model_name='creditgrant',
            index=models.Index(fields=['organization', '-id'], name='grants_by_organization'),
        ),
        migrations.AddIndex(
            model_name='creditgrant',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('remaining_micros__gt', 0)), fields=['expires_at'], name='open_grants_by_expiry'),
        ),
        migrations.AddConstraint(
            model_name='creditgrant',
            constraint=models.CheckConstraint(condition=models.Q(('remaining_micros__gte', 0), ('remaining_micros__lte', models.F('amount_micros'))), name='grant_remains_within_amount'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['organization', '-id'], name='refunds_by_organization'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(condition=models.Q(('state', 'pending')), fields=['id'], name='pending_refunds'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount_micros__gt', 0)), name='refund_of_something'),
        ),
    ]
