"""Export of an organization's data as a zip, and deletion of the organization."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.downloads import blob_response
from trainyard.api.pagination import paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import PageSerializer, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.portability import deletion, exports
from trainyard.portability.models import Export


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    state = serializers.ChoiceField(choices=Export.State.choices)
    requested_by = serializers.CharField(help_text="Id of the user or API key.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When its file is deleted.")
    bytes = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)


class ExportPageSerializer(PageSerializer):
    data = ExportSerializer(many=True)


class DeleteOrganizationSerializer(StrictSerializer):
    confirm = serializers.CharField(max_length=120, help_text="The exact name of the organization, as a confirmation.")


class DeletionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    organization_id = serializers.CharField()
    requested_by = serializers.CharField(help_text="Id of the user or API key.")
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    receipt = serializers.DictField(
        allow_null=True, help_text="What was erased and what was kept; null until the deletion is done."
    )


class ExportView(TrainyardView):
    actions = {"POST": "organization.own"}
    takes_body = False

    @extend_schema(operation_id="exportOrganization", request=None, responses={202: ExportSerializer})
    def post(self, request: Request) -> Response:
        """Exports everything as a zip with a manifest of SHA-256 sums, in the background; kept for a week."""
        asked = exports.request(requested_by=self.actor.name, now=database_now())
        return Response(ExportSerializer(asked).data, status=202)


class ExportsView(TrainyardView):
    actions = {"GET": "organization.own"}

    @extend_schema(operation_id="listExports", parameters=PAGE_PARAMETERS, responses=ExportPageSerializer)
    def get(self, request: Request) -> Response:
        """Exports of the organization, newest first."""
        page = paginate(exports.exports(), request)
        return Response(page.body(ExportSerializer(page.rows, many=True).data))


class OneExportView(TrainyardView):
    actions = {"GET": "organization.own"}

    @extend_schema(operation_id="getExport", responses=ExportSerializer)
    def get(self, request: Request, export_id: str) -> Response:
        """One export and its state."""
        return Response(ExportSerializer(exports.export(export_id)).data)


class ExportFileView(TrainyardView):
    actions = {"GET": "organization.own"}

    @extend_schema(operation_id="downloadExport", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: str) -> HttpResponse | StreamingHttpResponse:
        """Zip file of an export that is ready."""
        found = exports.export(export_id)
        return blob_response(request, key=found.blob_key, file=exports.file_of(found), media_type="application/zip")


class DeleteView(TrainyardView):
    actions = {"POST": "organization.own"}

    @extend_schema(
        operation_id="deleteOrganization", request=DeleteOrganizationSerializer, responses={202: DeletionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Closes the organization at once and erases its data; its owners get a receipt by e-mail."""
        body = validated(DeleteOrganizationSerializer, request.data)
        asked = deletion.request(confirmation=body["confirm"], requested_by=self.actor.name, now=database_now())
        return Response(DeletionSerializer(asked).data, status=202)


class AdminDeletionView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(operation_id="adminGetDeletion", responses=DeletionSerializer)
    def get(self, request: Request, organization_id: str) -> Response:
        """Progress of the deletion of an organization, and its receipt."""
        return Response(DeletionSerializer(deletion.of_organization(organization_id)).data)
