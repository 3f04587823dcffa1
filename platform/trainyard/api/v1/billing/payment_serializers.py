"""Bodies of credit grants, top-ups, refunds and wallet settings."""

from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from trainyard.api.serializers import AmountField, MoneyField, PageSerializer, StrictSerializer
from trainyard.billing.payments.models import Payment, Refund
from trainyard.billing.wallet.models import CreditGrant


class CreditGrantSerializer(serializers.Serializer[Any]):
    """Credit grant. Grants are used in the order of priority, expiry and age."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=CreditGrant.Kind.choices)
    priority = serializers.IntegerField(help_text="Priority; grants with a lower number are used first.")
    amount = MoneyField(source="amount_micros")
    remaining = MoneyField(
        source="remaining_micros", help_text="Unused amount, including what jobs have reserved of it."
    )
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class CreditGrantPageSerializer(PageSerializer):
    data = CreditGrantSerializer(many=True)


class TopUpCreateSerializer(StrictSerializer):
    amount = AmountField(help_text="Amount, in whole smallest units of the currency, such as cents.")
    return_url = serializers.URLField(
        required=False, default="", allow_blank=True, help_text="URL to which the payment page returns."
    )


class PaymentSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=Payment.Kind.choices)
    state = serializers.ChoiceField(choices=Payment.State.choices)
    amount = MoneyField(source="amount_micros")
    refunded = MoneyField(source="refunded_micros")
    reversed = MoneyField(source="reversed_micros", help_text="Amount that the bank has taken back.")
    currency = serializers.CharField()
    provider = serializers.CharField()
    checkout_url = serializers.CharField(help_text="URL where a person pays; empty if nobody has to.")
    error = serializers.CharField(help_text="Why it failed, else empty.")
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class PaymentPageSerializer(PageSerializer):
    data = PaymentSerializer(many=True)


class RefundCreateSerializer(StrictSerializer):
    amount = AmountField()


class RefundSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    payment_id = serializers.CharField()
    state = serializers.ChoiceField(choices=Refund.State.choices)
    amount = MoneyField(source="amount_micros")
    currency = serializers.CharField(source="payment.currency")
    error = serializers.CharField(help_text="Why it failed, else empty.")
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class RefundPageSerializer(PageSerializer):
    data = RefundSerializer(many=True)
    most_refundable = serializers.CharField(
        help_text="Maximum refund: unused paid credit that no job reserves, in whole smallest units of the currency."
    )


class RefundsSerializer(serializers.Serializer[Any]):
    """Refunds, one for each payment that they come from."""

    if TYPE_CHECKING:
        data: Any  # a field here, the serialized whole in the base class

    data = RefundSerializer(many=True)


class AutoTopUpSerializer(StrictSerializer):
    threshold = AmountField(least_micros=0, help_text="Balance below which the wallet is topped up.")
    amount = AmountField()
    monthly_limit = AmountField(help_text="Most that automatic top-ups may add per calendar month (UTC).")


class WalletSettingsSerializer(StrictSerializer):
    """Change of the wallet settings; fields that are left out stay unchanged."""

    auto_top_up = AutoTopUpSerializer(required=False, allow_null=True, help_text="Automatic top-ups; null: none.")
    auto_resume = serializers.BooleanField(
        required=False,
        help_text="Whether jobs that stopped for lack of funds resume automatically when there are funds.",
    )
    low_balance = AmountField(
        source="low_balance_micros",
        required=False,
        allow_null=True,
        help_text="Balance below which billing contacts get an e-mail and `wallet.low_balance` is sent. Null: no "
        "alert.",
    )


class AutoTopUpShownSerializer(serializers.Serializer[Any]):
    threshold = MoneyField(source="auto_top_up_threshold_micros")
    amount = MoneyField(source="auto_top_up_amount_micros")
    monthly_limit = MoneyField(source="auto_top_up_monthly_limit_micros")


class WalletSettingsShownSerializer(serializers.Serializer[Any]):
    auto_top_up = AutoTopUpShownSerializer(allow_null=True)
    auto_resume = serializers.BooleanField()
    low_balance = MoneyField(source="low_balance_micros", allow_null=True)
    has_payment_method = serializers.BooleanField(
        help_text="Whether a payment method is saved that automatic top-ups can charge."
    )
    currency = serializers.CharField()
