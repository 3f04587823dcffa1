"""Operators: impersonation, read-only access to an organization as a viewer."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api import impersonation as sessions
from trainyard.api.permissions import OPERATOR, PERSON
from trainyard.api.serializers import validated
from trainyard.api.v1.admin.overview_serializers import ImpersonatedSerializer, ImpersonateSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import PermissionDenied
from trainyard.core.tenancy import platform_scope
from trainyard.core.time import database_now
from trainyard.tenants import impersonation


class ImpersonateView(TrainyardView):
    actions: ClassVar = {"POST": OPERATOR}
    idempotent_post: ClassVar = False  # it changes the session, which a stored answer would not

    @extend_schema(
        operation_id="adminImpersonate", request=ImpersonateSerializer, responses={201: ImpersonatedSerializer}
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Lets this session see the organization read-only, with the role `viewer`, for 30 minutes.

        The organization's audit log shows who looked, when and why.
        """
        if not self.actor.is_person:
            raise PermissionDenied("Only a person who logged in may do this.", hint="Log in; an API key cannot.")
        reason = validated(ImpersonateSerializer, request.data)["reason"]
        begun = impersonation.begin(
            organization_id=organization_id, reason=reason, actor=self.actor.name, now=database_now()
        )
        sessions.remember(request, begun)
        return Response(ImpersonatedSerializer(begun).data, status=201)


class EndImpersonationView(TrainyardView):
    actions: ClassVar = {"DELETE": PERSON}
    ends_looking: ClassVar = True

    @extend_schema(operation_id="endImpersonation", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Ends an impersonation; the session acts for its own person again."""
        ended = sessions.forget(request)
        if ended is not None:
            with platform_scope():
                impersonation.end(ended, actor=self.actor.name, now=database_now())
        return Response(status=204)
