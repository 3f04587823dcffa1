"""Invitations, for those who send them and for those who open their links."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import AllowedActionsField, seen_by
from trainyard.api.object_actions import INVITATION_ACTIONS
from trainyard.api.pagination import paginate
from trainyard.api.permissions import PERSON, PUBLIC
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import NamedChoiceField, PageSerializer, StrictSerializer, validated
from trainyard.api.v1.organization.organizations import OwnOrganizationSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import invitations, queries
from trainyard.tenants.invitations import LONGEST_LIFETIME, SentInvitation
from trainyard.tenants.models import Invitation, Role


class InvitationSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    state = serializers.SerializerMethodField()
    invited_by = serializers.CharField(help_text="Id of the user or API key.")
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    allowed_actions = AllowedActionsField(INVITATION_ACTIONS)

    @extend_schema_field(serializers.ChoiceField(choices=Invitation.State.choices))
    def get_state(self, invitation: Invitation) -> str:
        return invitation.state(now=self.context["now"])


class InvitationPageSerializer(PageSerializer):
    data = InvitationSerializer(many=True)


class SentInvitationSerializer(InvitationSerializer):
    link = serializers.CharField(
        allow_null=True,
        help_text="Link, sent by e-mail and shown in this response only; null in replays by an Idempotency-Key.",
    )


class InviteSerializer(StrictSerializer):
    email = serializers.EmailField(max_length=254)
    role = NamedChoiceField(choices=Role.choices, default=Role.MEMBER)
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Expiry; by default in 7 days, at most in 30 days."
    )


class OpenInvitationSerializer(serializers.Serializer[Any]):
    """The part of an invitation that its link shows to anybody who has it."""

    organization = serializers.CharField(source="organization.name")
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)
    expires_at = serializers.DateTimeField()
    has_account = serializers.BooleanField(
        help_text="Whether the invited address has an account: log in, else sign up."
    )


class InvitationsView(TrainyardView):
    actions = {"GET": "organization.manage", "POST": "organization.manage"}
    unstored_fields = frozenset({"link"})

    @extend_schema(operation_id="listInvitations", parameters=PAGE_PARAMETERS, responses=InvitationPageSerializer)
    def get(self, request: Request) -> Response:
        """Invitations of the organization, including ended ones, without their links."""
        page = paginate(queries.invitations(), request)
        return Response(
            page.body(InvitationSerializer(page.rows, many=True, context=seen_by(self, now=database_now())).data)
        )

    @extend_schema(operation_id="invite", request=InviteSerializer, responses={201: SentInvitationSerializer})
    def post(self, request: Request) -> Response:
        """Invites an e-mail address, to which the link is sent."""
        body = validated(InviteSerializer, request.data)
        now = database_now()
        _check_end(body["expires_at"], now=now)
        sent = invitations.invite(
            email=body["email"],
            role=Role(body["role"]),
            expires_at=body["expires_at"],
            by=Role(self.actor.role),
            actor=self.actor.name,
            now=now,
        )
        return Response(_sent(sent, view=self, now=now), status=201)


class InvitationView(TrainyardView):
    actions = {"GET": "organization.manage", "DELETE": "organization.manage"}

    @extend_schema(operation_id="getInvitation", responses=InvitationSerializer)
    def get(self, request: Request, invitation_id: str) -> Response:
        """One invitation and its state."""
        found = queries.invitation(invitation_id)
        return Response(InvitationSerializer(found, context=seen_by(self, now=database_now())).data)

    @extend_schema(operation_id="revokeInvitation", responses={204: None})
    def delete(self, request: Request, invitation_id: str) -> Response:
        """Revokes an open invitation: its link stops working. Repeating the call changes nothing."""
        invitations.revoke(invitation_id=invitation_id, by=Role(self.actor.role), now=database_now())
        return Response(status=204)


class InvitationResendView(TrainyardView):
    actions = {"POST": "organization.manage"}
    takes_body = False
    unstored_fields = frozenset({"link"})

    @extend_schema(operation_id="resendInvitation", request=None, responses=SentInvitationSerializer)
    def post(self, request: Request, invitation_id: str) -> Response:
        """Sends a new link, valid for a week; the old link stops working."""
        now = database_now()
        sent = invitations.resend(invitation_id=invitation_id, by=Role(self.actor.role), now=now)
        return Response(_sent(sent, view=self, now=now))


class OpenInvitationView(TrainyardView):
    actions = {"GET": PUBLIC}
    authentication_classes = ()

    @extend_schema(operation_id="readInvitation", auth=[], responses=OpenInvitationSerializer)
    def get(self, request: Request, key: str) -> Response:
        """Organization and role of an invitation, for whoever has the link.

        An invitation that has ended is a 404 with the code `invitation_ended`.
        """
        with platform_scope():
            invitation = invitations.open_invitation(key, now=database_now())
            has_account = queries.has_account(invitation.email)
            body = OpenInvitationSerializer(
                {
                    "organization": invitation.organization,
                    "email": invitation.email,
                    "role": invitation.role,
                    "expires_at": invitation.expires_at,
                    "has_account": has_account,
                }
            )
            return Response(body.data)


class AcceptView(TrainyardView):
    actions = {"POST": PERSON}
    takes_body = False

    @extend_schema(operation_id="acceptInvitation", request=None, responses=OwnOrganizationSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Accepts an invitation: the person joins the organization. Repeating the call changes nothing."""
        with platform_scope():
            user = queries.user(self.actor.name)
            emails = queries.verified_emails(user)
            membership = invitations.accept(key=key, user=user, emails=emails, now=database_now())
            return Response(OwnOrganizationSerializer(membership).data)


def _sent(sent: SentInvitation, *, view: TrainyardView, now: datetime) -> dict[str, object]:
    return {**InvitationSerializer(sent.invitation, context=seen_by(view, now=now)).data, "link": sent.link}


def _check_end(expires_at: datetime | None, *, now: datetime) -> None:
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFETIME:
        message = f"An invitation ends within {LONGEST_LIFETIME.days} days, and not in the past."
        raise InvalidInput(message, errors=(FieldError("expires_at", "invalid", message),))
