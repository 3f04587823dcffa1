"""Parts of a job's body that the contract describes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard_spec.presets import PresetTraining
from trainyard_spec.resolution import ResolvedTraining
from trainyard_spec.training import TrainingSpec
from trainyard_spec.verdicts import Verdict


@extend_schema_field(TrainingSpec)  # type: ignore[arg-type]  # drf-spectacular takes pydantic models, its types do not
class SpecField(serializers.JSONField):
    """A TrainingSpec as it was accepted, with every default filled in."""


@extend_schema_field(ResolvedTraining)  # type: ignore[arg-type]  # as above
class ResolvedTrainingField(serializers.JSONField):
    """What a spec's ``auto`` became, beside what it states."""

    def to_representation(self, value: Any) -> Any:
        return value.model_dump(mode="json") if isinstance(value, ResolvedTraining) else value


@extend_schema_field(PresetTraining)  # type: ignore[arg-type]  # as above
class PresetTrainingField(serializers.JSONField):
    """The fields of `training` that a preset sets."""

    def to_representation(self, value: Any) -> Any:
        return value.model_dump(mode="json")


@extend_schema_field(Verdict)  # type: ignore[arg-type]  # as above
class VerdictField(serializers.JSONField):
    """What a finished model is worth."""
