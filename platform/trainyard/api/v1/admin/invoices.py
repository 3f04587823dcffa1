"""Operators: legal entity, tax rates, invoices and their corrections, disputes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.pagination import paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.admin import invoice_serializers as serializers
from trainyard.api.v1.billing.invoice_serializers import (
    CreditNoteSerializer,
    InvoiceSerializer,
    MeterPriceSerializer,
    invoice_body,
)
from trainyard.api.views import TrainyardView
from trainyard.billing.calendar import clock
from trainyard.billing.invoices import corrections, disputes, parties, queries
from trainyard.billing.meters.prices import set_meter_price
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now


class LegalEntityView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminGetLegalEntity", responses=serializers.LegalEntitySerializer)
    def get(self, request: Request) -> Response:
        """The legal entity that sells now."""
        return Response(serializers.LegalEntitySerializer(parties.current_entity(now=database_now())).data)

    @extend_schema(
        operation_id="adminSetLegalEntity",
        request=serializers.LegalEntitySerializer,
        responses=serializers.LegalEntitySerializer,
    )
    def post(self, request: Request) -> Response:
        """Sets the legal entity that sells from now on.

        Document numbers are gap-free for each `number_prefix`.
        """
        body = validated(serializers.LegalEntitySerializer, request.data)
        chosen = parties.choose_entity(actor=self.actor.name, now=database_now(), **body)
        return Response(serializers.LegalEntitySerializer(chosen).data)


class TaxRatesView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(
        operation_id="adminListTaxRates", parameters=PAGE_PARAMETERS, responses=serializers.TaxRatePageSerializer
    )
    def get(self, request: Request) -> Response:
        """Tax rates, newest first."""
        page = paginate(queries.tax_rates(), request)
        return Response(page.body(serializers.TaxRateSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="adminSetTaxRate",
        request=serializers.TaxRateSerializer,
        responses={201: serializers.TaxRateSerializer},
    )
    def post(self, request: Request) -> Response:
        """Sets the tax rate for buyers of a country from a time on; finalized invoices keep their rate."""
        body = validated(serializers.TaxRateSerializer, request.data)
        now = database_now()
        body.setdefault("effective_from", clock.calendar_now())
        rate = parties.set_tax_rate(actor=self.actor.name, now=now, **body)
        return Response(serializers.TaxRateSerializer(rate).data, status=201)


class AdminMeterPricesView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(
        operation_id="adminSetMeterPrice", request=MeterPriceSerializer, responses={201: MeterPriceSerializer}
    )
    def post(self, request: Request) -> Response:
        """Creates a price of storage or predictions; earlier prices stay in force for the time before it."""
        body = validated(MeterPriceSerializer, request.data)
        now = database_now()
        price = set_meter_price(
            kind=body["kind"],
            unit=body["unit"],
            per_unit=body["per_unit"],
            currency=body.get("currency"),
            effective_from=body.get("effective_from", now),
            actor=self.actor.name,
            now=now,
        )
        return Response(MeterPriceSerializer(price).data, status=201)


class AdminInvoicesView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListInvoices", parameters=PAGE_PARAMETERS, responses=serializers.AdminInvoicePageSerializer
    )
    def get(self, request: Request) -> Response:
        """Finalized invoices of all organizations, newest first."""
        page = paginate(queries.all_finalized(), request)
        return Response(page.body(serializers.AdminInvoiceSerializer(page.rows, many=True, context=seen_by(self)).data))


class InvoiceActionView(TrainyardView):
    """POST of one action on one invoice, in the scope of its organization."""

    actions = {"POST": OPERATOR}

    def arguments(self, invoice_id: str, body: dict[str, Any]) -> dict[str, Any]:
        times = {"calendar": clock.calendar_now(), "now": database_now()}
        return {"invoice_id": invoice_id, "actor": self.actor.name, **times, **body}


class PayInvoiceView(InvoiceActionView):
    @extend_schema(
        operation_id="adminPayInvoice", request=serializers.InvoicePaymentSerializer, responses=InvoiceSerializer
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Records a payment, such as a bank transfer; the same `reference` counts once."""
        body = validated(serializers.InvoicePaymentSerializer, request.data)
        body["amount_micros"] = body.pop("amount")
        with tenant_scope(queries.organization_of(invoice_id)):
            corrections.pay(**self.arguments(invoice_id, body))
            return Response(invoice_body(queries.document(invoice_id), context=seen_by(self)))


class VoidInvoiceView(InvoiceActionView):
    @extend_schema(operation_id="adminVoidInvoice", request=serializers.VoidSerializer, responses=InvoiceSerializer)
    def post(self, request: Request, invoice_id: str) -> Response:
        """Voids an invoice. Returns it or, with `reissue`, the invoice that replaces it."""
        body = validated(serializers.VoidSerializer, request.data)
        with tenant_scope(queries.organization_of(invoice_id)):
            standing = corrections.void(**self.arguments(invoice_id, body))
            return Response(invoice_body(queries.document(standing.id), context=seen_by(self)))


class CreditInvoiceView(InvoiceActionView):
    @extend_schema(
        operation_id="adminCreditInvoice",
        request=serializers.CreditNoteCreateSerializer,
        responses={201: CreditNoteSerializer},
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Creates a credit note, tax included, of at most what is left of the invoice."""
        body = validated(serializers.CreditNoteCreateSerializer, request.data)
        body = {"amount_micros": body.pop("amount"), "line": body.pop("line", None), **body}
        with tenant_scope(queries.organization_of(invoice_id)):
            note = corrections.credit(**self.arguments(invoice_id, body))
        return Response(CreditNoteSerializer(note).data, status=201)


class AdminDisputesView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListDisputes", parameters=PAGE_PARAMETERS, responses=serializers.AdminDisputePageSerializer
    )
    def get(self, request: Request) -> Response:
        """Disputes of all organizations, newest first."""
        page = paginate(disputes.all_disputes(), request)
        return Response(page.body(serializers.AdminDisputeSerializer(page.rows, many=True, context=seen_by(self)).data))


class DisputeDecisionView(TrainyardView):
    actions = {"POST": OPERATOR}

    def about(self, dispute_id: str) -> dict[str, Any]:
        times = {"calendar": clock.calendar_now(), "now": database_now()}
        return {"dispute_id": dispute_id, "actor": self.actor.name, **times}

    def shown(self, dispute_id: str) -> Any:
        return serializers.AdminDisputeSerializer(disputes.decided(dispute_id), context=seen_by(self)).data


class ApproveDisputeView(DisputeDecisionView):
    @extend_schema(
        operation_id="adminApproveDispute",
        request=serializers.ApprovalSerializer,
        responses=serializers.AdminDisputeSerializer,
    )
    def post(self, request: Request, dispute_id: str) -> Response:
        """Approves a dispute: returns all or part of the disputed amount by a credit note."""
        body = validated(serializers.ApprovalSerializer, request.data)
        with tenant_scope(disputes.organization_of(dispute_id)):
            disputes.approve(amount_micros=body.get("amount"), decision=body["decision"], **self.about(dispute_id))
        return Response(self.shown(dispute_id))


class RejectDisputeView(DisputeDecisionView):
    @extend_schema(
        operation_id="adminRejectDispute",
        request=serializers.RejectionSerializer,
        responses=serializers.AdminDisputeSerializer,
    )
    def post(self, request: Request, dispute_id: str) -> Response:
        """Rejects a dispute; the invoice line stays as it is."""
        body = validated(serializers.RejectionSerializer, request.data)
        with tenant_scope(disputes.organization_of(dispute_id)):
            disputes.reject(decision=body["decision"], **self.about(dispute_id))
        return Response(self.shown(dispute_id))


class TestClockView(TrainyardView):
    """Test clock. Routed only where ``TRAINYARD_TEST_CLOCK=1``."""

    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminGetTestClock", responses=serializers.TestClockSerializer)
    def get(self, request: Request) -> Response:
        """The present time by billing's calendar."""
        return Response({"now": clock.calendar_now()})

    @extend_schema(
        operation_id="adminMoveTestClock",
        request=serializers.TestClockSerializer,
        responses=serializers.TestClockSerializer,
    )
    def post(self, request: Request) -> Response:
        """Moves billing's calendar ahead; months close by themselves within seconds."""
        wanted = validated(serializers.TestClockSerializer, request.data)["now"]
        moved = clock.move_to(calendar=wanted, actor=self.actor.name, now=database_now())
        return Response({"now": moved})
