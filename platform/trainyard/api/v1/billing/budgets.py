"""Monthly budgets."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import AllowedActionsField, seen_by
from trainyard.api.etags import IF_MATCH, etag_headers, expected_revision
from trainyard.api.object_actions import BUDGET_ACTIONS
from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import AmountField, MoneyField, PageSerializer, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.billing.budgets import operations, queries
from trainyard.billing.budgets.models import Budget
from trainyard.billing.budgets.spending import spent_micros
from trainyard.core.time import database_now


class BudgetSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    amount = MoneyField(source="amount_micros", help_text="Budget per calendar month (UTC).")
    spent = MoneyField(help_text="Usage charged in the present month.")
    alert_percents = serializers.ListField(child=serializers.IntegerField())
    is_hard = serializers.BooleanField(help_text="Whether jobs stop with a checkpoint before the budget is exceeded.")
    created_at = serializers.DateTimeField()
    allowed_actions = AllowedActionsField(BUDGET_ACTIONS)


class BudgetPageSerializer(PageSerializer):
    data = BudgetSerializer(many=True)


class BudgetChangeSerializer(StrictSerializer):
    """Change of a budget; fields that are left out stay unchanged."""

    name = serializers.CharField(max_length=120, required=False)
    amount = AmountField(source="amount_micros", required=False)
    alert_percents = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1_000),
        max_length=20,
        required=False,
        help_text="Percentages of the budget at which owners, admins and billing members get an e-mail.",
    )
    is_hard = serializers.BooleanField(required=False)


class BudgetCreateSerializer(BudgetChangeSerializer):
    """Budget of an organization for each calendar month (UTC)."""

    name = serializers.CharField(max_length=120)
    amount = AmountField(source="amount_micros")
    alert_percents = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1_000), max_length=20, default=[50, 80, 100]
    )
    is_hard = serializers.BooleanField(default=False)


class BudgetsView(TrainyardView):
    actions = {"GET": "billing.read", "POST": "billing.manage"}

    @extend_schema(operation_id="listBudgets", parameters=PAGE_PARAMETERS, responses=BudgetPageSerializer)
    def get(self, request: Request) -> Response:
        """Budgets with this month's spending, newest first."""
        page, spent = paginate(queries.budgets(), request), spent_micros(now=database_now())
        shown = [_with_spent(row, spent) for row in page.rows]
        return Response(page.body(BudgetSerializer(shown, many=True, context=seen_by(self)).data))

    @extend_schema(operation_id="createBudget", request=BudgetCreateSerializer, responses={201: BudgetSerializer})
    def post(self, request: Request) -> Response:
        """Creates a budget. From now on, jobs can reserve no more than a hard budget leaves."""
        body, now = validated(BudgetCreateSerializer, request.data), database_now()
        budget = operations.create_budget(**body, actor=self.actor.name, now=now)
        return _shown(budget, view=self, now=now, status=201)


class BudgetView(TrainyardView):
    actions = {"GET": "billing.read", "PATCH": "billing.manage", "DELETE": "billing.manage"}

    @extend_schema(operation_id="getBudget", responses=BudgetSerializer)
    def get(self, request: Request, budget_id: str) -> Response:
        """One budget with this month's spending; its `ETag` is for `If-Match`."""
        return _shown(queries.budget(budget_id), view=self, now=database_now())

    @extend_schema(
        operation_id="changeBudget",
        parameters=[IF_MATCH],
        request=BudgetChangeSerializer,
        responses=BudgetSerializer,
    )
    def patch(self, request: Request, budget_id: str) -> Response:
        """Changes a budget.

        Jobs that it had stopped resume automatically if the wallet settings say so.
        """
        changes, now = validated(BudgetChangeSerializer, request.data), database_now()
        budget = operations.change_budget(
            budget_id=budget_id, revision=expected_revision(request), actor=self.actor.name, now=now, **changes
        )
        return _shown(budget, view=self, now=now)

    @extend_schema(operation_id="deleteBudget", responses={204: None})
    def delete(self, request: Request, budget_id: str) -> Response:
        """Deletes a budget."""
        operations.delete_budget(budget_id=budget_id, actor=self.actor.name, now=database_now())
        return Response(status=204)


def _shown(budget: Budget, *, view: TrainyardView, now: datetime, status: int = 200) -> Response:
    body = BudgetSerializer(_with_spent(budget, spent_micros(now=now)), context=seen_by(view)).data
    return Response(body, status=status, headers=etag_headers(budget.revision))


def _with_spent(budget: Any, spent: int) -> dict[str, Any]:
    names = ("id", "name", "amount_micros", "alert_percents", "is_hard", "created_at")
    return {name: getattr(budget, name) for name in names} | {"spent": spent}
