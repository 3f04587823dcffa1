"""Prices, usage and a double-entry ledger in integer micro-units.

Ledger rows, usage records and prices are immutable: database triggers refuse to change or delete them.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from trainyard.billing.budgets.models import Budget as Budget
from trainyard.billing.budgets.models import BudgetAlert as BudgetAlert
from trainyard.billing.budgets.models import MonthlySpend as MonthlySpend
from trainyard.billing.calendar.models import ClockOffset as ClockOffset
from trainyard.billing.dunning.models import DunningCase as DunningCase
from trainyard.billing.invoices.dispute_models import Dispute as Dispute
from trainyard.billing.invoices.models import JOB_NAME_MAX_LENGTH
from trainyard.billing.invoices.models import BillingProfile as BillingProfile
from trainyard.billing.invoices.models import CreditNote as CreditNote
from trainyard.billing.invoices.models import Invoice as Invoice
from trainyard.billing.invoices.models import InvoiceLine as InvoiceLine
from trainyard.billing.invoices.models import LegalEntity as LegalEntity
from trainyard.billing.invoices.models import NumberSequence as NumberSequence
from trainyard.billing.invoices.models import TaxRate as TaxRate
from trainyard.billing.journal.models import JournalEntry as JournalEntry
from trainyard.billing.journal.models import JournalHead as JournalHead
from trainyard.billing.meters.models import MeterCarry as MeterCarry
from trainyard.billing.meters.models import MeteredUsage as MeteredUsage
from trainyard.billing.meters.models import MeterPrice as MeterPrice
from trainyard.billing.payments.models import Chargeback as Chargeback
from trainyard.billing.payments.models import Payment as Payment
from trainyard.billing.payments.models import Refund as Refund
from trainyard.billing.plans.models import Plan as Plan
from trainyard.billing.plans.models import Subscription as Subscription
from trainyard.billing.pricing.models import MAX_PRICE as MAX_PRICE
from trainyard.billing.pricing.models import ContractedPrice as ContractedPrice
from trainyard.billing.pricing.models import Price as Price
from trainyard.billing.promotions.models import PromoCode as PromoCode
from trainyard.billing.promotions.models import PromoRedemption as PromoRedemption
from trainyard.billing.usage_rollup.models import DimensionRollup as DimensionRollup
from trainyard.billing.usage_rollup.models import UsageRollup as UsageRollup
from trainyard.billing.wallet.models import BillingAccount as BillingAccount
from trainyard.billing.wallet.models import CreditGrant as CreditGrant
from trainyard.billing.wallet.models import CreditMovement as CreditMovement
from trainyard.core.ids import ID_MAX_LENGTH, new_txn_id, new_use_id
from trainyard.core.money import MICROSECONDS_PER_SECOND
from trainyard.core.tenancy import TenantModel


class LedgerAccount(TenantModel):
    """Ledger account. ``balance_micros`` is the sum of its entries, updated in the same transaction.

    An organization has a ``wallet`` (available money) and ``held`` (reserved by jobs). ``held`` is never negative; the
    wallet is negative by at most ``credit_limit_micros``. The contra accounts are ``revenue``, ``promotions``,
    ``payments``, ``tax`` and ``rounding`` of invoices; each organization has its own, so that no two tenants wait for
    one row. ``receivable`` is negative by what the organization owes, ``chargeback`` by payments that a bank took back
    after they were spent.
    """

    class Kind(models.TextChoices):
        WALLET = "wallet"
        HELD = "held"
        REVENUE = "revenue"
        PROMOTIONS = "promotions"
        PAYMENTS = "payments"
        RECEIVABLE = "receivable"
        TAX = "tax"
        ROUNDING = "rounding"
        CHARGEBACK = "chargeback"

    kind = models.CharField(max_length=12, choices=Kind)
    currency = models.CharField(max_length=3)
    balance_micros = models.BigIntegerField(default=0)
    credit_limit_micros = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "currency"], name="one_account_per_kind"),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["wallet", "held"])
                | models.Q(balance_micros__gte=0 - models.F("credit_limit_micros")),
                name="customer_accounts_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(credit_limit_micros=0) | models.Q(kind="wallet", credit_limit_micros__gt=0),
                name="credit_limit_of_wallets_alone",
            ),
        ]

    invoiced_micros: int = 0
    """Of a wallet among locked books: what its organization owes already, so that its credit limit is one for all."""

    def __str__(self) -> str:
        return str(self.kind)

    @property
    def spendable_micros(self) -> int:
        """What may be taken from it: of a wallet also what it may owe."""
        return self.balance_micros + max(self.credit_limit_micros - self.invoiced_micros, 0)


class LedgerTransaction(TenantModel):
    """Entries that sum to zero. ``dedupe_key`` is kept forever, so that one cause is never booked twice."""

    class Kind(models.TextChoices):
        CREDIT = "credit"
        HOLD = "hold"
        USAGE = "usage"
        RELEASE = "release"
        INVOICE = "invoice"
        PAYMENT = "payment"
        CORRECTION = "correction"
        EXPIRY = "expiry"
        REFUND = "refund"
        REVERSAL = "reversal"

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_txn_id, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    dedupe_key = models.CharField(max_length=160)
    job_id = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    description = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "dedupe_key"], name="ledger_cause_booked_once")]
        indexes = [models.Index(fields=["organization", "-id"], name="ledger_by_organization")]


class LedgerEntry(models.Model):
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    amount_micros = models.BigIntegerField()

    tenant_field: ClassVar[str] = "transaction"


class Hold(TenantModel):
    """Reservation of one job: ``posted_micros`` of ``amount_micros`` became usage, the rest is still reserved.

    A job reserves more while it runs, but never more than ``cap_micros``, the most that it may cost. The unused rest is
    released at ``released_at``; a job that resumes later reserves again. ``generation`` counts these changes.
    ``job_name`` and ``created_by`` are the job's name and creator, for invoices and usage summaries.
    """

    job_id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH)
    job_name = models.CharField(max_length=JOB_NAME_MAX_LENGTH, null=True)
    created_by = models.CharField(max_length=120, null=True)
    currency = models.CharField(max_length=3)
    cap_micros = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    posted_micros = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    generation = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(posted_micros__gte=0) & models.Q(posted_micros__lte=models.F("amount_micros")),
                name="posted_within_hold",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_micros__lte=models.F("cap_micros")), name="reserved_within_cap"
            ),
        ]

    @property
    def left_micros(self) -> int:
        """What is still reserved."""
        return self.amount_micros - self.posted_micros if self.released_at is None else 0


class UsageRecord(TenantModel):
    """Durable slot-seconds of one attempt at one price, up to one checkpoint or the finished model.

    The intervals of an attempt follow one another without gap or overlap. This one is ``[from_microseconds,
    to_microseconds)`` of the attempt's training time, which began at ``training_started_at``. The first interval begins
    after the time in which the attempt repeated lost work. ``amount_micros`` is the increase of the rounded total of
    its (attempt, price, contract) line at ``unit_price``, so that a line is rounded once. ``billed_by`` names the
    checkpoint, the model or what else made the work durable, such as the metrics of a cancelled job. Usage that a
    plan's fee includes costs nothing; ``included_in`` is then the metered usage by which this fee was charged.
    """

    id = models.CharField(primary_key=True, max_length=ID_MAX_LENGTH, default=new_use_id, editable=False)
    job_id = models.CharField(max_length=ID_MAX_LENGTH)
    attempt_id = models.CharField(max_length=ID_MAX_LENGTH)
    fence = models.PositiveIntegerField()
    slots = models.PositiveSmallIntegerField()
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    contract = models.ForeignKey(ContractedPrice, on_delete=models.PROTECT, related_name="+", null=True)
    unit_price = models.DecimalField(max_digits=18, decimal_places=9)
    training_started_at = models.DateTimeField()
    from_microseconds = models.BigIntegerField()
    to_microseconds = models.BigIntegerField()
    amount_micros = models.BigIntegerField()
    billed_by = models.CharField(max_length=ID_MAX_LENGTH)
    included_in = models.CharField(max_length=ID_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["attempt_id", "from_microseconds"], name="usage_interval_billed_once"),
            models.CheckConstraint(
                condition=models.Q(to_microseconds__gt=models.F("from_microseconds")), name="usage_interval_not_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-id"], name="usage_by_organization"),
            models.Index(fields=["job_id", "id"], name="usage_by_job"),
            models.Index(fields=["organization", "created_at"], name="usage_by_time"),
        ]

    @property
    def started_at(self) -> datetime:
        return self.training_started_at + timedelta(microseconds=self.from_microseconds)

    @property
    def ended_at(self) -> datetime:
        return self.training_started_at + timedelta(microseconds=self.to_microseconds)

    @property
    def terms(self) -> str:
        """Beside the price: the id of the contract that made a rate of it, or of the fee that includes it, or empty."""
        return self.included_in or self.contract_id or ""

    @property
    def seconds(self) -> float:
        return (self.to_microseconds - self.from_microseconds) / MICROSECONDS_PER_SECOND
