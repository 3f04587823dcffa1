"""Bodies about a job's position in the queue."""

from typing import Any

from rest_framework import serializers

from trainyard.api.v1.jobs.serializers import JOB_STATES
from trainyard.jobs.scheduling.wait_reasons import WaitCode


class WaitReasonSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=[code.value for code in WaitCode])
    message = serializers.CharField(source="sentence")
    numbers = serializers.DictField(
        child=serializers.FloatField(), help_text="Figures of the organization or of the whole pool."
    )


class EstimatedStartSerializer(serializers.Serializer[Any]):
    earliest = serializers.DateTimeField()
    latest = serializers.DateTimeField(help_text="Latest start, if all earlier jobs use their full time limits.")


class QueueSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=JOB_STATES)
    position = serializers.IntegerField(
        allow_null=True, help_text="Position among the organization's jobs in this pool, 1 is next; null if not queued."
    )
    waiting_for = serializers.ChoiceField(
        choices=["worker", "slot", "retry", "claim"],
        allow_null=True,
        help_text="`worker`: no suitable worker is up; `slot`: no suitable slot is free; `retry`: delay after a "
        "fault; `claim`: a worker is about to claim the job.",
    )
    message = serializers.CharField(help_text="The reasons, in sentences.")
    reasons = WaitReasonSerializer(
        many=True, help_text="Reasons for waiting, most important first; empty if not queued."
    )
    estimated_start = EstimatedStartSerializer(
        allow_null=True, help_text="Estimated start; null if it cannot be estimated."
    )
    estimated_wait_seconds = serializers.IntegerField(
        allow_null=True, help_text="Upper bound of the waiting time, by `estimated_start`; null if unknown."
    )
