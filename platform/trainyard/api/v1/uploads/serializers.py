"""Bodies of resumable uploads."""

from typing import Any

from rest_framework import serializers

from trainyard.api.contract_field import ContractField
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.datasets.models import ResumableUpload
from trainyard_spec.compile_options import CompileOptions
from trainyard_spec.tasks import Task


class UploadMetadataSerializer(StrictSerializer):
    """``Upload-Metadata``: an existing ``dataset``, or ``name``, ``task`` and ``options`` of a new one."""

    filename = serializers.CharField(max_length=255)
    filetype = serializers.CharField(max_length=255, required=False, allow_blank=True)
    dataset = serializers.CharField(required=False)
    name = serializers.CharField(max_length=120, required=False)
    task = NamedChoiceField(choices=[task.value for task in Task], required=False)
    options = ContractField(CompileOptions, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("dataset" in attrs) == ("name" in attrs or "task" in attrs or bool(attrs.get("options"))):
            raise serializers.ValidationError(
                {"dataset": "Name the dataset, or the name and task of a new one."}, code="invalid"
            )
        if "dataset" not in attrs and not {"name", "task"} <= attrs.keys():
            raise serializers.ValidationError({"task": "A new dataset needs a name and a task."}, code="required")
        return attrs


class UploadSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    dataset_id = serializers.CharField()
    version_id = serializers.SerializerMethodField(
        help_text="Id of the created version; null until the upload is finished."
    )
    filename = serializers.CharField()
    length = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="Bytes received so far.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="When the unfinished upload is deleted, unless more bytes arrive.")
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_version_id(self, upload: ResumableUpload) -> str | None:
        return upload.version_id if upload.finished_at else None


class UploadPageSerializer(PageSerializer):
    data = UploadSerializer(many=True)
