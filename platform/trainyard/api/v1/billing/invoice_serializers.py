"""Bodies of invoices, credit notes, disputes and statements."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.object_actions import INVOICE_ACTIONS, INVOICE_LINE_ACTIONS
from trainyard.api.serializers import AmountField, MoneyField, NamedChoiceField, PageSerializer, StrictSerializer
from trainyard.billing.invoices.dispute_models import Dispute
from trainyard.billing.invoices.disputes import ContestedLine, contested_lines
from trainyard.billing.invoices.models import Invoice, InvoiceLine
from trainyard.billing.invoices.queries import Document
from trainyard.billing.meters.prices import UNITS
from trainyard.billing.models import MAX_PRICE, LedgerTransaction


class PeriodSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField(source="period_start")
    end = serializers.DateTimeField(source="period_end", help_text="End of the period, exclusive.")
    month = serializers.CharField(help_text="Calendar month in `time_zone`, such as 2026-11.")
    time_zone = serializers.CharField()


class PartySerializer(serializers.Serializer[Any]):
    """Legal data of a party when the invoice was finalized; a draft has none."""

    name = serializers.CharField(required=False)
    legal_name = serializers.CharField(required=False)
    address_line1 = serializers.CharField(required=False)
    address_line2 = serializers.CharField(required=False)
    postal_code = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    country = serializers.CharField(required=False)
    vat_id = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    registration_number = serializers.CharField(required=False)
    iban = serializers.CharField(required=False)
    bic = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        known: dict[str, Any] = dict(instance)
        return known


class InvoiceTaxSerializer(serializers.Serializer[Any]):
    category = serializers.CharField(
        help_text="Tax category by UNTDID 5305: S standard, Z zero, AE reverse charge, O not subject to tax."
    )
    percent = serializers.CharField()
    country = serializers.CharField(allow_blank=True)
    base = MoneyField(source="base_micros")
    amount = MoneyField(source="tax_micros", help_text="Tax, rounded once, half-even, for the whole base.")
    wording = serializers.CharField(
        allow_blank=True, help_text="Legally required wording, such as that of reverse charge."
    )


class LineUsageSerializer(serializers.Serializer[Any]):
    """Usage behind the line; `url` lists its records."""

    records = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField)
    def get_url(self, line: InvoiceLine) -> str:
        return f"/api/v1/invoices/{line.invoice_id}/lines/{line.position}/usage"


class LineChargeSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=InvoiceLine.Kind.choices)
    description = serializers.CharField()
    subject = serializers.CharField(help_text="Id of the job, model or plan, or kind of storage.")
    job_name = serializers.CharField(
        allow_null=True, help_text="Name of the job when the invoice was finalized; null for other lines."
    )
    pool = serializers.CharField(allow_blank=True)
    quantity = serializers.CharField(help_text="Quantity, an exact decimal.")
    unit = serializers.CharField()
    unit_price = serializers.CharField(help_text="Price of one unit, an exact decimal.")
    price_id = serializers.CharField(allow_blank=True, help_text="Id of the price version.")
    contract_id = serializers.CharField(
        allow_blank=True, help_text="Id of the contracted price or discount, if one applied."
    )
    charged = MoneyField(source="exact_micros", help_text="Amount charged, in micro-units.")
    amount = MoneyField(
        source="amount_micros", help_text="`charged`, rounded once, half-even, to the smallest unit of the currency."
    )
    late_for = serializers.CharField(
        allow_blank=True, help_text="Closed month to which this late usage belongs; else empty."
    )
    usage = LineUsageSerializer(source="*")


class DisputeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    invoice_id = serializers.CharField()
    invoice_number = serializers.CharField(source="invoice.number")
    line = serializers.IntegerField(help_text="Position of the line on the invoice.")
    amount = MoneyField(source="amount_micros")
    currency = serializers.CharField(source="invoice.currency")
    reason = serializers.CharField()
    state = serializers.ChoiceField(choices=Dispute.State.choices)
    decision = serializers.CharField(allow_blank=True)
    credit_note_id = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class LineDisputesSerializer(serializers.Serializer[Any]):
    disputes = DisputeSerializer(many=True, help_text="Disputes of the line, newest first.")
    disputable = MoneyField(
        source="left_micros", help_text="Amount of the line that can still be disputed, tax included."
    )
    allowed_actions = AllowedActionsField(INVOICE_LINE_ACTIONS)


class InvoiceLineSerializer(LineDisputesSerializer, LineChargeSerializer):
    """Line of an invoice with its disputes."""

    def to_representation(self, instance: ContestedLine) -> dict[str, Any]:
        disputed = LineDisputesSerializer(instance, context=self.context).data
        return {**LineChargeSerializer(instance.line).data, **disputed}


class JournalBoundsSerializer(serializers.Serializer[Any]):
    """Bounds of the journal entries that are on the invoice.

    They are the entries journalled up to `to` that occurred before the end of the period, without those journalled up
    to `previous_to` that occurred before `previous_end`.
    """

    to = serializers.IntegerField(source="journal_to", allow_null=True)
    hash = serializers.CharField(source="journal_hash", allow_blank=True)
    previous_to = serializers.IntegerField()
    previous_end = serializers.DateTimeField(allow_null=True)


class InvoiceSummarySerializer(serializers.Serializer[Any]):
    """Invoice without its lines."""

    id = serializers.CharField()
    number = serializers.CharField(allow_blank=True, help_text="Invoice number; empty while the invoice is a draft.")
    state = serializers.ChoiceField(choices=Invoice.State.choices)
    period = PeriodSerializer(source="*")
    currency = serializers.CharField()
    subtotal = MoneyField(source="subtotal_micros")
    tax = MoneyField(source="tax_micros")
    total = MoneyField(source="total_micros")
    due = MoneyField(source="due_micros", help_text="Amount that credit did not pay.")
    paid = MoneyField(source="paid_micros", help_text="Part of `due` that has been paid.")
    credited = MoneyField(source="credited_micros", help_text="Sum of its credit notes.")
    created_at = serializers.DateTimeField()
    finalized_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    replaces = serializers.CharField(
        source="replaces_id", allow_null=True, help_text="The void invoice that this one replaces."
    )


class InvoiceHeadSerializer(InvoiceSummarySerializer):
    seller = PartySerializer()
    buyer = PartySerializer()
    taxes = InvoiceTaxSerializer(many=True)
    rounding = MoneyField(source="rounding_micros", help_text="Sum of the rounded lines minus what was charged.")
    paid_from_credit = serializers.SerializerMethodField()
    payable = serializers.SerializerMethodField()
    journal = JournalBoundsSerializer(source="*")
    allowed_actions = AllowedActionsField(INVOICE_ACTIONS)

    @extend_schema_field(MoneyField())
    def get_paid_from_credit(self, invoice: Invoice) -> str:
        return MoneyField().to_representation(invoice.total_micros - invoice.due_micros)

    @extend_schema_field(MoneyField())
    def get_payable(self, invoice: Invoice) -> str:
        return MoneyField().to_representation(invoice.due_micros)


class InvoiceSerializer(InvoiceHeadSerializer):
    """Invoice of one calendar month. A draft has the lines so far, without tax."""

    lines = InvoiceLineSerializer(many=True)


def invoice_body(document: Document, *, context: dict[str, Any]) -> dict[str, Any]:
    """An invoice with its lines, as the API answers it to whom ``context`` names."""
    lines = InvoiceLineSerializer(contested_lines(document), many=True, context=context).data
    return {**InvoiceHeadSerializer(document.invoice, context=context).data, "lines": lines}


class EvidenceSerializer(serializers.Serializer[Any]):
    """Journal fact: `body` has the attempt, its interval, the price, and the checkpoint that holds the work."""

    sequence = serializers.IntegerField()
    kind = serializers.CharField()
    subject = serializers.CharField(help_text="Id of the usage record.")
    occurred_at = serializers.DateTimeField()
    body = serializers.JSONField()
    hash = serializers.CharField()


class EvidencePageSerializer(PageSerializer):
    data = EvidenceSerializer(many=True)


class InvoicePageSerializer(PageSerializer):
    data = InvoiceSummarySerializer(many=True)


class CreditNoteSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.CharField()
    invoice_id = serializers.CharField()
    invoice_number = serializers.CharField(source="invoice.number")
    line = serializers.IntegerField(
        allow_null=True, help_text="Position of the credited invoice line, if it is about one line."
    )
    reason = serializers.CharField()
    currency = serializers.CharField()
    net = MoneyField(source="net_micros")
    tax = MoneyField(source="tax_micros")
    total = MoneyField(source="total_micros")
    created_at = serializers.DateTimeField()


class CreditNotePageSerializer(PageSerializer):
    data = CreditNoteSerializer(many=True)


class DisputeCreateSerializer(StrictSerializer):
    line = serializers.IntegerField(min_value=1, help_text="Position of the line on the invoice.")
    reason = serializers.CharField(max_length=1_000)
    amount = AmountField(
        required=False, help_text="Disputed amount, tax included; by default all that is left of the line."
    )


class DisputePageSerializer(PageSerializer):
    data = DisputeSerializer(many=True)


class StatementFilterSerializer(StrictSerializer):
    def get_fields(self) -> dict[str, Any]:  # `from` is no name that Python would take
        return {
            "from": serializers.DateTimeField(help_text="Start of the period, inclusive."),
            "to": serializers.DateTimeField(help_text="End of the period, exclusive."),
        }


class MeterPriceSerializer(StrictSerializer):
    """Price of one unit of storage or predictions. A meter without a price is free."""

    id = serializers.CharField(read_only=True)
    kind = NamedChoiceField(choices=sorted(UNITS))
    unit = serializers.CharField(max_length=16, help_text="GB-hour of storage; call or second of predictions.")
    per_unit = serializers.DecimalField(max_digits=18, decimal_places=9, min_value=0, max_value=MAX_PRICE)
    currency = serializers.CharField(max_length=3, required=False)
    effective_from = serializers.DateTimeField(required=False, help_text="Start of validity; by default now.")


class MeterPricePageSerializer(PageSerializer):
    data = MeterPriceSerializer(many=True)


class FocusFilterSerializer(StrictSerializer):
    invoice = serializers.CharField(required=False, help_text="Id of one invoice.")
    month = serializers.RegexField(r"^\d{4}-\d{2}$", required=False, help_text="Month, such as 2026-11.")


class MovementSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(source="transaction.id")
    at = serializers.DateTimeField(source="transaction.created_at")
    kind = serializers.ChoiceField(choices=LedgerTransaction.Kind.choices, source="transaction.kind")
    description = serializers.CharField(source="transaction.description")
    amount = MoneyField(
        source="amount_micros", help_text="Signed change of the balance; positive in the customer's favour."
    )
    balance = MoneyField(source="balance_micros")


class StatementSerializer(serializers.Serializer[Any]):
    """Statement of account. The balance is what was paid and not used, minus what is owed; holds do not change it."""

    opening_balance = MoneyField(source="opening_micros")
    closing_balance = MoneyField(source="closing_micros")
    currency = serializers.CharField()
    movements = MovementSerializer(many=True)
