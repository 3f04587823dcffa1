"""Bodies of workers and of enrolment tokens."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.pools.models import Worker
from trainyard.pools.operations import ALLOWED_FROM


class EnrolmentTokenCreateSerializer(StrictSerializer):
    expires_in_seconds = serializers.IntegerField(min_value=60, max_value=7 * 86_400, default=3_600)


class EnrolmentTokenSerializer(serializers.Serializer[Any]):
    """One-time token with which one worker joins the pool."""

    id = serializers.CharField()
    pool_id = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class IssuedEnrolmentTokenSerializer(EnrolmentTokenSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Shown this once; null where an Idempotency-Key replays the answer."
    )


class SandboxSerializer(serializers.Serializer[Any]):
    """Sandbox of the job processes on a worker."""

    kind = serializers.CharField(
        help_text="namespaces: they see their own files alone; landlock: they open no others; none: they can.",
    )
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="A sentence for each wall that the host cannot build."
    )


class BaseModelFactsSerializer(serializers.Serializer[Any]):
    """Facts about a registered language model, from which the memory and speed of a training are estimated."""

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
    state = NamedChoiceField(choices=Worker.State.choices, required=False)
