"""Bodies of the operators' API."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.object_actions import ADMIN_ORGANIZATION_ACTIONS, ADMIN_POOL_ACTIONS
from trainyard.api.serializers import AmountField, NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.api.v1.billing.serializers import PerSlotSecondField, PriceSerializer, WalletSerializer
from trainyard.api.v1.organization.api_keys import IssuedApiKeySerializer
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.billing.wallet.granting import KINDS as CREDIT_KINDS
from trainyard.billing.wallet.granting import MAX_PRIORITY
from trainyard.jobs.scheduling.priority import PriorityTier
from trainyard.pools.models import MAX_WEIGHT, MIN_WEIGHT, Pool
from trainyard_spec.training import Labels

LABELS: TypeAdapter[dict[str, str]] = TypeAdapter(Labels)


class OrganizationCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    owner_email = serializers.EmailField(max_length=254)


class CreatedOrganizationSerializer(OrganizationSerializer):
    api_key = IssuedApiKeySerializer(help_text="The organization's first key, with the role of an owner.")


class AdminOrganizationSerializer(OrganizationSerializer):
    wallet = WalletSerializer()
    allowed_actions = AllowedActionsField(ADMIN_ORGANIZATION_ACTIONS)


class AdminOrganizationPageSerializer(PageSerializer):
    data = AdminOrganizationSerializer(many=True)


class LimitsSerializer(StrictSerializer):
    max_stored_bytes = serializers.IntegerField(
        min_value=0, max_value=2**60, required=False, allow_null=True, help_text="Of uploads. Null: the platform's."
    )
    max_bytes_in_flight = serializers.IntegerField(
        min_value=0, max_value=2**60, required=False, allow_null=True, help_text="Of uploads. Null: the platform's."
    )


class CreditSerializer(StrictSerializer):
    amount = AmountField()
    kind = NamedChoiceField(choices=sorted(CREDIT_KINDS))
    priority = serializers.IntegerField(
        min_value=0,
        max_value=MAX_PRIORITY,
        required=False,
        default=None,
        allow_null=True,
        help_text="Priority; lower numbers are used first. Default: 50 for promotional credit, 100 for paid credit.",
    )
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class PoolSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    slot_kind = serializers.ChoiceField(choices=Pool.SlotKind.choices)
    state = serializers.ChoiceField(choices=Pool.State.choices)
    preemptible = serializers.BooleanField(
        help_text="Whether its workers may be withdrawn at any time; only jobs with `resources.preemptible` run here."
    )
    labels = serializers.DictField(child=serializers.CharField(), help_text="Labels of all its workers.")
    created_at = serializers.DateTimeField()


class AdminPoolSerializer(PoolSerializer):
    workers_count = serializers.IntegerField(help_text="Number of workers that have not been removed.")
    slots_count = serializers.IntegerField(help_text="Number of slots of these workers.")
    price = PriceSerializer(allow_null=True)
    upcoming_prices = PriceSerializer(many=True)
    allowed_actions = AllowedActionsField(ADMIN_POOL_ACTIONS)


class AdminPoolPageSerializer(PageSerializer):
    data = AdminPoolSerializer(many=True)


class PoolCreateSerializer(StrictSerializer):
    name = serializers.SlugField(max_length=63)
    slot_kind = NamedChoiceField(choices=Pool.SlotKind.choices)
    preemptible = serializers.BooleanField(default=False)
    price_per_slot_second = PerSlotSecondField()


class LabelsField(serializers.DictField):
    """Labels: keys and values of letters, digits, dots, dashes and underscores."""

    child = serializers.CharField(max_length=63)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        labels: dict[str, str] = super().to_internal_value(data)
        try:
            return LABELS.validate_python(labels)
        except ValidationError:
            message = "At most 8 labels, of letters, digits, dots, dashes and underscores, 63 characters each."
            raise serializers.ValidationError(message, code="invalid") from None


class LabelsSerializer(StrictSerializer):
    labels = LabelsField()


class QuotaSerializer(serializers.Serializer[Any]):
    """Quota of an organization in a pool: weight, guaranteed slots, and limits of running and queued jobs."""

    pool = serializers.CharField(source="pool.name")
    weight = serializers.FloatField()
    guaranteed_slots = serializers.IntegerField()
    max_running_jobs = serializers.IntegerField(
        allow_null=True, help_text="Maximum number of running jobs; null: no limit."
    )
    max_queued_jobs = serializers.IntegerField(
        allow_null=True, help_text="Maximum number of queued jobs; null: the platform's limit."
    )
    used_slot_seconds = serializers.FloatField(help_text="Usage of ended attempts, decayed to `used_at`.")
    used_at = serializers.DateTimeField(allow_null=True)


class QuotaPageSerializer(PageSerializer):
    data = QuotaSerializer(many=True)


class QuotaChangeSerializer(StrictSerializer):
    """Change of a quota; fields that are left out stay unchanged."""

    pool = serializers.CharField(help_text="Name of a pool.")
    weight = serializers.FloatField(min_value=MIN_WEIGHT, max_value=MAX_WEIGHT, required=False)
    guaranteed_slots = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    max_running_jobs = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    max_queued_jobs = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)


class PoolChangeSerializer(StrictSerializer):
    """Change of a pool; fields that are left out stay unchanged."""

    labels = LabelsField(required=False, help_text="Labels of all its workers.")

    state = NamedChoiceField(
        choices=Pool.State.choices,
        required=False,
        help_text="`closed`: accepts no new jobs; its present jobs continue.",
    )
    preemptible = serializers.BooleanField(required=False)


class PriceCreateSerializer(StrictSerializer):
    per_slot_second = PerSlotSecondField()
    preemptible = serializers.BooleanField(
        default=False,
        help_text="Whether it is for jobs with `resources.preemptible`; without such a price they pay "
        "the on-demand price.",
    )
    currency = serializers.CharField(
        max_length=3, required=False, default=None, allow_null=True, help_text="Left out: the platform's."
    )
    effective_from = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="Start of validity, not in the past; by default now."
    )


PRIORITY_TIERS = [tier.name.lower() for tier in PriorityTier]


class InQueueSerializer(serializers.Serializer[Any]):
    """An organization that holds slots of the pool or has queued jobs there."""

    id = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.FloatField()
    guaranteed_slots = serializers.IntegerField()
    fair_slots = serializers.FloatField(help_text="Weighted max-min fair share of the slots of workers that are up.")
    held_slots = serializers.IntegerField()
    running_jobs = serializers.IntegerField()
    max_running_jobs = serializers.IntegerField(
        allow_null=True, help_text="Maximum number of running jobs; null: no limit."
    )
    used_slot_seconds = serializers.FloatField(
        help_text="Decayed usage up to now, by which the fair share is computed."
    )
    queued_jobs = serializers.IntegerField()
    queued_slots = serializers.IntegerField()
    oldest_queued_at = serializers.DateTimeField(allow_null=True)
    next_job = serializers.CharField(
        allow_null=True,
        help_text="Next job of the organization; null if no job is queued, or all wait for the delay after a fault.",
    )
    priority_tier = serializers.ChoiceField(
        choices=PRIORITY_TIERS,
        allow_null=True,
        help_text="Why that job has its place: its organization is starving, is within its guaranteed slots, or is "
        "ordered by fair share.",
    )
    turn = serializers.ChoiceField(
        source="priority_tier",
        choices=PRIORITY_TIERS,
        allow_null=True,
        help_text="Deprecated name of `priority_tier`.",
    )


class PoolQueueSerializer(serializers.Serializer[Any]):
    pool = serializers.CharField(source="pool.name")
    pool_id = serializers.CharField(source="pool.id")
    workers_up = serializers.IntegerField()
    slots = serializers.IntegerField(help_text="Slots of the workers that are up.")
    slots_taken = serializers.IntegerField()
    queued_jobs = serializers.IntegerField()
    queued_slots = serializers.IntegerField()
    organizations = InQueueSerializer(many=True, help_text="Organizations in the order in which their next jobs start.")


class PoolQueuePageSerializer(PageSerializer):
    data = PoolQueueSerializer(many=True)


class QueueFilterSerializer(StrictSerializer):
    pool = serializers.CharField(required=False, help_text="Name of a pool.")
