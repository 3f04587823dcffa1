"""Request and response bodies of the operators' invoice calls."""

from typing import Any

from rest_framework import serializers

from trainyard.api.allowed_actions import AllowedActionsField
from trainyard.api.object_actions import ADMIN_DISPUTE_ACTIONS, ADMIN_INVOICE_ACTIONS
from trainyard.api.serializers import AmountField, PageSerializer, StrictSerializer
from trainyard.api.v1.billing.invoice_serializers import DisputeSerializer, InvoiceSummarySerializer
from trainyard.billing.invoices.models import MAX_RATE


class LegalEntitySerializer(StrictSerializer):
    name = serializers.CharField(max_length=200)
    number_prefix = serializers.RegexField(
        r"^[A-Z][A-Z0-9-]{0,11}$", default="INV", help_text="Prefix of document numbers, such as `INV` in `INV-000001`."
    )
    address_line1 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    address_line2 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(
        max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2 code, such as DE."
    )
    vat_id = serializers.CharField(max_length=32, required=False, allow_blank=True)
    registration_number = serializers.CharField(max_length=64, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    iban = serializers.CharField(max_length=34, required=False, allow_blank=True)
    bic = serializers.CharField(max_length=11, required=False, allow_blank=True)
    payment_days = serializers.IntegerField(min_value=0, max_value=365, required=False)


class TaxRateSerializer(StrictSerializer):
    country = serializers.CharField(max_length=2)
    percent = serializers.DecimalField(max_digits=6, decimal_places=3, min_value=0, max_value=MAX_RATE)
    reverse_charge = serializers.BooleanField(
        default=False, help_text="Whether a business in another country than the seller's owes the tax itself."
    )
    wording = serializers.CharField(
        max_length=300,
        default="",
        allow_blank=True,
        help_text="Reverse-charge wording on invoices; empty: the default wording.",
    )
    effective_from = serializers.DateTimeField(required=False, help_text="Start of validity; by default now.")


class TaxRatePageSerializer(PageSerializer):
    data = TaxRateSerializer(many=True)


class AdminInvoiceSerializer(InvoiceSummarySerializer):
    organization_id = serializers.CharField()
    organization = serializers.CharField(source="organization.name", help_text="Name of the organization.")
    allowed_actions = AllowedActionsField(ADMIN_INVOICE_ACTIONS)


class AdminInvoicePageSerializer(PageSerializer):
    data = AdminInvoiceSerializer(many=True)


class InvoicePaymentSerializer(StrictSerializer):
    amount = AmountField()
    reference = serializers.CharField(
        max_length=100, help_text="Reference of the payment, such as that of a bank transfer."
    )


class VoidSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=300)
    reissue = serializers.BooleanField(
        default=False,
        help_text="Whether a new invoice with the present legal data replaces it; otherwise the charges are returned.",
    )


class CreditNoteCreateSerializer(StrictSerializer):
    amount = AmountField(help_text="Amount, tax included.")
    reason = serializers.CharField(max_length=300)
    line = serializers.IntegerField(min_value=1, required=False, help_text="Position of the credited invoice line.")


class AdminDisputeSerializer(DisputeSerializer):
    organization_id = serializers.CharField()
    organization = serializers.CharField(source="organization.name", help_text="Name of the organization.")
    line_description = serializers.CharField(help_text="Description of the line on the invoice.")
    allowed_actions = AllowedActionsField(ADMIN_DISPUTE_ACTIONS)


class AdminDisputePageSerializer(PageSerializer):
    data = AdminDisputeSerializer(many=True)


class ApprovalSerializer(StrictSerializer):
    amount = AmountField(required=False, help_text="Amount to return, tax included; by default the disputed amount.")
    decision = serializers.CharField(max_length=1_000, default="", allow_blank=True)


class RejectionSerializer(StrictSerializer):
    decision = serializers.CharField(max_length=1_000)


class TestClockSerializer(StrictSerializer):
    now: Any = serializers.DateTimeField(help_text="Only ahead, at most ten years.")
