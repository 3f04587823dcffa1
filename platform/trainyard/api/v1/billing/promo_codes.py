"""Promo codes: operators create them, customers redeem them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import AmountField, MoneyField, PageSerializer, StrictSerializer, validated
from trainyard.api.v1.billing.serializers import LedgerTransactionSerializer
from trainyard.api.views import TrainyardView
from trainyard.billing.promotions import operations
from trainyard.core.time import database_now


class RedeemSerializer(StrictSerializer):
    code = serializers.CharField(max_length=40, help_text="Code, case-insensitive.")


class PromoCodeCreateSerializer(StrictSerializer):
    code = serializers.RegexField(r"^[A-Za-z0-9_-]+$", max_length=40, help_text="Letters, digits, dashes, underscores.")
    amount = AmountField(source="amount_micros")
    currency = serializers.CharField(max_length=3, required=False, default=None, allow_null=True)
    max_redemptions = serializers.IntegerField(
        min_value=1,
        max_value=10**9,
        required=False,
        default=None,
        allow_null=True,
        help_text="Maximum number of redemptions; null: no limit.",
    )
    credit_days = serializers.IntegerField(
        min_value=1,
        max_value=36_500,
        required=False,
        default=None,
        allow_null=True,
        help_text="Days until the credit expires; null: never.",
    )
    ends_at = serializers.DateTimeField(required=False, default=None, allow_null=True)


class PromoCodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    code = serializers.CharField()
    amount = MoneyField(source="amount_micros")
    currency = serializers.CharField()
    max_redemptions = serializers.IntegerField(allow_null=True)
    redemptions = serializers.IntegerField()
    credit_days = serializers.IntegerField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class PromoCodePageSerializer(PageSerializer):
    data = PromoCodeSerializer(many=True)


class RedeemView(TrainyardView):
    actions = {"POST": "billing.manage"}

    @extend_schema(
        operation_id="redeemPromoCode", request=RedeemSerializer, responses={201: LedgerTransactionSerializer}
    )
    def post(self, request: Request) -> Response:
        """Redeems a promo code for promotional credit, once per organization."""
        body = validated(RedeemSerializer, request.data)
        granted = operations.redeem(code=body["code"], actor=self.actor.name, now=database_now())
        return Response(LedgerTransactionSerializer(granted).data, status=201)


class PromoCodesView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(operation_id="adminListPromoCodes", parameters=PAGE_PARAMETERS, responses=PromoCodePageSerializer)
    def get(self, request: Request) -> Response:
        """Promo codes with the number of redemptions of each, newest first."""
        page = paginate(operations.promo_codes(), request)
        return Response(page.body(PromoCodeSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="adminCreatePromoCode", request=PromoCodeCreateSerializer, responses={201: PromoCodeSerializer}
    )
    def post(self, request: Request) -> Response:
        """Creates a promo code."""
        body = validated(PromoCodeCreateSerializer, request.data)
        promo = operations.create_promo_code(**body, actor=self.actor.name, now=database_now())
        return Response(PromoCodeSerializer(promo).data, status=201)
