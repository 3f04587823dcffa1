"""Body of a billing profile: the buyer on an organization's invoices."""

from rest_framework import serializers

from trainyard.api.serializers import StrictSerializer


class BillingProfileSerializer(StrictSerializer):
    """Buyer data on the organization's invoices. Changes apply from the next invoice on."""

    legal_name = serializers.CharField(max_length=200, required=False)
    address_line1 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    address_line2 = serializers.CharField(max_length=200, required=False, allow_blank=True)
    postal_code = serializers.CharField(max_length=20, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    country = serializers.CharField(
        max_length=2, required=False, allow_blank=True, help_text="ISO 3166-1 alpha-2 code, such as DE."
    )
    vat_id = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        help_text="VAT identification number, validated by the rules of its country.",
    )
    email = serializers.EmailField(required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False, help_text="IANA time zone of the invoiced months.")
