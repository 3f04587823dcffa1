"""Bodies of sample datasets."""

from typing import Any

from rest_framework import serializers

from trainyard.api.contract_field import ContractField
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


class SampleSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="Name for `POST /samples/{name}`.")
    title = serializers.CharField(help_text="Name of the dataset that is created.")
    summary = serializers.CharField()
    task = serializers.ChoiceField(choices=[task.value for task in Task])
    options = ContractField(CompileOptions)
    filename = serializers.CharField()


class SamplesSerializer(serializers.Serializer[Any]):
    data = SampleSerializer(many=True)  # type: ignore[assignment]
