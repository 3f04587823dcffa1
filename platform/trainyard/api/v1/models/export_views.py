"""Exports of models: merged weights that other libraries can load."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.downloads import blob_response
from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer, validated
from trainyard.api.v1.models.serializers import ModelFileSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.registry import exports
from trainyard.registry.models import ModelExport

FORMATS = ModelExport.Format.choices


class ModelExportCreateSerializer(StrictSerializer):
    format = NamedChoiceField(
        choices=FORMATS,
        default=ModelExport.Format.MERGED,
        help_text="`merged`: the whole network with the adapters merged into its weights, with tokenizer and "
        "configuration.",
    )


class ModelExportErrorSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField()


class ModelExportSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    model_id = serializers.CharField()
    format = serializers.ChoiceField(choices=FORMATS)
    state = serializers.ChoiceField(choices=ModelExport.State.choices)
    files = serializers.SerializerMethodField(help_text="Empty until it has succeeded.")
    bytes = serializers.SerializerMethodField(help_text="Total size of all files.")
    error = ModelExportErrorSerializer(allow_null=True, help_text="Why it failed.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(help_text="When its files are deleted; the model can be exported again.")

    @extend_schema_field(ModelFileSerializer(many=True))
    def get_files(self, row: ModelExport) -> list[dict[str, Any]]:
        return sorted(row.files, key=lambda file: str(file["name"])) if _is_whole(row) else []

    def get_bytes(self, row: ModelExport) -> int:
        return row.bytes if _is_whole(row) else 0


class ModelExportPageSerializer(PageSerializer):
    data = ModelExportSerializer(many=True)


class ModelExportsView(TrainyardView):
    actions: ClassVar = {"GET": "models.read", "POST": "models.write"}

    @extend_schema(operation_id="listModelExports", parameters=PAGE_PARAMETERS, responses=ModelExportPageSerializer)
    def get(self, request: Request, model_id: str) -> Response:
        """Available exports of a model, newest first."""
        page = paginate(exports.exports(model_id=model_id, now=database_now()), request)
        return Response(page.body(ModelExportSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="createModelExport",
        request=ModelExportCreateSerializer,
        responses={201: ModelExportSerializer},
    )
    def post(self, request: Request, model_id: str) -> Response:
        """Exports a model in the layout of transformers, in the background and free of charge.

        `state` goes from `queued` to `running` to `succeeded`; the files are kept for a day. If an export exists that
        has not failed, it is returned instead of a new one.
        """
        body = validated(ModelExportCreateSerializer, request.data)
        row = exports.request(model_id=model_id, layout=body["format"], actor=self.actor.name, now=database_now())
        return Response(ModelExportSerializer(row).data, status=status.HTTP_201_CREATED)


class ModelExportView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(operation_id="getModelExport", responses=ModelExportSerializer)
    def get(self, request: Request, model_id: str, export_id: str) -> Response:
        """One export, with its progress, its files, or the reason why it failed."""
        row = exports.export(model_id=model_id, export_id=export_id, now=database_now())
        return Response(ModelExportSerializer(row).data)


class ModelExportFileView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    @extend_schema(
        operation_id="downloadModelExportFile", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, model_id: str, export_id: str, name: str) -> HttpResponseBase:
        """Content of a file; the `ETag` is its SHA-256. Supports ranges, and may redirect to the store."""
        row = exports.export(model_id=model_id, export_id=export_id, now=database_now())
        return blob_response(request, key=f"{row.blob_prefix}/{name}", file=exports.file_of(row, name))


def _is_whole(row: ModelExport) -> bool:
    return row.state == ModelExport.State.SUCCEEDED
