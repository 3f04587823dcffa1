"""Operators: currency and credit limit of an organization."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.permissions import OPERATOR
from trainyard.api.serializers import AmountField, MoneyField, StrictSerializer, validated
from trainyard.api.views import TrainyardView
from trainyard.billing.wallet import settings
from trainyard.core.time import database_now


class CreditLimitSerializer(StrictSerializer):
    credit_limit = AmountField(least_micros=0, help_text="Most that the wallet may be overdrawn; 0: prepaid.")


class CreditLimitShownSerializer(serializers.Serializer[Any]):
    credit_limit = MoneyField()


class CurrencySerializer(StrictSerializer):
    currency = serializers.CharField(max_length=3, help_text="ISO 4217 code.")


class CreditLimitView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(
        operation_id="adminSetCreditLimit", request=CreditLimitSerializer, responses=CreditLimitShownSerializer
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Sets the credit limit of a trusted organization, which then pays afterwards up to that limit."""
        body = validated(CreditLimitSerializer, request.data)
        micros = settings.set_credit_limit(
            organization_id=organization_id, micros=body["credit_limit"], actor=self.actor.name, now=database_now()
        )
        return Response(CreditLimitShownSerializer({"credit_limit": micros}).data)


class CurrencyView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(operation_id="adminSetCurrency", request=CurrencySerializer, responses=CurrencySerializer)
    def post(self, request: Request, organization_id: str) -> Response:
        """Sets the currency of an organization that has moved no money yet."""
        body = validated(CurrencySerializer, request.data)
        code = settings.set_currency(
            organization_id=organization_id, code=body["currency"], actor=self.actor.name, now=database_now()
        )
        return Response({"currency": code})
