"""What a list of jobs may be narrowed and sorted by."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import NamedChoiceField, StrictSerializer
from trainyard.api.v1.jobs.serializers import JOB_STATES, TASKS

NEWEST_FIRST, OLDEST_FIRST = "-created_at", "created_at"


class StatesField(serializers.CharField):
    """Job states, separated by commas."""

    def to_internal_value(self, data: Any) -> Any:
        states = super().to_internal_value(data).split(",")
        unknown = [state for state in states if state not in JOB_STATES]
        if unknown:
            raise serializers.ValidationError(
                f"{unknown[0]} is no state. States: {', '.join(JOB_STATES)}.", code="invalid_choice"
            )
        return states


class JobFilterSerializer(StrictSerializer):
    state = StatesField(required=False, help_text=f"Any of these, separated by commas: {', '.join(JOB_STATES)}.")
    architecture = serializers.CharField(required=False)
    task = serializers.ChoiceField(choices=TASKS, required=False)
    dataset_version = serializers.CharField(required=False)
    pool = serializers.CharField(required=False)
    search = serializers.CharField(required=False, max_length=120, help_text="A part of the name.")
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)
    sort = NamedChoiceField(
        choices=[NEWEST_FIRST, OLDEST_FIRST], required=False, help_text=f"`{NEWEST_FIRST}` unless told: newest first."
    )
