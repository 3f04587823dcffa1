"""The organization's audit log."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import PageSerializer, StrictSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.models import AuditEvent
from trainyard.overview.names import names_of
from trainyard.tenants import impersonation, queries


class AuditEventSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    actor = serializers.CharField(help_text="Id of the user or API key.")
    actor_name = serializers.SerializerMethodField(
        help_text="Name or e-mail address of the actor; empty for the platform itself."
    )
    action = serializers.CharField()
    target = serializers.CharField()
    target_name = serializers.SerializerMethodField(
        help_text="Present name, address or number of the target; empty if it is gone or has none."
    )
    address = serializers.CharField(
        help_text="Network address of the caller; empty for changes by the platform itself."
    )
    before = serializers.DictField(help_text="Changed fields with their old values.")
    after = serializers.DictField(help_text="Changed fields with their new values.")
    details = serializers.DictField(source="data")
    sequence = serializers.IntegerField(help_text="Gap-free number within the organization, from 1.")
    hash = serializers.CharField(help_text="SHA-256 of this event and, by the hash chain, all earlier ones.")
    created_at = serializers.DateTimeField()

    def get_actor_name(self, event: AuditEvent) -> str:
        names: dict[str, str] = self.context["names"]
        return names.get(event.actor, "")

    def get_target_name(self, event: AuditEvent) -> str:
        targets: dict[str, str] = self.context["targets"]
        return targets.get(event.target, "")


class AuditEventPageSerializer(PageSerializer):
    data = AuditEventSerializer(many=True)


class AuditFilterSerializer(StrictSerializer):
    actor = serializers.CharField(required=False, help_text="Id of the user or API key.")
    action = serializers.CharField(
        required=False, help_text="Action such as `api_key.create`, or its first part, such as `api_key`."
    )
    target = serializers.CharField(required=False, help_text="Id of the changed object.")
    since = serializers.DateTimeField(required=False, help_text="From this time on.")
    until = serializers.DateTimeField(required=False, help_text="Before this time.")


class AuditEventsView(TrainyardView):
    actions = {"GET": "organization.manage"}

    @extend_schema(
        operation_id="listAuditEvents",
        parameters=[*PAGE_PARAMETERS, AuditFilterSerializer],
        responses=AuditEventPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Audit events of the organization, newest first."""
        page = paginate(queries.audit_events(**filters(AuditFilterSerializer, request)), request)
        context = {
            "names": queries.names_of_callers({event.actor for event in page.rows}),
            "targets": names_of({event.target for event in page.rows}),
        }
        return Response(page.body(AuditEventSerializer(page.rows, many=True, context=context).data))


class SupportAccessSerializer(serializers.Serializer[Any]):
    """Read-only access of a platform operator to the organization (impersonation)."""

    id = serializers.CharField(source="target")
    operator = serializers.CharField(source="actor", help_text="Id of the operator.")
    reason = serializers.CharField(source="data.reason")
    opened_at = serializers.DateTimeField(source="created_at")
    ends_at = serializers.DateTimeField(source="data.ends_at")
    closed_at = serializers.SerializerMethodField(help_text="When it was ended early; else null.")

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_closed_at(self, event: AuditEvent) -> str | None:
        closed = self.context["closed_at"].get(event.target)
        return None if closed is None else str(serializers.DateTimeField().to_representation(closed))


class SupportAccessPageSerializer(PageSerializer):
    data = SupportAccessSerializer(many=True)


class SupportAccessView(TrainyardView):
    actions = {"GET": "organization.read"}

    @extend_schema(operation_id="listSupportAccess", parameters=PAGE_PARAMETERS, responses=SupportAccessPageSerializer)
    def get(self, request: Request) -> Response:
        """Read-only visits of platform operators to the organization, newest first."""
        page = paginate(impersonation.support_access(), request)
        context = {"closed_at": impersonation.closed_at(page.rows)}
        return Response(page.body(SupportAccessSerializer(page.rows, many=True, context=context).data))
