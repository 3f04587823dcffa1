"""Bodies of the task registry."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer
from trainyard_spec.tasks import DataKind, InputKind, Task


class TaskMetricSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    direction = serializers.ChoiceField(
        choices=["minimize", "maximize"], help_text="Whether lower or higher values are better."
    )
    meaning = serializers.CharField()


class TaskRoleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Dataset option that names one or several columns.")
    required = serializers.BooleanField()  # type: ignore[assignment]  # the name of an argument of every field
    description = serializers.CharField()


class RecommendationSerializer(serializers.Serializer[Any]):
    architecture = serializers.CharField()
    rows = serializers.IntegerField(min_value=0, help_text="Minimum number of rows of the dataset.")


class TaskEntrySerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=[task.value for task in Task])
    title = serializers.CharField()
    summary = serializers.CharField()
    data_kind = serializers.ChoiceField(choices=[kind.value for kind in DataKind], help_text="Kind of a dataset row.")
    input_kind = serializers.ChoiceField(
        choices=[kind.value for kind in InputKind], help_text="Kind of a prediction input."
    )
    losses = serializers.ListField(child=serializers.CharField(), help_text="Values of `training.loss`.")
    default_loss = serializers.CharField(help_text="Loss that `auto` means; for ratings it is `mse`.")
    metrics = TaskMetricSerializer(many=True, help_text="Metrics of a finished model.")
    default_metric = serializers.CharField(help_text="The metric that models are compared by.")
    stopping_metrics = serializers.ListField(
        child=serializers.CharField(), help_text="Metrics for early stopping and plateau schedules."
    )
    splits = serializers.ListField(child=serializers.CharField(), help_text="Values of `split.by`.")
    default_split = serializers.CharField()
    sections = serializers.ListField(
        child=serializers.CharField(), help_text="The parts of `training` that only some tasks have."
    )
    roles = TaskRoleSerializer(many=True, help_text="Roles of an upload's columns.")
    options = serializers.ListField(child=serializers.CharField(), help_text="All options that its datasets take.")
    architectures = serializers.ListField(child=serializers.CharField())
    recommended = RecommendationSerializer(
        many=True, help_text="Recommended architectures; the last one for which the dataset has enough rows applies."
    )


class TaskEntryPageSerializer(PageSerializer):
    data = TaskEntrySerializer(many=True)
