"""Bodies of prices, usage, wallet and ledger. Money is a decimal string beside its currency."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import MoneyField, NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.billing.models import MAX_PRICE, DunningCase, LedgerAccount, LedgerTransaction
from trainyard.billing.usage_rollup.queries import Dimension
from trainyard.pools.models import Pool

CURRENT_MONTH = "current"


class PerSlotSecondField(serializers.DecimalField):
    """Price per slot-second with nine decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=9, min_value=0, max_value=MAX_PRICE, **kwargs)


class PriceSerializer(serializers.Serializer[Any]):
    """List price, in force from ``effective_from`` until the pool's next price."""

    id = serializers.CharField()
    per_slot_second = PerSlotSecondField()
    preemptible = serializers.BooleanField(
        help_text="Whether it is for jobs with `resources.preemptible`; false: for all others."
    )
    currency = serializers.CharField()
    effective_from = serializers.DateTimeField()


class RateSerializer(serializers.Serializer[Any]):
    """Cost of one slot-second for the organization from `effective_from` on, by list price and contract."""

    id = serializers.CharField(source="price.id", help_text="Id of the list price.")
    per_slot_second = PerSlotSecondField(help_text="Price charged per slot-second.")
    list_per_slot_second = PerSlotSecondField(source="price.per_slot_second")
    preemptible = serializers.BooleanField(source="price.preemptible")
    contract_id = serializers.CharField(
        source="contract.id", allow_null=True, default=None, help_text="Id of the contracted price; null: list price."
    )
    percent_off = serializers.DecimalField(
        source="contract.percent_off", max_digits=5, decimal_places=2, allow_null=True, default=None
    )
    currency = serializers.CharField()
    effective_from = serializers.DateTimeField()


class PoolPriceSerializer(serializers.Serializer[Any]):
    """A pool with its present price (null: none yet) and the announced prices."""

    pool_id = serializers.CharField()
    pool = serializers.CharField(help_text="Name of the pool, for a spec's `resources.pool`.")
    slot_kind = serializers.ChoiceField(choices=Pool.SlotKind.choices)
    largest_worker = serializers.IntegerField(
        help_text="Slots of its largest worker, the maximum of `resources.slots`; 0 without workers."
    )
    price = RateSerializer(allow_null=True, help_text="On-demand price.")
    preemptible_price = RateSerializer(
        allow_null=True, help_text="Price of jobs with `resources.preemptible`; by default the on-demand price."
    )
    upcoming = RateSerializer(many=True)


class PoolPricePageSerializer(PageSerializer):
    data = PoolPriceSerializer(many=True)


class UsageRecordSerializer(serializers.Serializer[Any]):
    """Durable slot-seconds of one attempt at one price."""

    id = serializers.CharField()
    job_id = serializers.CharField()
    job_name = serializers.SerializerMethodField()
    attempt_id = serializers.CharField()
    pool_id = serializers.CharField(source="price.pool_id")
    pool = serializers.CharField(source="price.pool.name")
    slots = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    seconds = serializers.FloatField(
        help_text="Training time, exact to the microsecond; `seconds` × `slots` is billed."
    )
    unit_price = PerSlotSecondField(help_text="Price of one slot-second.")
    amount = MoneyField(
        source="amount_micros",
        help_text="Increase of the attempt's rounded total at this price; so each line is rounded once.",
    )
    currency = serializers.CharField(source="price.currency")
    billed_by = serializers.CharField(help_text="The checkpoint or model that holds this work.")
    kept_by = serializers.CharField(source="billed_by", help_text="Deprecated name of `billed_by`.")
    created_at = serializers.DateTimeField()

    def get_job_name(self, record: Any) -> str:
        return str(self.context["job_names"].get(record.job_id, ""))


class UsageSummaryFilterSerializer(StrictSerializer):
    """The month so far, or a period of at most 366 days; by default the last 30 days."""

    def get_fields(self) -> dict[str, Any]:  # `from` is no name that Python would take
        return {
            "by": NamedChoiceField(choices=[each.value for each in Dimension], default="pool"),
            "from": serializers.DateTimeField(required=False, help_text="Booked at this time or later."),
            "to": serializers.DateTimeField(required=False, help_text="Booked before this time; by default now."),
            "month": NamedChoiceField(
                choices=[CURRENT_MONTH],
                required=False,
                help_text="Instead of `from` and `to`: the present month so far, in the time zone of the invoices.",
            ),
        }


class UsageGroupSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Id of the pool, job, user or API key; empty: all others together.")
    name = serializers.CharField()
    amount = MoneyField(source="amount_micros")
    slot_seconds = serializers.FloatField()


class UsageOfDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text="Day in `time_zone` on which the usage was booked.")
    key = serializers.CharField()
    amount = MoneyField(source="amount_micros")
    slot_seconds = serializers.FloatField()


class UsageSummarySerializer(serializers.Serializer[Any]):
    amount = MoneyField(source="amount_micros")
    slot_seconds = serializers.FloatField()
    currency = serializers.CharField()
    time_zone = serializers.CharField(help_text="IANA time zone of the organization's billing profile.")
    groups = UsageGroupSerializer(many=True, help_text="The 12 groups with the highest cost, and all others together.")
    days = UsageOfDaySerializer(many=True, help_text="Days with usage, in order.")


class UsageTotalsSerializer(serializers.Serializer[Any]):
    """Totals of all records that the filter selects, not only of this page."""

    slot_seconds = serializers.FloatField()
    amount = MoneyField(source="amount_micros")
    currency = serializers.CharField()


class UsagePageSerializer(PageSerializer):
    data = UsageRecordSerializer(many=True)
    totals = UsageTotalsSerializer()


class UsageFilterSerializer(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:  # `from` is no name that Python would take
        return {
            "from": serializers.DateTimeField(required=False, help_text="Booked at this time or later."),
            "to": serializers.DateTimeField(required=False, help_text="Booked before this time."),
            "job": serializers.CharField(required=False, help_text="Only usage of this job."),
        }


class ExpirySerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    amount = MoneyField(source="micros", help_text="Amount that expires then, except what jobs have reserved of it.")


class OverdueSerializer(serializers.Serializer[Any]):
    invoice_id = serializers.CharField()
    number = serializers.CharField(source="invoice.number")
    stage = serializers.ChoiceField(
        choices=DunningCase.Stage.choices,
        help_text="Present stage. `no_new_jobs`: no job starts; `jobs_stopped`: running jobs stop, too.",
    )
    due_since = serializers.DateTimeField(source="opened_at")
    next_at = serializers.DateTimeField(allow_null=True, help_text="Time of the next step; null after the last.")


class OverdueStateSerializer(serializers.Serializer[Any]):
    overdue = OverdueSerializer(allow_null=True)


class WalletSerializer(serializers.Serializer[Any]):
    available = MoneyField(source="available_micros", help_text="Available balance, including the unused credit limit.")
    held = MoneyField(source="held_micros", help_text="Reserved by jobs.")
    spent = MoneyField(source="spent_micros", help_text="Spent so far.")
    paid = MoneyField(source="paid_micros", help_text="Remaining paid credit, including what jobs have reserved.")
    promotional = MoneyField(
        source="promotional_micros",
        help_text="Remaining promotional credit, which is used first, including what jobs have reserved.",
    )
    owed = MoneyField(
        source="owed_micros", help_text="Debt: usage beyond the credit, or chargebacks of spent payments."
    )
    credit_limit = MoneyField(source="credit_limit_micros", help_text="Most that may be owed.")
    next_expiry = ExpirySerializer(allow_null=True, help_text="Next expiry of credit; null: no credit expires.")
    currency = serializers.CharField()


class LedgerEntrySerializer(serializers.Serializer[Any]):
    account = serializers.ChoiceField(choices=LedgerAccount.Kind.choices, source="account.kind")
    amount = MoneyField(source="amount_micros", help_text="Signed change of the account's balance.")
    currency = serializers.CharField(source="account.currency")


class LedgerTransactionSerializer(serializers.Serializer[Any]):
    """Ledger transaction; its entries sum to zero."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=LedgerTransaction.Kind.choices)
    description = serializers.CharField()
    job_id = serializers.CharField(allow_blank=True, help_text="Id of the job; empty without one.")
    job_name = serializers.CharField(
        allow_null=True, default=None, help_text="Name of the job; null without one, and in the response to a credit."
    )
    created_at = serializers.DateTimeField()
    entries = LedgerEntrySerializer(many=True)


class LedgerPageSerializer(PageSerializer):
    data = LedgerTransactionSerializer(many=True)
