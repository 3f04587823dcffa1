"""The organization's audit trail."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.api.views import TrainyardView
from trainyard.tenants import queries


class AuditEventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    actor = serializers.CharField(help_text="Id of the user or API key.")
    action = serializers.CharField()
    target = serializers.CharField()
    address = serializers.CharField(help_text="The network address of whoever called; empty where nobody did.")
    before = serializers.DictField(help_text="The values that were changed.")
    after = serializers.DictField(help_text="What they became.")
    details = serializers.DictField(source="data")
    sequence = serializers.IntegerField(help_text="Counts the organization's events without gaps, from 1.")
    hash = serializers.CharField(help_text="SHA-256 over this event and all before it.")
    created_at = serializers.DateTimeField()


class AuditEventPageSerializer(PageSerializer):
    data = AuditEventSerializer(many=True)


class AuditFilterSerializer(StrictSerializer):
    actor = serializers.CharField(required=False, help_text="Id of the user or key who did it.")
    action = serializers.CharField(required=False, help_text="Whole, as api_key.create, or its beginning, as api_key.")
    target = serializers.CharField(required=False, help_text="Id of what it was done to.")
    since = serializers.DateTimeField(required=False, help_text="At this time or later.")
    until = serializers.DateTimeField(required=False, help_text="Before this time.")


class AuditEventsView(TrainyardView):
    actions = {"GET": "organization.manage"}

    @extend_schema(
        operation_id="listAuditEvents",
        parameters=[*PAGE_PARAMETERS, AuditFilterSerializer],
        responses=AuditEventPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Who did what, newest first."""
        page = paginate(queries.audit_events(**filters(AuditFilterSerializer, request)), request)
        return Response(page.body(AuditEventSerializer(page.rows, many=True).data))
