"""Operators: suspension and reactivation of organizations."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.permissions import OPERATOR
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.tenants import operations
from trainyard.tenants.models import Organization


class SuspendView(TrainyardView):
    actions = {"POST": OPERATOR}
    takes_body = False

    @extend_schema(operation_id="adminSuspendOrganization", request=None, responses=OrganizationSerializer)
    def post(self, request: Request, organization_id: str) -> Response:
        """Suspends an organization: nobody can act for it any more.

        Its jobs stop with a checkpoint within seconds.
        """
        suspended = operations.set_state(
            organization_id=organization_id,
            state=Organization.State.SUSPENDED,
            actor=self.actor.name,
            now=database_now(),
        )
        return Response(OrganizationSerializer(suspended).data)


class ReactivateView(TrainyardView):
    actions = {"POST": OPERATOR}
    takes_body = False

    @extend_schema(operation_id="adminReactivateOrganization", request=None, responses=OrganizationSerializer)
    def post(self, request: Request, organization_id: str) -> Response:
        """Reactivates a suspended organization; its jobs resume from their checkpoints."""
        active = operations.set_state(
            organization_id=organization_id, state=Organization.State.ACTIVE, actor=self.actor.name, now=database_now()
        )
        return Response(OrganizationSerializer(active).data)
