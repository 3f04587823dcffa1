"""Parts of a job's body that contract models describe."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard_spec.presets import PresetTraining
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.training import TrainingSpec
from trainyard_spec.verdicts import Verdict


@extend_schema_field(TrainingSpec)  # type: ignore[arg-type]  # drf-spectacular takes pydantic models, its types do not
class SpecField(serializers.JSONField):
    """TrainingSpec as accepted, with all defaults filled in."""


@extend_schema_field(ResolvedTraining)  # type: ignore[arg-type]  # as above
class ResolvedTrainingField(serializers.JSONField):
    """Values that ``auto`` in the spec became, beside the values that it states."""

    def to_representation(self, value: Any) -> Any:
        return value.model_dump(mode="json") if isinstance(value, ResolvedTraining) else value


@extend_schema_field(PresetTraining)  # type: ignore[arg-type]  # as above
class PresetTrainingField(serializers.JSONField):
    """Fields of `training` that a preset sets."""

    def to_representation(self, value: Any) -> Any:
        return value.model_dump(mode="json")


@extend_schema_field(Verdict)  # type: ignore[arg-type]  # as above
class VerdictField(serializers.JSONField):
    """Verdict on a finished model: its comparison with baselines."""
