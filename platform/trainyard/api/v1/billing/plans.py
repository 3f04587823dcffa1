"""Plans: customers choose one of those that operators define."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import MoneyField, PageSerializer, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.billing.calendar.clock import calendar_now
from trainyard.billing.plans import operations, queries
from trainyard.core.time import database_now


class PlanSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    monthly_fee = MoneyField(source="monthly_fee_micros")
    currency = serializers.CharField(help_text="ISO 4217.")
    included_slot_hours = serializers.IntegerField(
        help_text="Slot-hours of training in any pool that the monthly fee includes."
    )
    max_running_jobs = serializers.IntegerField(
        allow_null=True, help_text="Maximum number of running jobs in all pools; null: no limit."
    )
    max_stored_bytes = serializers.IntegerField(
        allow_null=True, help_text="Maximum stored bytes of uploads; null: the platform's limit."
    )
    max_members = serializers.IntegerField(
        allow_null=True, help_text="Maximum number of members, including open invitations; null: no limit."
    )
    requests_per_second = serializers.IntegerField(
        allow_null=True, help_text="Rate limit of the organization; null: the platform's limit."
    )
    is_offered = serializers.BooleanField(help_text="Whether customers may choose it now.")
    created_at = serializers.DateTimeField()


class PlanPageSerializer(PageSerializer):
    data = PlanSerializer(many=True)


class PlanInForceSerializer(serializers.Serializer[Any]):
    """Subscription of the organization; without a plan all fields are null or 0."""

    plan = PlanSerializer(allow_null=True)
    next_plan = PlanSerializer(allow_null=True, help_text="Plan from `paid_until` on; null: the plan ends then.")
    started_at = serializers.DateTimeField(source="subscription.started_at", allow_null=True, default=None)
    paid_from = serializers.DateTimeField(source="subscription.paid_from", allow_null=True, default=None)
    paid_until = serializers.DateTimeField(
        source="subscription.paid_until",
        allow_null=True,
        default=None,
        help_text="End of the paid month, when the next is charged.",
    )
    included_slot_hours = serializers.FloatField(help_text="Slot-hours included in the present month.")
    used_slot_hours = serializers.FloatField(help_text="Used part of the included slot-hours.")


class ChoosePlanSerializer(StrictSerializer):
    plan = serializers.CharField(
        max_length=32, allow_null=True, help_text="Id of the plan; null: no plan from the end of the paid month on."
    )


class PlansView(TrainyardView):
    actions = {"GET": "catalogue.read"}

    @extend_schema(operation_id="listPlans", parameters=PAGE_PARAMETERS, responses=PlanPageSerializer)
    def get(self, request: Request) -> Response:
        """Plans that the organization may choose, newest first."""
        page = paginate(queries.offered_plans(), request)
        return Response(page.body(PlanSerializer(page.rows, many=True).data))


class OrganizationPlanView(TrainyardView):
    actions = {"GET": "billing.read", "POST": "billing.manage"}

    @extend_schema(operation_id="getOrganizationPlan", responses=PlanInForceSerializer)
    def get(self, request: Request) -> Response:
        """The organization's present and next plan, and the used part of its included time."""
        return Response(PlanInForceSerializer(queries.plan_in_force()).data)

    @extend_schema(operation_id="choosePlan", request=ChoosePlanSerializer, responses=PlanInForceSerializer)
    def post(self, request: Request) -> Response:
        """Chooses a plan.

        A plan with a higher fee starts at once, for the price difference; one with a lower fee starts next month.
        """
        body = validated(ChoosePlanSerializer, request.data)
        chosen = operations.choose_plan(
            plan_id=body["plan"], actor=self.actor.name, calendar=calendar_now(), now=database_now()
        )
        return Response(PlanInForceSerializer(chosen).data)
