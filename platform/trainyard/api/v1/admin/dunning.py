"""Operators: overdue invoices of all organizations, and the next dunning step of each."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate_by_key
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import MoneyField, NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.api.v1.admin.overview_serializers import CurrencyTotalSerializer, OrganizationRefSerializer
from trainyard.api.views import TrainyardView
from trainyard.billing.dunning.models import DunningCase
from trainyard.billing.dunning.queries import dunning_list, overdue_totals
from trainyard.billing.dunning.steps import Action, next_step

Stage = DunningCase.Stage


class DunningFilterSerializer(StrictSerializer):
    stage = NamedChoiceField(choices=Stage.choices, required=False)
    organization = serializers.CharField(required=False, help_text="Id of an organization.")


class DunningStepSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(
        choices=[str(action) for action in Action],
        help_text="charge: the saved payment method is charged; remind: there is none, people are told by e-mail; "
        "no_new_jobs: none start from then on; stop_jobs: running ones stop with a checkpoint.",
    )
    at = serializers.DateTimeField(help_text="Time by the billing calendar; later if a charge is pending then.")


class ChargeFailureSerializer(serializers.Serializer[Any]):
    message = serializers.CharField(source="failure", allow_blank=True, help_text="Message of the payment provider.")
    at = serializers.DateTimeField(source="failed_at")


class DunningCaseSerializer(serializers.Serializer[Any]):
    """Dunning case of an overdue invoice: the amount due, the present stage, and the next step."""

    invoice_id = serializers.CharField()
    number = serializers.CharField(source="invoice.number")
    organization = OrganizationRefSerializer()
    due = MoneyField(source="owed_micros", help_text="Amount still to be paid.")
    paid = MoneyField(source="invoice.paid_micros", help_text="Amount paid since the invoice was finalized.")
    currency = serializers.CharField(source="invoice.currency")
    due_since = serializers.DateTimeField(source="opened_at")
    stage = serializers.ChoiceField(
        choices=Stage.choices,
        help_text="Present stage. `no_new_jobs`: no job starts; `jobs_stopped`: running jobs were stopped, too.",
    )
    next_step = serializers.SerializerMethodField(help_text="Next dunning step; null after the last.")
    charge_pending_since = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when a charge waits for the payment provider; meanwhile no step is taken.",
    )
    last_failure = serializers.SerializerMethodField(
        help_text="Last failed charge for this invoice; null if none failed."
    )

    @extend_schema_field(DunningStepSerializer(allow_null=True))
    def get_next_step(self, case: Any) -> dict[str, Any] | None:
        step = next_step(case, has_payment_method=case.has_payment_method)
        return None if step is None else DunningStepSerializer(step).data

    @extend_schema_field(ChargeFailureSerializer(allow_null=True))
    def get_last_failure(self, case: Any) -> dict[str, Any] | None:
        return None if case.failed_at is None else ChargeFailureSerializer(case).data


class OverdueTotalSerializer(CurrencyTotalSerializer):
    invoices = serializers.IntegerField()
    organizations = serializers.IntegerField()


class DunningCasePageSerializer(PageSerializer):
    data = DunningCaseSerializer(many=True)
    totals = OverdueTotalSerializer(many=True, help_text="Totals of all pages, per currency.")


class DunningView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListDunning",
        parameters=[*PAGE_PARAMETERS, DunningFilterSerializer],
        responses=DunningCasePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Overdue invoices of all organizations, the longest overdue first, with the total due per currency."""
        wanted = filters(DunningFilterSerializer, request)
        cases = dunning_list(stage=wanted.get("stage"), organization_id=wanted.get("organization"))
        page = paginate_by_key(cases, request, descending=False)
        totals = OverdueTotalSerializer(overdue_totals(cases), many=True)
        return Response(page.body(DunningCaseSerializer(page.rows, many=True).data) | {"totals": totals.data})
