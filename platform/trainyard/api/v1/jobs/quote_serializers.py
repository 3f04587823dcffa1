"""Bodies of quotes."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import MoneyField
from trainyard.api.v1.jobs.fields import PresetTrainingField, ResolvedTrainingField
from trainyard.api.v1.jobs.serializers import UnitPriceField
from trainyard.jobs.accounting.cost_limits import LIMITS
from trainyard.jobs.accounting.estimates import EstimateSource
from trainyard.jobs.profiles.models import SpeedProfile
from trainyard_spec.presets import Preset


class QuoteEstimateSerializer(serializers.Serializer[Any]):
    """Estimated range of time and cost, from the organization's earlier similar jobs or from a cost model."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # the base class has one too
        choices=list(EstimateSource),
        help_text="measured: this very spec on this pool; measured_profile: likewise, beforehand on a free slot; "
        "same_sizes: the same network on the same data; similar_jobs: others of the architecture; "
        "calibrated_model: other jobs on this pool; cost_model: nothing was measured.",
    )
    basis = serializers.CharField(help_text="How the estimate was made, in a sentence.")
    seconds_low = serializers.FloatField()
    seconds_high = serializers.FloatField()
    cost_low = MoneyField(source="cost_low_micros")
    cost_high = MoneyField(source="cost_high_micros")


class QuoteMemorySerializer(serializers.Serializer[Any]):
    """Estimated memory of one process of the job: weights, gradients, optimizer state and activations."""

    needed_bytes = serializers.IntegerField(
        help_text="Lower bound; part of the memory is known only once training starts."
    )
    slot_bytes = serializers.IntegerField(
        allow_null=True, help_text="Largest memory per slot in the pool; null without workers."
    )
    fits = serializers.BooleanField(
        allow_null=True, help_text="Whether it fits into a slot; if not, batches are split into micro-batches."
    )


class BindingQuoteSerializer(serializers.Serializer[Any]):
    """Binding quote. If the same spec is submitted with `accept_quote` set to `id`, the job costs at most `maximum`."""

    id = serializers.CharField()
    maximum = MoneyField(source="maximum_micros")
    expires_at = serializers.DateTimeField()


class QuoteTokensSerializer(serializers.Serializer[Any]):
    """Estimated tokens of conversations, at about four bytes per token.

    Training counts exactly, with the model's own tokenizer.
    """

    in_data = serializers.IntegerField(help_text="Tokens in the dataset.")
    read = serializers.IntegerField(help_text="Tokens of the training rows, times the epochs.")
    longer = serializers.IntegerField(help_text="Conversations that will be truncated at `tuning.max_length`.")


class QuoteBaseSerializer(serializers.Serializer[Any]):
    """Facts that the pool's workers report about the registered language model."""

    parameters = serializers.IntegerField()
    max_context_length = serializers.IntegerField(
        source="context", allow_null=True, help_text="Maximum context length in tokens."
    )
    dtype = serializers.CharField(help_text="Data type of its stored weights.")
    stored_bytes = serializers.IntegerField(help_text="Size of its stored weights in bytes.")


class SpeedProfileErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()


class SpeedProfileSerializer(serializers.Serializer[Any]):
    """Progress of the speed measurement of this spec; its result is in `estimate`."""

    state = serializers.ChoiceField(choices=SpeedProfile.State.choices)
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    error = SpeedProfileErrorSerializer(allow_null=True, help_text="Why it failed.")


class PresetSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=list(Preset))
    training = PresetTrainingField(help_text="Replaces the fields of the same names in the spec's `training`.")


class QuoteSerializer(serializers.Serializer[Any]):
    pool = serializers.CharField()
    slots = serializers.IntegerField()
    per_slot_second = UnitPriceField()
    currency = serializers.CharField(help_text="ISO 4217.")
    estimate = QuoteEstimateSerializer(allow_null=True, help_text="Estimated time and cost; null if unknown.")
    cap = MoneyField(source="cap_micros", help_text="Most that the job can cost, by its limits.")
    available = MoneyField(source="available_micros", help_text="Available balance of the wallet.")
    training = ResolvedTrainingField(
        help_text="Resolved epochs, batch size and schedule, for the estimated number of examples."
    )
    presets = PresetSerializer(
        many=True,
        help_text="How much training to give: fast is a third of the epochs that auto chooses for these data, balanced "
        "as many, best up to three times as many, ending once the validation loss no longer improves.",
    )
    limited_by = serializers.ChoiceField(choices=LIMITS, help_text="Limit of the spec that determines the cap.")
    memory = QuoteMemorySerializer(
        allow_null=True, help_text="Estimated memory; null for architectures without an estimate."
    )
    tokens = QuoteTokensSerializer(
        allow_null=True, help_text="Estimated tokens; null for data other than conversations."
    )
    base = QuoteBaseSerializer(
        allow_null=True, help_text="Facts about the base model; null if no registered language model is fine-tuned."
    )
    affordable = serializers.BooleanField(help_text="Whether the wallet covers the cap.")
    binding = BindingQuoteSerializer(
        allow_null=True, help_text="Binding quote; null if the estimate is not accurate enough."
    )
    speed_profile = SpeedProfileSerializer(allow_null=True, help_text="Speed measurement; null if none was requested.")
    stops_early = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the estimate exceeds a limit, at which the job would stop with a checkpoint.",
    )
