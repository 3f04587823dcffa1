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
        allow_null=True, help_text="Secret, shown in this response only; null in replays by an Idempotency-Key."
    )


class SandboxSerializer(serializers.Serializer[Any]):
    """Sandbox of the job processes on a worker."""

    kind = serializers.CharField(
        help_text="`namespaces`: processes see only their own files; `landlock`: they can open no others; `none`: no "
        "isolation of files.",
    )
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="A sentence for each protection that the host cannot provide."
    )


class BaseModelFactsSerializer(serializers.Serializer[Any]):
    """Facts about a registered language model, from which the memory and speed of a training are estimated."""

    parameters = serializers.IntegerField()
    context = serializers.IntegerField(  # type: ignore[assignment]  # the name of a property of every field
        allow_null=True, help_text="Maximum sequence length in tokens, if the model states one."
    )
    dtype = serializers.CharField(help_text="Data type of most of its weights.")
    stored_bytes = serializers.IntegerField(help_text="Size of its weights as stored, in bytes.")


class WorkerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    pool_id = serializers.CharField()
    pool = serializers.CharField(source="pool.name")
    state = serializers.ChoiceField(choices=Worker.State.choices)
    online = serializers.BooleanField(help_text="Whether a heartbeat arrived within the duration of a lease.")
    state_reason = serializers.CharField(help_text="Why it is out of service, if a reason was given.")
    retest_at = serializers.DateTimeField(
        allow_null=True,
        help_text="When a quarantined worker returns to service automatically; null: an operator has to return it.",
    )
    slots = serializers.IntegerField()
    labels = serializers.DictField(
        child=serializers.CharField(), help_text="The worker's own labels, in addition to those of its pool."
    )
    hardware = serializers.DictField(help_text="Hardware: kind, model, memory_bytes, cores, gpus and driver.")
    software = serializers.DictField()
    software_fingerprint = serializers.CharField(
        help_text="Hash of the software versions; equal for workers with the same software."
    )
    pretrained = serializers.ListField(
        child=serializers.CharField(), help_text="Names of the pretrained models on its disk at its last start."
    )
    pretrained_tasks = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Tasks that each of them can be fine-tuned for; a model is missing if the worker did not report "
        "them.",
    )
    base_models = serializers.DictField(
        child=BaseModelFactsSerializer(), help_text="Facts about the causal language models among them."
    )
    sandbox = SandboxSerializer(
        allow_null=True,
        help_text="Sandbox at its last start; null: a worker of an earlier release, which does not report it.",
    )
    registered_at = serializers.DateTimeField()
    last_heartbeat_at = serializers.DateTimeField()
    has_room = serializers.BooleanField(
        help_text="Whether its disk has space for another job; without it, it claims none."
    )


class AdminWorkerSerializer(WorkerSerializer):
    slots_taken = serializers.IntegerField(help_text="Slots in use; 0: a drained worker can be removed.")
    allowed_actions = serializers.ListField(
        child=serializers.ChoiceField(choices=sorted(ALLOWED_FROM)),
        help_text="Actions of this worker's API that are allowed in its state.",
    )


class AdminWorkerPageSerializer(PageSerializer):
    data = AdminWorkerSerializer(many=True)


class WorkerFilterSerializer(StrictSerializer):
    pool = serializers.CharField(required=False, help_text="Id of a pool.")
    state = NamedChoiceField(choices=Worker.State.choices, required=False)
