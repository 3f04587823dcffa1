"""Operators: plans and subscriptions."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import AmountField, StrictSerializer, validated
from trainyard.api.v1.billing.plans import (
    ChoosePlanSerializer,
    PlanInForceSerializer,
    PlanPageSerializer,
    PlanSerializer,
)
from trainyard.api.views import TrainyardView
from trainyard.billing.calendar.clock import calendar_now
from trainyard.billing.plans import definitions, operations, queries
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.tenants.queries import organization

MOST_SLOT_HOURS = 10**6
MOST_COUNT = 10**6
MOST_BYTES = 10**18


def _limit(most: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=most, required=False, default=None, allow_null=True)


class PlanCreateSerializer(StrictSerializer):
    """Terms of a plan, which never change. A limit that is left out does not apply."""

    name = serializers.RegexField(r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=32)
    description = serializers.CharField(max_length=400, required=False, default="", allow_blank=True)
    monthly_fee = AmountField(source="monthly_fee_micros", least_micros=0)
    currency = serializers.CharField(max_length=3, required=False, default=None, allow_null=True)
    included_slot_hours = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SLOT_HOURS,
        default=0,
        help_text="Slot-hours of training in any pool that the monthly fee includes.",
    )
    max_running_jobs = _limit(MOST_COUNT)
    max_stored_bytes = _limit(MOST_BYTES)
    max_members = _limit(MOST_COUNT)
    requests_per_second = _limit(MOST_COUNT)
    is_offered = serializers.BooleanField(
        default=True, help_text="Whether customers can choose it; if not, only operators can assign it."
    )


class PlanOfferSerializer(StrictSerializer):
    is_offered = serializers.BooleanField()


class AdminPlansView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminListPlans", parameters=PAGE_PARAMETERS, responses=PlanPageSerializer)
    def get(self, request: Request) -> Response:
        """All plans, including those no longer offered, newest first."""
        page = paginate(queries.plans(), request)
        return Response(page.body(PlanSerializer(page.rows, many=True).data))

    @extend_schema(operation_id="adminCreatePlan", request=PlanCreateSerializer, responses={201: PlanSerializer})
    def post(self, request: Request) -> Response:
        """Creates a plan. The terms of a plan never change: to change them, offer a new plan instead."""
        body = validated(PlanCreateSerializer, request.data)
        plan = definitions.create_plan(**body, actor=self.actor.name, now=database_now())
        return Response(PlanSerializer(plan).data, status=201)


class AdminPlanView(TrainyardView):
    actions = {"PATCH": OPERATOR}

    @extend_schema(operation_id="adminOfferPlan", request=PlanOfferSerializer, responses=PlanSerializer)
    def patch(self, request: Request, plan_id: str) -> Response:
        """Offers a plan or withdraws it; existing subscribers keep a withdrawn plan."""
        body = validated(PlanOfferSerializer, request.data)
        plan = definitions.offer_plan(plan_id=plan_id, **body, actor=self.actor.name, now=database_now())
        return Response(PlanSerializer(plan).data)


class AdminOrganizationPlanView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminGetOrganizationPlan", responses=PlanInForceSerializer)
    def get(self, request: Request, organization_id: str) -> Response:
        """The plan of an organization."""
        with tenant_scope(organization(organization_id).id):
            return Response(PlanInForceSerializer(queries.plan_in_force()).data)

    @extend_schema(operation_id="adminAssignPlan", request=ChoosePlanSerializer, responses=PlanInForceSerializer)
    def post(self, request: Request, organization_id: str) -> Response:
        """Subscribes an organization to a plan, also to one that is no longer offered.

        What its wallet cannot pay becomes debt.
        """
        plan_id = validated(ChoosePlanSerializer, request.data)["plan"]
        plan = None if plan_id is None else queries.plan(plan_id)
        with tenant_scope(organization(organization_id).id):
            assigned = operations.assign_plan(
                plan=plan, actor=self.actor.name, calendar=calendar_now(), now=database_now()
            )
            return Response(PlanInForceSerializer(assigned).data)
