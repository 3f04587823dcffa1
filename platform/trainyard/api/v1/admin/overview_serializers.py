"""Bodies of the operators' overview of all organizations."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import MoneyField, NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.overview.health import HealthLevel
from trainyard.overview.revenue import KINDS
from trainyard.pools.models import MAX_WEIGHT, MIN_WEIGHT
from trainyard.tenants.models import Organization
from trainyard_spec.states import JobState

JOB_STATES = [str(state) for state in JobState]
MOST_HOURS = 24 * 7
MOST_DAYS = 366


class OrganizationRefSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()


class OrganizationFilterSerializer(StrictSerializer):
    search = serializers.CharField(required=False, help_text="Part of the name.")
    state = NamedChoiceField(choices=Organization.State.choices, required=False)


class AdminJobSerializer(serializers.Serializer[Any]):
    """Job of any organization: its state, resources and times, without its spec, data and metrics."""

    id = serializers.CharField()
    name = serializers.CharField()
    organization = OrganizationRefSerializer()
    state = serializers.ChoiceField(choices=JOB_STATES)
    reason = serializers.CharField()
    task = serializers.CharField()
    architecture = serializers.CharField()
    pool = serializers.CharField(source="pool.name")
    slots = serializers.IntegerField()
    priority = serializers.IntegerField()
    preemptible = serializers.BooleanField()
    attempts_count = serializers.IntegerField(source="fence")
    step = serializers.IntegerField()
    total_steps = serializers.IntegerField(allow_null=True)
    error_code = serializers.SerializerMethodField(help_text="Error code of a failed job, else null.")
    billed = serializers.SerializerMethodField()
    currency = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_error_code(self, job: Any) -> str | None:
        return job.error["code"] if job.error else None

    def get_billed(self, job: Any) -> str:
        return MoneyField().to_representation(self._bill(job)[0])

    def get_currency(self, job: Any) -> str:
        return self._bill(job)[1]

    def _bill(self, job: Any) -> tuple[int, str]:
        bills: dict[str, tuple[int, str]] = self.context["bills"]
        return bills.get(job.id, (0, self.context["currency"]))


class AdminJobPageSerializer(PageSerializer):
    data = AdminJobSerializer(many=True)


class AdminJobFilterSerializer(StrictSerializer):
    state = NamedChoiceField(choices=JOB_STATES, required=False)
    organization = serializers.CharField(required=False, help_text="Id of an organization.")
    pool = serializers.CharField(required=False, help_text="Name or id of a pool.")
    search = serializers.CharField(required=False, help_text="Part of the name.")


class CapacityFilterSerializer(StrictSerializer):
    hours = serializers.IntegerField(min_value=1, max_value=MOST_HOURS, default=24)


class BucketSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    slots_taken = serializers.FloatField(
        source="taken", help_text="Average number of slots in use until the next point."
    )


class PoolCapacitySerializer(serializers.Serializer[Any]):
    pool_id = serializers.CharField(source="pool.id")
    pool = serializers.CharField(source="pool.name")
    state = serializers.CharField(source="pool.state")
    slots = serializers.IntegerField(help_text="Slots of its workers that are up.")
    slots_taken = serializers.IntegerField()
    utilization = serializers.FloatField(
        allow_null=True, help_text="Utilization, 0 to 1; null for a pool without slots."
    )
    workers = serializers.DictField(
        child=serializers.IntegerField(), help_text="Number of workers that are up, by state."
    )
    workers_offline = serializers.IntegerField(
        help_text="Enrolled workers without a heartbeat within the duration of a lease."
    )
    series = BucketSerializer(source="buckets", many=True)


class CapacitySerializer(serializers.Serializer[Any]):
    data: Any = PoolCapacitySerializer(many=True)


class RevenueFilterSerializer(StrictSerializer):
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=30)


class CurrencyTotalSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    amount = MoneyField(source="micros")


class RevenueDaySerializer(CurrencyTotalSerializer):
    day = serializers.DateField(help_text="Day (UTC) on which the usage was booked.")
    kind = serializers.ChoiceField(
        choices=KINDS, help_text="Kind of charge; `corrections` are credit notes and void invoices."
    )
    pool = serializers.CharField(help_text="Pool, for training; else empty.")


class RevenueCustomerSerializer(CurrencyTotalSerializer):
    organization_id = serializers.CharField(source="id")
    organization = serializers.CharField(source="name")


class RevenueSerializer(serializers.Serializer[Any]):
    totals = CurrencyTotalSerializer(many=True)
    data: Any = RevenueDaySerializer(many=True)
    customers = RevenueCustomerSerializer(many=True, help_text="Organizations that were billed most, at most 20.")


class HealthCheckSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    level = serializers.ChoiceField(choices=[str(level) for level in HealthLevel])
    count = serializers.IntegerField(
        allow_null=True, help_text="Number of objects that the check counts; null for checks that count nothing."
    )
    oldest = serializers.DateTimeField(allow_null=True, help_text="Time of the oldest of these objects.")
    details = serializers.ListField(child=serializers.CharField())


class HealthSerializer(serializers.Serializer[Any]):
    level = serializers.ChoiceField(
        choices=[str(level) for level in HealthLevel], help_text="Worst level of all checks."
    )
    data: Any = HealthCheckSerializer(many=True)


class WhatIfSerializer(StrictSerializer):
    """A pool, and hypothetical weights of organizations in it."""

    pool = serializers.CharField(help_text="Name or id of a pool.")
    weights = serializers.DictField(
        child=serializers.FloatField(min_value=MIN_WEIGHT, max_value=MAX_WEIGHT),
        help_text="Weight per organization id; other organizations keep theirs.",
    )


class ImpersonateSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300, help_text="Reason, shown to the organization.")


class ImpersonatedSerializer(serializers.Serializer[Any]):
    organization_id = serializers.CharField()
    ends_at = serializers.DateTimeField()


class WorkerReasonSerializer(StrictSerializer):
    reason = serializers.CharField(
        max_length=400, required=False, default="", allow_blank=True, help_text="Shown as `state_reason`."
    )


class QuarantineSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=400, help_text="Shown as `state_reason`.")
