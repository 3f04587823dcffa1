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
    hyperparameters = serializers.DictField(help_text="JSON Schema; limits stand beside each field.")
    defaults = serializers.DictField(help_text="The value of each hyperparameter that a spec leaves out.")


class ArchitecturePageSerializer(PageSerializer):
    data = ArchitectureSerializer(many=True)
