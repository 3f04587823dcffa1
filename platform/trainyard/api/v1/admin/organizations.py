"""Operators: organizations, their balances and credits."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.etags import IF_MATCH, etag_headers, expected_revision
from trainyard.api.object_actions import ADMIN_ORGANIZATION_ACTIONS, Seen, allowed_on
from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.admin import serializers
from trainyard.api.v1.admin.overview_serializers import OrganizationFilterSerializer
from trainyard.api.v1.billing.serializers import LedgerTransactionSerializer, WalletSerializer
from trainyard.api.v1.organization.api_keys import issued_key
from trainyard.api.v1.organization.organizations import OrganizationSerializer
from trainyard.api.views import TrainyardView
from trainyard.billing import queries as billing_queries
from trainyard.billing.wallet.granting import grant_credit
from trainyard.core.time import database_now
from trainyard.pools import quotas
from trainyard.tenants import operations, queries
from trainyard.tenants.models import Organization


def _with_wallets(organizations: list[Organization], *, actor: Actor) -> list[dict[str, object]]:
    wallets = billing_queries.wallets(organization_ids=[organization.id for organization in organizations])
    return [
        {
            **OrganizationSerializer(row).data,
            "wallet": WalletSerializer(wallets[row.id]).data,
            "allowed_actions": allowed_on(ADMIN_ORGANIZATION_ACTIONS, Seen(row, actor)),
        }
        for row in organizations
    ]


class OrganizationsView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}
    unstored_fields = frozenset({"secret"})

    @extend_schema(
        operation_id="adminListOrganizations",
        parameters=[*PAGE_PARAMETERS, OrganizationFilterSerializer],
        responses=serializers.AdminOrganizationPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every organization with its balances."""
        page = paginate(queries.organizations(**filters(OrganizationFilterSerializer, request)), request)
        return Response(page.body(_with_wallets(page.rows, actor=self.actor)))

    @extend_schema(
        operation_id="adminCreateOrganization",
        request=serializers.OrganizationCreateSerializer,
        responses={201: serializers.CreatedOrganizationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Creates an organization with its owner and its first API key."""
        body = validated(serializers.OrganizationCreateSerializer, request.data)
        organization, issued = operations.create_organization(**body, actor=self.actor.name, now=database_now())
        return Response({**OrganizationSerializer(organization).data, "api_key": issued_key(issued)}, status=201)


class OrganizationView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(operation_id="adminGetOrganization", responses=serializers.AdminOrganizationSerializer)
    def get(self, request: Request, organization_id: str) -> Response:
        """One organization with its balances."""
        [body] = _with_wallets([queries.organization(organization_id)], actor=self.actor)
        return Response(body)


class LimitsView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminGetLimits", responses=serializers.LimitsSerializer)
    def get(self, request: Request, organization_id: str) -> Response:
        """Upload limits of the organization: bytes stored, and bytes being uploaded. Its `ETag` is for `If-Match`."""
        organization = queries.organization(organization_id)
        shown = serializers.LimitsSerializer(organization).data
        return Response(shown, headers=etag_headers(organization.limits_revision))

    @extend_schema(
        operation_id="adminSetLimits",
        parameters=[IF_MATCH],
        request=serializers.LimitsSerializer,
        responses=serializers.LimitsSerializer,
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Sets upload limits of the organization; fields that are left out stay unchanged."""
        body = validated(serializers.LimitsSerializer, request.data)
        organization = operations.set_limits(
            organization_id=organization_id,
            revision=expected_revision(request),
            actor=self.actor.name,
            now=database_now(),
            **body,
        )
        shown = serializers.LimitsSerializer(organization).data
        return Response(shown, headers=etag_headers(organization.limits_revision))


class QuotasView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(
        operation_id="adminListQuotas", parameters=PAGE_PARAMETERS, responses=serializers.QuotaPageSerializer
    )
    def get(self, request: Request, organization_id: str) -> Response:
        """Quotas of the organization in each pool where one was set or where it has used slots."""
        page = paginate(quotas.quotas(organization_id=organization_id), request)
        return Response(page.body(serializers.QuotaSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="adminSetQuota", request=serializers.QuotaChangeSerializer, responses=serializers.QuotaSerializer
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Sets the organization's quota in a pool: weight, guaranteed slots and limits."""
        body = validated(serializers.QuotaChangeSerializer, request.data)
        share = quotas.set_quota(
            organization_id=organization_id,
            pool_name=body.pop("pool"),
            actor=self.actor.name,
            now=database_now(),
            **body,
        )
        return Response(serializers.QuotaSerializer(share).data)


class CreditsView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(
        operation_id="adminGrantCredit",
        request=serializers.CreditSerializer,
        responses={201: LedgerTransactionSerializer},
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Adds credit to an organization's wallet.

        Without an `Idempotency-Key` an identical credit is refused for five minutes, because it may be a retry.
        """
        body = validated(serializers.CreditSerializer, request.data)
        granted = grant_credit(
            organization_id=organization_id,
            amount_micros=body["amount"],
            kind=body["kind"],
            priority=body["priority"],
            expires_at=body["expires_at"],
            actor=self.actor.name,
            now=database_now(),
            may_be_a_retry="Idempotency-Key" not in request.headers,
        )
        return Response(LedgerTransactionSerializer(granted).data, status=201)
