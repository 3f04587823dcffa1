"""Bodies of the architecture catalogue."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer
from trainyard_spec.tasks import Task


class ArchitectureSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    tasks = serializers.ListField(child=serializers.ChoiceField(choices=[task.value for task in Task]))
    hyperparameters = serializers.DictField(help_text="JSON Schema of the hyperparameters, with their bounds.")
    defaults = serializers.DictField(help_text="Default value of each hyperparameter.")


class ArchitecturePageSerializer(PageSerializer):
    data = ArchitectureSerializer(many=True)
