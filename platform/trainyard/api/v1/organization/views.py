"""Who the caller is, and the organization, its people, keys and audit trail."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.pagination import paginate
from trainyard.api.permissions import AUTHENTICATED, permissions_of
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.organization import serializers
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.tenants import operations, queries
from trainyard.tenants.models import Role
from trainyard.tenants.operations import Granter, IssuedKey


def issued_key(issued: IssuedKey) -> dict[str, object]:
    """The body of a new key, with the secret."""
    return {**serializers.ApiKeySerializer(issued.key).data, "secret": issued.secret}


def granter(actor: Actor) -> Granter:
    """The caller as somebody who makes, rotates or ends keys."""
    return Granter(Role(actor.role), ends_at=actor.ends_at)


class MeView(TrainyardView):
    actions = {"GET": AUTHENTICATED}

    @extend_schema(operation_id="getMe", responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is asking, for which organization, and what they may do."""
        actor = self.actor
        body = {
            "actor": actor,
            "identity": queries.identity(actor.name, organization_id=actor.organization_id or None),
            "role": actor.role or None,
            "permissions": permissions_of(actor),
        }
        return Response(serializers.MeSerializer(body).data)


class OrganizationView(TrainyardView):
    actions = {"GET": "organization.read"}

    @extend_schema(operation_id="getOrganization", responses=serializers.OrganizationSerializer)
    def get(self, request: Request) -> Response:
        """The caller's organization."""
        return Response(serializers.OrganizationSerializer(queries.current_organization()).data)


class MembersView(TrainyardView):
    actions = {"GET": "organization.read"}

    @extend_schema(operation_id="listMembers", parameters=PAGE_PARAMETERS, responses=serializers.MemberPageSerializer)
    def get(self, request: Request) -> Response:
        """The organization's people and their roles."""
        page = paginate(queries.members(organization_id=self.actor.organization_id), request)
        return Response(page.body(serializers.MemberSerializer(page.rows, many=True).data))


class ApiKeysView(TrainyardView):
    actions = {"GET": "organization.read", "POST": "organization.manage"}
    unstored_fields = frozenset({"secret"})

    @extend_schema(operation_id="listApiKeys", parameters=PAGE_PARAMETERS, responses=serializers.ApiKeyPageSerializer)
    def get(self, request: Request) -> Response:
        """The organization's keys, revoked ones too; never their secrets."""
        page = paginate(queries.api_keys(), request)
        return Response(page.body(serializers.ApiKeySerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="createApiKey",
        request=serializers.ApiKeyCreateSerializer,
        responses={201: serializers.IssuedApiKeySerializer},
    )
    def post(self, request: Request) -> Response:
        """A new key; its secret is in this answer only."""
        body = validated(serializers.ApiKeyCreateSerializer, request.data)
        issued = operations.create_api_key(
            **body, granted_by=granter(self.actor), actor=self.actor.name, now=database_now()
        )
        return Response(issued_key(issued), status=201)


class ApiKeyView(TrainyardView):
    actions = {"DELETE": "organization.manage"}

    @extend_schema(operation_id="revokeApiKey", responses={204: None})
    def delete(self, request: Request, key_id: str) -> Response:
        """Ends a key at once; ending it again changes nothing."""
        operations.revoke_api_key(
            key_id=key_id, granted_by=granter(self.actor), actor=self.actor.name, now=database_now()
        )
        return Response(status=204)


class ApiKeyRotateView(TrainyardView):
    actions = {"POST": "organization.manage"}
    unstored_fields = frozenset({"secret"})

    @extend_schema(
        operation_id="rotateApiKey",
        request=serializers.ApiKeyRotateSerializer,
        responses={201: serializers.IssuedApiKeySerializer},
    )
    def post(self, request: Request, key_id: str) -> Response:
        """A new key in place of this one, which ends after `overlap_seconds`."""
        body = validated(serializers.ApiKeyRotateSerializer, request.data)
        issued = operations.rotate_api_key(
            key_id=key_id,
            overlap=timedelta(seconds=body["overlap_seconds"]),
            granted_by=granter(self.actor),
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(issued_key(issued), status=201)


class AuditEventsView(TrainyardView):
    actions = {"GET": "organization.manage"}

    @extend_schema(
        operation_id="listAuditEvents", parameters=PAGE_PARAMETERS, responses=serializers.AuditEventPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Who did what, newest first."""
        page = paginate(queries.audit_events(), request)
        return Response(page.body(serializers.AuditEventSerializer(page.rows, many=True).data))
