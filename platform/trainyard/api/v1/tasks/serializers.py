"""Bodies of the task registry."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer
from trainyard_spec.tasks import DataKind, InputKind, Task


class TaskMetricSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    direction = serializers.ChoiceField(choices=["minimize", "maximize"], help_text="Which way is better.")
    meaning = serializers.CharField()


class TaskRoleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="The dataset's option that names a column, or several.")
    required = serializers.BooleanField()  # type: ignore[assignment]  # the name of an argument of every field
    description = serializers.CharField()


class RecommendationSerializer(serializers.Serializer[Any]):
    architecture = serializers.CharField()
    rows = serializers.IntegerField(min_value=0, help_text="For datasets of so many rows and more.")


class TaskEntrySerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=[task.value for task in Task])
    title = serializers.CharField()
    summary = serializers.CharField()
    data_kind = serializers.ChoiceField(
        choices=[kind.value for kind in DataKind], help_text="What a row of a dataset is."
    )
    input_kind = serializers.ChoiceField(
        choices=[kind.value for kind in InputKind], help_text="What a prediction is asked."
    )
    losses = serializers.ListField(child=serializers.CharField(), help_text="Values of `training.loss`.")
    default_loss = serializers.CharField(help_text="What `auto` is, but for ratings, of which it is `mse`.")
    metrics = TaskMetricSerializer(many=True, help_text="What a finished model is judged by.")
    default_metric = serializers.CharField(help_text="The metric that models are compared by.")
    stopping_metrics = serializers.ListField(
        child=serializers.CharField(), help_text="What early stopping and a plateau schedule may watch."
    )
    splits = serializers.ListField(child=serializers.CharField(), help_text="Values of `split.by`.")
    default_split = serializers.CharField()
    sections = serializers.ListField(
        child=serializers.CharField(), help_text="The parts of `training` that only some tasks have."
    )
    roles = TaskRoleSerializer(many=True, help_text="What columns of an upload may be.")
    options = serializers.ListField(child=serializers.CharField(), help_text="All options that its datasets take.")
    architectures = serializers.ListField(child=serializers.CharField())
    recommended = RecommendationSerializer(
        many=True, help_text="What to begin with: the last one that the dataset has the rows for."
    )


class TaskEntryPageSerializer(PageSerializer):
    data = TaskEntrySerializer(many=True)
