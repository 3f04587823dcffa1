"""The organization that a request acts for, and all of a person's."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.authentication import choose_organization
from trainyard.api.pagination import paginate
from trainyard.api.permissions import PERSON
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import PageSerializer, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.core.errors import Conflict, PermissionDenied
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import operations, queries
from trainyard.tenants.models import Organization, Role


class OrganizationSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Organization.State.choices)
    requires_second_factor = serializers.BooleanField(
        help_text="Whether members need a second factor to act for it in a browser."
    )
    created_at = serializers.DateTimeField()


class OrganizationChangeSerializer(StrictSerializer):
    name = serializers.CharField(required=False, max_length=120)
    requires_second_factor = serializers.BooleanField(required=False)


class OrganizationOpenSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)


class OwnOrganizationSerializer(serializers.Serializer[Any]):
    """Organization that the caller is a member of."""

    id = serializers.CharField(source="organization.id")
    name = serializers.CharField(source="organization.name")
    state = serializers.ChoiceField(source="organization.state", choices=Organization.State.choices)
    role = serializers.ChoiceField(choices=Role.choices)
    joined_at = serializers.DateTimeField(source="created_at")


class OwnOrganizationPageSerializer(PageSerializer):
    data = OwnOrganizationSerializer(many=True)


class SecondFactorMissing(Conflict):
    code = "second_factor_missing"


class OrganizationsClosed(PermissionDenied):
    code = "organizations_closed"


class OrganizationView(TrainyardView):
    actions = {"GET": "organization.read", "PATCH": "organization.manage"}

    @extend_schema(operation_id="getOrganization", responses=OrganizationSerializer)
    def get(self, request: Request) -> Response:
        """The caller's organization."""
        return Response(OrganizationSerializer(queries.current_organization()).data)

    @extend_schema(
        operation_id="changeOrganization", request=OrganizationChangeSerializer, responses=OrganizationSerializer
    )
    def patch(self, request: Request) -> Response:
        """Renames the organization, or requires a second factor of its members.

        Fields that are left out stay unchanged.
        """
        changes = validated(OrganizationChangeSerializer, request.data)
        if changes.get("requires_second_factor") and self.actor.is_person and not self.actor.showed_second_factor:
            raise SecondFactorMissing(
                "You would lock yourself out.", hint="Add a second factor to your account and log in with it first."
            )
        return Response(OrganizationSerializer(operations.change_organization(now=database_now(), **changes)).data)


class OrganizationsView(TrainyardView):
    actions = {"GET": PERSON, "POST": PERSON}

    @extend_schema(
        operation_id="listOrganizations", parameters=PAGE_PARAMETERS, responses=OwnOrganizationPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Organizations that the person is a member of."""
        with platform_scope():
            page = paginate(queries.memberships(user_id=self.actor.name), request)
        return Response(page.body(OwnOrganizationSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="openOrganization",
        request=OrganizationOpenSerializer,
        responses={201: OrganizationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Creates another organization, owned by the person."""
        body = validated(OrganizationOpenSerializer, request.data)
        check_may_open(self.actor)
        with platform_scope():
            owner = queries.user(self.actor.name)
            organization = operations.open_organization(name=body["name"], owner=owner, now=database_now())
        return Response(OrganizationSerializer(organization).data, status=201)


class SwitchView(TrainyardView):
    actions = {"POST": PERSON}
    takes_body = False

    @extend_schema(operation_id="switchOrganization", request=None, responses=OwnOrganizationSerializer)
    def post(self, request: Request, organization_id: str) -> Response:
        """Sets the organization of this session; a request can name another in its header."""
        with platform_scope():
            membership = queries.own_membership(user_id=self.actor.name, organization_id=organization_id)
        choose_organization(request, organization_id)
        return Response(OwnOrganizationSerializer(membership).data)


def check_may_open(actor: Actor) -> None:
    """Raises ``OrganizationsClosed`` where the operator decides who gets an organization."""
    if settings.ENVIRONMENT.effective_sign_up != "open" and not actor.is_operator:
        raise OrganizationsClosed(
            "Organizations are made by the operator of this platform.", hint="Ask the operator for one."
        )
