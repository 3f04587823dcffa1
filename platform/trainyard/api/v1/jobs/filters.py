"""Filters and sort orders of a list of jobs."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from trainyard.api.serializers import NamedChoiceField, StrictSerializer
from trainyard.api.v1.jobs.serializers import JOB_STATES, TASKS
from trainyard.jobs.sorting import sort_of

NEWEST_FIRST, OLDEST_FIRST = "-created_at", "created_at"
MAX_IDS = 200
MAX_COMPARED = 50


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


class SortField(serializers.CharField):
    """Sort key of jobs; a leading minus sorts in descending order."""

    def to_internal_value(self, data: Any) -> Any:
        sort = sort_of(super().to_internal_value(data))
        if sort is None:
            raise serializers.ValidationError(
                "Jobs are sorted by created_at, name, finished_at, metrics.<name> or test_metrics.<name>, "
                "with a minus before it from the greatest down.",
                code="invalid_choice",
            )
        return sort


class IdsField(serializers.CharField):
    """Comma-separated ids, at most ``most`` of them."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(allow_blank=True, help_text=f"Ids of jobs, at most {most}, separated by commas.", **options)
        self.most = most

    def run_validation(self, data: Any = empty) -> Any:
        # The checks of a text (no null character) are made on the text: split before them, they would see a list.
        text = super().run_validation(data)
        ids = [job_id for job_id in text.split(",") if job_id] if isinstance(text, str) else []
        if not ids and self.required:
            raise serializers.ValidationError(f"Name 1 to {self.most} jobs.", code="required")
        if len(ids) > self.most:
            raise serializers.ValidationError(f"{self.most} ids at most.", code="max_length")
        return list(dict.fromkeys(ids))


class JobFilterSerializer(StrictSerializer):
    ids = IdsField(required=False, most=MAX_IDS)
    state = StatesField(required=False, help_text=f"States, separated by commas: {', '.join(JOB_STATES)}.")
    architecture = serializers.CharField(required=False)
    task = NamedChoiceField(choices=TASKS, required=False)
    dataset_version = serializers.CharField(required=False)
    pool = serializers.CharField(required=False)
    init_from = serializers.CharField(required=False, help_text="Only jobs that start from this model.")
    search = serializers.CharField(required=False, max_length=120, help_text="Part of the name.")
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)
    changed_since = serializers.DateTimeField(
        required=False, help_text="Only jobs that have changed since; pass `as_of` of the previous response."
    )
    sort = SortField(
        required=False,
        help_text=f"Sort key, by default `{NEWEST_FIRST}`; also `name`, `finished_at`, `metrics.val_loss` or "
        "`test_metrics.accuracy`. A leading minus sorts in descending order.",
    )
    total = serializers.BooleanField(required=False, help_text="Whether to count all jobs that match the filters.")


class ComparedJobsSerializer(serializers.Serializer[Any]):
    ids = IdsField(most=MAX_COMPARED)


class LogFilterSerializer(StrictSerializer):
    search = serializers.CharField(required=False, max_length=200, help_text="Part of the line.")
    level = NamedChoiceField(choices=["info", "warning", "error"], required=False)
    sort = NamedChoiceField(
        choices=[NEWEST_FIRST, OLDEST_FIRST],
        required=False,
        help_text=f"Sort order; by default `{NEWEST_FIRST}`, newest first.",
    )
