"""Bodies of jobs."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard.api.serializers import AmountField, MoneyField, PageSerializer, StrictSerializer
from trainyard.api.v1.jobs.fields import ResolvedTrainingField, SpecField, VerdictField
from trainyard.core.money import MICROS_PER_UNIT, MICROSECONDS_PER_SECOND
from trainyard.jobs.accounting.billing_breakdown import FREE_REASONS
from trainyard.jobs.lifecycle.allowed_actions import JobAction
from trainyard_spec.states import AttemptState, JobState, Reason
from trainyard_spec.tasks import Task
from trainyard_spec.training import MAX_COST

JOB_STATES = [state.value for state in JobState]
TASKS = [task.value for task in Task]
MAX_BULK_CANCEL = 100


@extend_schema_field({"type": "number", "examples": [12.345678]})
class SecondsField(serializers.Field[Any, Any, float, Any]):
    """Seconds in JSON, exact to the microsecond; microseconds internally."""

    def to_representation(self, value: int) -> float:
        return value / MICROSECONDS_PER_SECOND


@extend_schema_field({"type": "string", "format": "decimal", "examples": ["0.000100000"]})
class UnitPriceField(serializers.Field[Any, Any, str, Any]):
    """Price of one slot-second, with all decimals."""

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class JobProgressSerializer(serializers.Serializer[Any]):
    epoch = serializers.IntegerField(help_text="Number of finished epochs.")
    step = serializers.IntegerField(help_text="Number of optimizer steps.")
    total_steps = serializers.IntegerField(
        allow_null=True, help_text="Total number of optimizer steps, known once training has started."
    )
    epochs = serializers.IntegerField(
        allow_null=True, help_text="Epochs of the whole training; if `auto`, known once it has started."
    )
    percent = serializers.FloatField(help_text="0 to 100.")
    eta_seconds = serializers.IntegerField(
        allow_null=True, help_text="Estimated remaining seconds, by the measured speed, while training."
    )


class JobMetricsSerializer(serializers.Serializer[Any]):
    latest = serializers.DictField(
        child=serializers.FloatField(allow_null=True),
        help_text="Newest value of each series; null means NaN.",
    )


class JobCostSerializer(serializers.Serializer[Any]):
    billed = MoneyField(source="billed_micros", help_text="Billed for durable work.")
    held = MoneyField(source="held_micros", help_text="Amount still reserved.")
    cap = MoneyField(source="cap_micros", help_text="Most that the job can cost.")
    currency = serializers.CharField(help_text="ISO 4217.")


class JobErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable, machine-readable code.")
    message = serializers.CharField()
    hint = serializers.CharField()


class JobSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=JOB_STATES)
    reason = serializers.CharField(
        help_text=f"Why the job is in its state; later releases may add values to: {', '.join(Reason)}."
    )
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    first_step_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    spec = SpecField()
    dataset_version = serializers.CharField()
    init_from = serializers.CharField(allow_null=True, help_text="Id of the model from which training starts.")
    architecture = serializers.CharField()
    task = serializers.ChoiceField(choices=TASKS)
    pool = serializers.CharField()
    priority = serializers.IntegerField()
    progress = JobProgressSerializer()
    resolved_training = ResolvedTrainingField(
        allow_null=True, help_text="Resolved values of `auto`, known once training has started."
    )
    metrics = JobMetricsSerializer()
    test_metrics = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    verdict = VerdictField(
        allow_null=True,
        help_text="Comparison with baselines; null until the job has succeeded, and for jobs of earlier releases.",
    )
    attempts = serializers.IntegerField(help_text="Number of attempts so far.")
    checkpoints_count = serializers.IntegerField()
    model_id = serializers.CharField(allow_null=True)
    allowed_actions = serializers.ListField(
        child=serializers.CharField(),
        help_text=f"Actions that the job's state and the caller's role and scopes allow, of {', '.join(JobAction)}.",
    )
    cost = JobCostSerializer()
    error = JobErrorSerializer(allow_null=True)


class JobPageSerializer(PageSerializer):
    data = JobSerializer(many=True)
    total = serializers.IntegerField(
        allow_null=True, help_text="Number of jobs on all pages, if `total` was requested."
    )
    as_of = serializers.DateTimeField(help_text="Value for `changed_since` to get only later changes.")


class ResumeSerializer(StrictSerializer):
    """New limits for the job, in place of those that stopped it; all optional."""

    max_cost = AmountField(required=False, most_micros=MAX_COST * MICROS_PER_UNIT)
    max_runtime_seconds = serializers.IntegerField(min_value=1, max_value=30 * 86_400, required=False)
    auto_resume = serializers.BooleanField(
        required=False,
        help_text="Whether it resumes automatically, after it stopped for lack of funds, when there are funds.",
    )


class BulkCancelSerializer(StrictSerializer):
    ids = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=MAX_BULK_CANCEL)


class BulkCancelItemSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=JOB_STATES, allow_null=True, help_text="State of the job; null if the job does not exist."
    )
    error = JobErrorSerializer(allow_null=True, help_text="Why the job could not be cancelled or paused.")


class DataSerializer(serializers.Serializer[Any]):
    # An envelope without paging; subclasses add ``data``.

    if TYPE_CHECKING:
        data: Any  # a field here, the serialized whole in the base class


class BulkCancelResultSerializer(DataSerializer):
    data = BulkCancelItemSerializer(many=True)


class EventSerializer(serializers.Serializer[Any]):
    if TYPE_CHECKING:
        data: Any

    sequence = serializers.IntegerField(help_text="Number within the job, from 1.")
    type = serializers.CharField()
    from_state = serializers.CharField(help_text="State of the job; empty if the event did not change it.")
    to_state = serializers.CharField(help_text="State of the job; empty if the event did not change it.")
    reason = serializers.CharField(source="reason_of_today", help_text="Reason of the transition, or empty.")
    attempt = serializers.IntegerField(source="fence", help_text="Number of the attempt; 0 before the first.")
    data = serializers.DictField()
    created_at = serializers.DateTimeField()


class EventPageSerializer(PageSerializer):
    data = EventSerializer(many=True)


class LogLineSerializer(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(source="fence")
    level = serializers.ChoiceField(choices=["info", "warning", "error"])
    message = serializers.CharField()
    created_at = serializers.DateTimeField()


class LogPageSerializer(PageSerializer):
    data = LogLineSerializer(many=True)


class CheckpointSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    attempt = serializers.IntegerField(source="attempt.fence")
    step = serializers.IntegerField()
    epoch = serializers.IntegerField()
    bytes = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    pruned_at = serializers.DateTimeField(
        allow_null=True, help_text="When its files were deleted; null while they exist."
    )


class CheckpointPageSerializer(PageSerializer):
    data = CheckpointSerializer(many=True)


class AttemptSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    attempt = serializers.IntegerField(source="fence", help_text="Number within the job, from 1.")
    state = serializers.ChoiceField(choices=[state.value for state in AttemptState])
    reason = serializers.CharField()
    error_code = serializers.CharField(help_text="Code of the fault that ended it; empty without one.")
    worker = serializers.CharField(source="worker_id")
    claimed_at = serializers.DateTimeField()
    training_started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    start_step = serializers.IntegerField(
        help_text="Step of the checkpoint from which it resumed; 0 for a start from scratch."
    )
    trained_seconds = SecondsField(source="trained_microseconds")
    kept_seconds = SecondsField(
        source="durable_microseconds",
        help_text="Durable training time: the part whose result a checkpoint or the model holds.",
    )


class AttemptPageSerializer(PageSerializer):
    data = AttemptSerializer(many=True)


class JobUsageRowSerializer(serializers.Serializer[Any]):
    attempt = serializers.IntegerField(help_text="Number of the attempt.")
    slots = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    seconds = SecondsField(source="microseconds")
    unit_price = UnitPriceField()
    amount = MoneyField(
        source="amount_micros", help_text="slots × seconds × unit_price, rounded once, half-even, to six decimals."
    )
    billed = serializers.BooleanField()
    free_reason = serializers.ChoiceField(
        choices=FREE_REASONS,
        allow_null=True,
        help_text="Why the time is free; null when billed. repeated: work that was billed before, done once more from "
        "an older checkpoint; included: the fee of the organization's plan pays for it; queued: on no slot; starting: "
        "on a worker, until training began; stopping: after it was asked to stop, what no checkpoint holds, and until "
        "its slots were free; not_kept: work that no checkpoint holds; no_training: the attempt ended before training "
        "began; starved: its host gave it no processor; beyond_cap: what its cap did not pay for.",
    )
    checkpoint = serializers.CharField(
        source="billed_by", allow_null=True, help_text="The checkpoint or model that holds the work."
    )


class JobUsageTotalsSerializer(serializers.Serializer[Any]):
    billed_seconds = SecondsField(source="billed_microseconds")
    free_seconds = SecondsField(source="free_microseconds")
    amount = MoneyField(source="amount_micros")
    currency = serializers.CharField(help_text="ISO 4217.")


class JobUsagePageSerializer(PageSerializer):
    data = JobUsageRowSerializer(many=True)
    totals = JobUsageTotalsSerializer()
