"""Bodies of the operators' API."""

from typing import Any

from pydantic import TypeAdapter, ValidationError
from rest_framework import serializers

from trainyard.api.serializers import AmountField, PageSerializer, StrictSerializer
from trainyard.api.v1.billing.serializers import PerSlotSecondField, PriceSerializer, WalletSerializer
from trainyard.api.v1.organization.api_keys import IssuedApiKeySerializer
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.billing.wallet.granting import KINDS as CREDIT_KINDS
from trainyard.billing.wallet.granting import MAX_PRIORITY
from trainyard.jobs.scheduling.priority import PriorityTier
from trainyard.pools.models import MAX_WEIGHT, MIN_WEIGHT, Pool, Worker
from trainyard.pools.operations import ALLOWED_FROM
from trainyard_spec.training import Labels

LABELS: TypeAdapter[dict[str, str]] = TypeAdapter(Labels)


class OrganizationCreateSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    owner_email = serializers.EmailField(max_length=254)


class CreatedOrganizationSerializer(OrganizationSerializer):
    api_key = IssuedApiKeySerializer(help_text="The organization's first key, with the role of an owner.")


class AdminOrganizationSerializer(OrganizationSerializer):
    wallet = WalletSerializer()


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
    kind = serializers.ChoiceField(choices=sorted(CREDIT_KINDS))
    priority = serializers.IntegerField(
        min_value=0,
        max_value=MAX_PRIORITY,
        required=False,
        default=None,
        allow_null=True,
        help_text="The lower is used first; left out: 50 of promotional credit, 100 of paid.",
    )
    expires_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class PoolSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    slot_kind = serializers.ChoiceField(choices=Pool.SlotKind.choices)
    state = serializers.ChoiceField(choices=Pool.State.choices)
    preemptible = serializers.BooleanField(
        help_text="Its workers may go at any time; only jobs with resources.preemptible run here."
    )
    labels = serializers.DictField(child=serializers.CharField(), help_text="Labels of all its workers.")
    created_at = serializers.DateTimeField()


class AdminPoolSerializer(PoolSerializer):
    workers_count = serializers.IntegerField(help_text="Workers that have not been removed.")
    slots_count = serializers.IntegerField(help_text="Slots of these workers.")
    price = PriceSerializer(allow_null=True)
    upcoming_prices = PriceSerializer(many=True)


class AdminPoolPageSerializer(PageSerializer):
    data = AdminPoolSerializer(many=True)


class PoolCreateSerializer(StrictSerializer):
    name = serializers.SlugField(max_length=63)
    slot_kind = serializers.ChoiceField(choices=Pool.SlotKind.choices)
    preemptible = serializers.BooleanField(default=False)
    price_per_slot_second = PerSlotSecondField()


class LabelsField(serializers.DictField):
    """Names and values of letters, digits, dots, dashes and underscores."""

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
    """What an organization may have of a pool."""

    pool = serializers.CharField(source="pool.name")
    weight = serializers.FloatField()
    guaranteed_slots = serializers.IntegerField()
    max_running_jobs = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")
    max_queued_jobs = serializers.IntegerField(allow_null=True, help_text="Null: the platform's limit.")
    used_slot_seconds = serializers.FloatField(help_text="By ended attempts, decayed to used_at.")
    used_at = serializers.DateTimeField(allow_null=True)


class QuotaPageSerializer(PageSerializer):
    data = QuotaSerializer(many=True)


class QuotaChangeSerializer(StrictSerializer):
    """What is left out stays as it is."""

    pool = serializers.CharField(help_text="Name of a pool.")
    weight = serializers.FloatField(min_value=MIN_WEIGHT, max_value=MAX_WEIGHT, required=False)
    guaranteed_slots = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    max_running_jobs = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)
    max_queued_jobs = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, allow_null=True)


class PoolChangeSerializer(StrictSerializer):
    """What is left out stays as it is."""

    labels = LabelsField(required=False, help_text="Labels of all its workers.")

    state = serializers.ChoiceField(
        choices=Pool.State.choices, required=False, help_text="closed: takes no new jobs; those it has go on."
    )
    preemptible = serializers.BooleanField(required=False)


class PriceCreateSerializer(StrictSerializer):
    per_slot_second = PerSlotSecondField()
    preemptible = serializers.BooleanField(
        default=False, help_text="Of jobs with resources.preemptible; without such a price they pay the other."
    )
    currency = serializers.CharField(
        max_length=3, required=False, default=None, allow_null=True, help_text="Left out: the platform's."
    )
    effective_from = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="Left out: from now on. Never in the past."
    )


class EnrolmentTokenCreateSerializer(StrictSerializer):
    expires_in_seconds = serializers.IntegerField(min_value=60, max_value=7 * 86_400, default=3_600)


class EnrolmentTokenSerializer(serializers.Serializer[Any]):
    """Lets one worker join the pool, once."""

    id = serializers.CharField()
    pool_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class IssuedEnrolmentTokenSerializer(EnrolmentTokenSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Shown this once; null where an Idempotency-Key replays the answer."
    )


class SandboxSerializer(serializers.Serializer[Any]):
    """What stands around the processes of jobs on a worker."""

    kind = serializers.CharField(
        help_text="namespaces: they see their own files alone; landlock: they open no others; none: they can.",
    )
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="A sentence for each wall that the host cannot build."
    )


class BaseModelFactsSerializer(serializers.Serializer[Any]):
    """What a training of a registered language model takes is told from this."""

    parameters = serializers.IntegerField()
    context = serializers.IntegerField(  # type: ignore[assignment]  # the name of a property of every field
        allow_null=True, help_text="Its longest input in tokens, where it states one."
    )
    dtype = serializers.CharField(help_text="The data type that most of its weights are stored in.")
    stored_bytes = serializers.IntegerField(help_text="What its weights take as they are stored.")


class WorkerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    pool_id = serializers.CharField()
    pool = serializers.CharField(source="pool.name")
    state = serializers.ChoiceField(choices=Worker.State.choices)
    online = serializers.BooleanField(help_text="Was heard of within the time of a lease.")
    state_reason = serializers.CharField(help_text="Why it is out of service, where that was said.")
    retest_at = serializers.DateTimeField(
        allow_null=True, help_text="When a quarantined one is tried again by itself; null: it waits for an operator."
    )
    slots = serializers.IntegerField()
    labels = serializers.DictField(child=serializers.CharField(), help_text="Its own, beside those of its pool.")
    hardware = serializers.DictField(help_text="kind, model, memory_bytes, cores, gpus and driver.")
    software = serializers.DictField()
    software_fingerprint = serializers.CharField(help_text="The same for workers on the same software.")
    pretrained = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the pretrained models on its disk, as of its last start."
    )
    pretrained_tasks = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What each of them can learn; of one that is missing here its worker did not tell.",
    )
    base_models = serializers.DictField(
        child=BaseModelFactsSerializer(), help_text="What is known of the causal language models among them."
    )
    sandbox = SandboxSerializer(
        allow_null=True, help_text="As of its last start; null: not told by an earlier release."
    )
    registered_at = serializers.DateTimeField()
    last_heartbeat_at = serializers.DateTimeField()
    has_room = serializers.BooleanField(help_text="Its disk has room for another job; without, it takes none.")


class AdminWorkerSerializer(WorkerSerializer):
    slots_taken = serializers.IntegerField(help_text="0: nothing runs here, so a drained worker can be removed.")
    allowed_actions = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(ALLOWED_FROM)), help_text="Calls below this worker, in its state."
    )


class AdminWorkerPageSerializer(PageSerializer):
    data = AdminWorkerSerializer(many=True)


class WorkerFilterSerializer(StrictSerializer):
    pool = serializers.CharField(required=False, help_text="Id of a pool.")
    state = serializers.ChoiceField(choices=Worker.State.choices, required=False)


PRIORITY_TIERS = [tier.name.lower() for tier in PriorityTier]


class InQueueSerializer(serializers.Serializer[Any]):
    """An organization that holds slots of the pool or waits for some."""

    id = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.FloatField()
    guaranteed_slots = serializers.IntegerField()
    fair_slots = serializers.FloatField(help_text="Its max-min fair share by weight of the slots that are up.")
    held_slots = serializers.IntegerField()
    running_jobs = serializers.IntegerField()
    max_running_jobs = serializers.IntegerField(allow_null=True, help_text="Null: no limit.")
    used_slot_seconds = serializers.FloatField(help_text="Decayed use up to now, by which fair shares are kept.")
    queued_jobs = serializers.IntegerField()
    queued_slots = serializers.IntegerField()
    oldest_queued_at = serializers.DateTimeField(allow_null=True)
    next_job = serializers.CharField(
        allow_null=True,
        help_text="Its job that is next; null where none may start: none is queued, or all wait out a fault.",
    )
    priority_tier = serializers.ChoiceField(
        choices=PRIORITY_TIERS,
        allow_null=True,
        help_text="Why that job comes when it does: its organization starves, is within what it is guaranteed, or "
        "takes its turn by fair share.",
    )
    turn = serializers.ChoiceField(
        source="priority_tier",
        choices=PRIORITY_TIERS,
        allow_null=True,
        help_text="Earlier name of `priority_tier`, which says the same.",
    )


class PoolQueueSerializer(serializers.Serializer[Any]):
    pool = serializers.CharField(source="pool.name")
    pool_id = serializers.CharField(source="pool.id")
    workers_up = serializers.IntegerField()
    slots = serializers.IntegerField(help_text="Of the workers that are up.")
    slots_taken = serializers.IntegerField()
    queued_jobs = serializers.IntegerField()
    queued_slots = serializers.IntegerField()
    organizations = InQueueSerializer(many=True, help_text="In the order in which their next jobs come.")


class PoolQueuePageSerializer(PageSerializer):
    data = PoolQueueSerializer(many=True)


class QueueFilterSerializer(StrictSerializer):
    pool = serializers.CharField(required=False, help_text="Name of a pool.")
