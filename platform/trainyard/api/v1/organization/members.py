"""Members of the organization."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import AllowedActionsField, seen_by
from trainyard.api.object_actions import MEMBER_ACTIONS
from trainyard.api.pagination import paginate
from trainyard.api.permissions import PERSON
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.tenants import members, queries
from trainyard.tenants.models import Role


class MemberSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    user_id = serializers.CharField()
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(MEMBER_ACTIONS)


class MemberPageSerializer(PageSerializer):
    data = MemberSerializer(many=True)


class RoleSerializer(StrictSerializer):
    role = NamedChoiceField(choices=Role.choices)


class HandOverSerializer(StrictSerializer):
    member = serializers.CharField(help_text="Id of the member who becomes the owner.")


class MembersView(TrainyardView):
    actions = {"GET": "organization.read"}

    @extend_schema(operation_id="listMembers", parameters=PAGE_PARAMETERS, responses=MemberPageSerializer)
    def get(self, request: Request) -> Response:
        """Members of the organization with their roles."""
        page = paginate(queries.members(organization_id=self.actor.organization_id), request)
        return Response(page.body(MemberSerializer(page.rows, many=True, context=seen_by(self)).data))


class MemberView(TrainyardView):
    actions = {"PATCH": "organization.manage", "DELETE": "organization.manage"}

    @extend_schema(operation_id="changeMember", request=RoleSerializer, responses=MemberSerializer)
    def patch(self, request: Request, member_id: str) -> Response:
        """Changes a member's role. Only owners appoint owners; the last owner keeps the role."""
        body = validated(RoleSerializer, request.data)
        member = members.change_role(
            member_id=member_id, role=Role(body["role"]), by=Role(self.actor.role), now=database_now()
        )
        return Response(MemberSerializer(member, context=seen_by(self)).data)

    @extend_schema(operation_id="removeMember", responses={204: None})
    def delete(self, request: Request, member_id: str) -> Response:
        """Removes a member from the organization at once. API keys stay, because they belong to the organization."""
        members.remove(member_id=member_id, by=Role(self.actor.role), now=database_now())
        return Response(status=204)


class LeaveView(TrainyardView):
    actions = {"POST": PERSON}
    takes_body = False

    @extend_schema(operation_id="leaveOrganization", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Removes the caller from the organization that the request acts for."""
        members.leave(user_id=self.actor.name, now=database_now())
        return Response(status=204)


class HandOverView(TrainyardView):
    actions = {"POST": "organization.own"}

    @extend_schema(operation_id="handOverOrganization", request=HandOverSerializer, responses=MemberSerializer)
    def post(self, request: Request) -> Response:
        """Transfers ownership to another member; the caller becomes an admin."""
        body = validated(HandOverSerializer, request.data)
        heir = members.hand_over(member_id=body["member"], user_id=self.actor.name, now=database_now())
        return Response(MemberSerializer(heir, context=seen_by(self)).data)
