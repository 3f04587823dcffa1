"""``GET /me``: the caller, and the organization that they act for."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.object_actions import grantable_roles
from trainyard.api.permissions import AUTHENTICATED, permissions_of
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.api.views import TrainyardView
from trainyard.tenants import queries
from trainyard.tenants.models import Role
from trainyard.tenants.permissions import SCOPES


class MembershipSerializer(serializers.Serializer[Any]):
    """Organization that the caller may act for."""

    id = serializers.CharField(source="organization.id")
    name = serializers.CharField(source="organization.name")
    role = serializers.ChoiceField(choices=Role.choices)


class ImpersonationSerializer(serializers.Serializer[Any]):
    """Present impersonation of an organization by an operator."""

    ends_at = serializers.DateTimeField()

    def to_representation(self, instance: Actor) -> dict[str, Any] | None:  # type: ignore[override]
        return super().to_representation(instance) if instance.is_impersonating else None


class MeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="actor.name", help_text="Id of the user or the API key.")
    kind = serializers.ChoiceField(source="identity.kind", choices=["user", "api_key"])
    name = serializers.CharField(source="identity.name")
    email = serializers.EmailField(source="identity.email", allow_null=True)
    is_operator = serializers.BooleanField(source="actor.is_operator")
    organization = OrganizationSerializer(
        source="identity.organization", allow_null=True, help_text="Organization that this request acts for."
    )
    role = serializers.ChoiceField(choices=Role.choices, allow_null=True)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=SCOPES),
        allow_null=True,
        help_text="Scopes, of an API key that is limited to some.",
    )
    impersonation = ImpersonationSerializer(
        source="actor",
        allow_null=True,
        help_text="Present impersonation, of an operator; else null.",
    )
    permissions = serializers.ListField(child=serializers.CharField(), help_text="Permissions of this caller.")
    grantable_roles = serializers.ListField(
        child=serializers.ChoiceField(choices=Role.choices), help_text="Roles that this caller may grant and revoke."
    )
    second_factor = serializers.BooleanField(
        source="actor.showed_second_factor",
        help_text="Whether this session was opened with a second factor or a passkey.",
    )
    lacks_second_factor = serializers.BooleanField(
        source="actor.lacks_second_factor",
        help_text="Whether the organization requires a second factor that this session lacks.",
    )
    organizations = MembershipSerializer(
        source="identity.organizations",
        many=True,
        help_text="A user with several switches with POST /organizations/{id}/switch, or names one in the header "
        "Trainyard-Organization.",
    )


class MeView(TrainyardView):
    actions = {"GET": AUTHENTICATED}

    @extend_schema(operation_id="getMe", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The authenticated caller, its organization, role and permissions."""
        actor = self.actor
        body = {
            "actor": actor,
            "identity": queries.identity(actor.name, organization_id=actor.organization_id or None),
            "role": actor.role or None,
            "scopes": None if actor.scopes is None else sorted(actor.scopes),
            "permissions": permissions_of(actor),
            "grantable_roles": grantable_roles(actor),
        }
        return Response(MeSerializer(body).data)
