"""Invoices, their journal and evidence, credit notes, disputes, the statement and the billing profile."""

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.allowed_actions import seen_by
from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.billing import invoice_serializers as serializers
from trainyard.api.v1.billing.exports import attachment, focus_csv, invoice_csv, journal_lines, named
from trainyard.api.v1.billing.profile_serializers import BillingProfileSerializer
from trainyard.api.v1.jobs.stream import EventStreamNegotiation
from trainyard.api.views import TrainyardView
from trainyard.billing.calendar.clock import calendar_now
from trainyard.billing.invoices import disputes, parties, queries
from trainyard.billing.invoices.paper import pdf_of, pdf_of_credit_note
from trainyard.billing.meters.prices import meter_prices
from trainyard.billing.wallet.currencies import currency
from trainyard.core.time import database_now


class MeterPricesView(TrainyardView):
    actions = {"GET": "catalogue.read"}

    @extend_schema(
        operation_id="listMeterPrices", parameters=PAGE_PARAMETERS, responses=serializers.MeterPricePageSerializer
    )
    def get(self, request: Request) -> Response:
        """Prices of storage and predictions, newest first. A meter without a price is free."""
        page = paginate(meter_prices(), request)
        return Response(page.body(serializers.MeterPriceSerializer(page.rows, many=True).data))


class InvoicesView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="listInvoices", parameters=PAGE_PARAMETERS, responses=serializers.InvoicePageSerializer)
    def get(self, request: Request) -> Response:
        """Invoices, newest first; the first is the open month, a draft."""
        page = paginate(queries.invoices(), request)
        summaries = [document.invoice for document in queries.summed_up(page.rows)]
        return Response(page.body(serializers.InvoiceSummarySerializer(summaries, many=True).data))


class InvoiceView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="getInvoice", responses=serializers.InvoiceSerializer)
    def get(self, request: Request, invoice_id: str) -> Response:
        """One invoice with its lines."""
        return Response(serializers.invoice_body(queries.document(invoice_id), context=seen_by(self)))


class InvoicePdfView(TrainyardView):
    actions = {"GET": "billing.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(operation_id="getInvoicePdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """An invoice as PDF/A-3.

        The electronic invoice (EN 16931) is embedded where the countries of both parties are known.
        """
        document = queries.document(invoice_id)
        content = pdf_of(document.invoice, document.lines)
        return attachment(content, name=f"{named(document.invoice)}.pdf", content_type="application/pdf")


class FocusView(TrainyardView):
    actions = {"GET": "billing.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(
        operation_id="exportFocus",
        parameters=[serializers.FocusFilterSerializer],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        """FOCUS 1.2 and 1.3 cost export as CSV: of one invoice, of a month, or of all invoices that are not void."""
        wanted = filters(serializers.FocusFilterSerializer, request)
        return focus_csv(queries.standing(invoice_id=wanted.get("invoice"), month=wanted.get("month")))


class InvoiceCsvView(TrainyardView):
    actions = {"GET": "billing.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(operation_id="getInvoiceCsv", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, invoice_id: str) -> HttpResponse:
        """The lines of an invoice as CSV (RFC 4180)."""
        return invoice_csv(queries.document(invoice_id))


class InvoiceJournalView(TrainyardView):
    actions = {"GET": "billing.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(operation_id="getInvoiceJournal", responses={(200, "application/x-ndjson"): OpenApiTypes.STR})
    def get(self, request: Request, invoice_id: str) -> StreamingHttpResponse:
        """The billing journal behind an invoice as JSON lines; `trainyard billing recompute` recomputes it."""
        return journal_lines(request, queries.document(invoice_id).invoice)


class InvoiceEvidenceView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="listInvoiceLineUsage", parameters=PAGE_PARAMETERS, responses=serializers.EvidencePageSerializer
    )
    def get(self, request: Request, invoice_id: str, position: int) -> Response:
        """The usage records behind one invoice line: attempts, intervals, prices and checkpoints."""
        page = paginate(queries.evidence(invoice_id=invoice_id, position=position), request, oldest_first=True)
        return Response(page.body(serializers.EvidenceSerializer(page.rows, many=True).data))


class InvoiceDisputesView(TrainyardView):
    actions = {"POST": "billing.manage"}

    @extend_schema(
        operation_id="disputeInvoiceLine",
        request=serializers.DisputeCreateSerializer,
        responses={201: serializers.DisputeSerializer},
    )
    def post(self, request: Request, invoice_id: str) -> Response:
        """Disputes an invoice line; an operator decides."""
        body = validated(serializers.DisputeCreateSerializer, request.data)
        opened = disputes.dispute(
            invoice_id=invoice_id,
            line=body["line"],
            reason=body["reason"],
            amount_micros=body.get("amount"),
            actor=self.actor.name,
            calendar=calendar_now(),
            now=database_now(),
        )
        return Response(serializers.DisputeSerializer(opened).data, status=201)


class DisputesView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="listDisputes", parameters=PAGE_PARAMETERS, responses=serializers.DisputePageSerializer)
    def get(self, request: Request) -> Response:
        """Disputes, newest first."""
        page = paginate(disputes.disputes(), request)
        return Response(page.body(serializers.DisputeSerializer(page.rows, many=True).data))


class CreditNotesView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="listCreditNotes", parameters=PAGE_PARAMETERS, responses=serializers.CreditNotePageSerializer
    )
    def get(self, request: Request) -> Response:
        """Credit notes, newest first."""
        page = paginate(queries.credit_notes(), request)
        return Response(page.body(serializers.CreditNoteSerializer(page.rows, many=True).data))


class CreditNotePdfView(TrainyardView):
    actions = {"GET": "billing.read"}
    content_negotiation_class = EventStreamNegotiation

    @extend_schema(operation_id="getCreditNotePdf", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, note_id: str) -> HttpResponse:
        """A credit note as PDF/A-3, with the electronic credit note attached where the invoice has one."""
        note = queries.credit_note(note_id)
        return attachment(pdf_of_credit_note(note), name=f"{note.number}.pdf", content_type="application/pdf")


class StatementView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="getStatement",
        parameters=[serializers.StatementFilterSerializer],
        responses=serializers.StatementSerializer,
    )
    def get(self, request: Request) -> Response:
        """Statement of account: balances at `from` and `to`, and all movements between."""
        wanted = filters(serializers.StatementFilterSerializer, request)
        found = queries.statement(start=wanted["from"], end=wanted["to"])
        body = {
            "opening_micros": found.opening_micros,
            "closing_micros": found.closing_micros,
            "movements": found.movements,
            "currency": currency(),
        }
        return Response(serializers.StatementSerializer(body).data)


class BillingProfileView(TrainyardView):
    actions = {"GET": "billing.read", "PATCH": "billing.manage"}

    @extend_schema(operation_id="getBillingProfile", responses=BillingProfileSerializer)
    def get(self, request: Request) -> Response:
        """Buyer data on the organization's invoices, and the time zone of its months."""
        return Response(BillingProfileSerializer(parties.profile()).data)

    @extend_schema(
        operation_id="updateBillingProfile",
        request=BillingProfileSerializer,
        responses=BillingProfileSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Changes the billing profile; fields that are left out stay unchanged."""
        body = validated(BillingProfileSerializer, request.data)
        changed = parties.set_profile(actor=self.actor.name, now=database_now(), **body)
        return Response(BillingProfileSerializer(changed).data)
