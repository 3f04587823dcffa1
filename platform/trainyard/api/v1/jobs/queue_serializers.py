"""Bodies about a job's position in the queue."""

from typing import Any

from rest_framework import serializers

from trainyard.api.v1.jobs.serializers import JOB_STATES
from trainyard.jobs.scheduling.wait_reasons import WaitCode


class WaitReasonSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=[code.value for code in WaitCode])
    message = serializers.CharField(source="sentence")
    numbers = serializers.DictField(
        child=serializers.FloatField(), help_text="Of the organization, or of the pool as a whole."
    )


class EstimatedStartSerializer(serializers.Serializer[Any]):
    earliest = serializers.DateTimeField()
    latest = serializers.DateTimeField(help_text="If all jobs that come first take as long as they may.")


class QueueSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=JOB_STATES)
    position = serializers.IntegerField(
        allow_null=True, help_text="1 is next among the organization's jobs of this pool; null when not queued."
    )
    waiting_for = serializers.ChoiceField(
        choices=["worker", "slot", "retry", "claim"],
        allow_null=True,
        help_text="worker: none is up that could take it; slot: none is free for it; retry: it waits a while after a "
        "fault; claim: a worker takes the job any moment.",
    )
    message = serializers.CharField(help_text="The reasons, in sentences.")
    reasons = WaitReasonSerializer(many=True, help_text="What weighs most first; empty when not queued.")
    estimated_start = EstimatedStartSerializer(allow_null=True, help_text="Null where nothing can be known.")
    estimated_wait_seconds = serializers.IntegerField(
        allow_null=True, help_text="At most, by estimated_start; null where nothing can be known."
    )
