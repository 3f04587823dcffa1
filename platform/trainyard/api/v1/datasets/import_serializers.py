"""Bodies of imports: files that the platform downloads from a URL."""

from typing import Any

from rest_framework import serializers

from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.datasets.models import DatasetImport

IMPORT_STATES = [state.value for state in DatasetImport.State]


class DatasetImportCreateSerializer(StrictSerializer):
    url = serializers.CharField(
        max_length=2_000,
        help_text="URL of the file: https://… or s3://BUCKET/KEY, from a source that the operators allow.",
    )
    filename = serializers.CharField(
        max_length=255,
        required=False,
        default="",
        help_text="File name; by default the last part of the URL.",
    )


class DatasetImportErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()


class DatasetImportSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    dataset_id = serializers.CharField()
    url = serializers.CharField(
        source="shown_url", read_only=True, help_text="Source URL without its query, which may contain a signature."
    )
    filename = serializers.CharField()
    state = serializers.ChoiceField(choices=IMPORT_STATES)
    bytes = serializers.SerializerMethodField(help_text="Bytes received so far.")
    total_bytes = serializers.SerializerMethodField(
        help_text="Size of the file in bytes; null before the download begins."
    )
    version_id = serializers.SerializerMethodField(
        help_text="Id of the created version; null until the import is finished."
    )
    error = DatasetImportErrorSerializer(
        allow_null=True, help_text="Why the last try failed; while the state is `queued`, it is retried."
    )
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_bytes(self, row: DatasetImport) -> int:
        return row.upload.offset if row.upload else 0

    def get_total_bytes(self, row: DatasetImport) -> int | None:
        return row.upload.length if row.upload else None

    def get_version_id(self, row: DatasetImport) -> str | None:
        return row.upload.version_id if row.upload and row.upload.finished_at else None


class DatasetImportPageSerializer(PageSerializer):
    data = DatasetImportSerializer(many=True)
