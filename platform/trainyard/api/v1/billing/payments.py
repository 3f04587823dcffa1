"""Credit, top-ups, refunds, and automatic top-ups."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.billing import payment_serializers as serializers
from trainyard.api.views import TrainyardView
from trainyard.billing.payments import operations, queries, refunds, top_ups
from trainyard.billing.wallet import settings
from trainyard.billing.wallet.queries import grants
from trainyard.core.money import format_micros
from trainyard.core.time import database_now


class CreditGrantsView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="listCreditGrants", parameters=PAGE_PARAMETERS, responses=serializers.CreditGrantPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Credit grants of the wallet, newest first."""
        page = paginate(grants(), request)
        return Response(page.body(serializers.CreditGrantSerializer(page.rows, many=True).data))


class TopUpsView(TrainyardView):
    actions = {"GET": "billing.read", "POST": "billing.manage"}

    @extend_schema(operation_id="listTopUps", parameters=PAGE_PARAMETERS, responses=serializers.PaymentPageSerializer)
    def get(self, request: Request) -> Response:
        """Top-ups, including automatic ones, newest first."""
        page = paginate(queries.payments(), request)
        return Response(page.body(serializers.PaymentSerializer(page.rows, many=True).data))

    @contextmanager
    def prepared_post(self, request: Request, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Asks the provider before any transaction is open: it may take its time."""
        body = validated(serializers.TopUpCreateSerializer, request.data)
        self.begun = top_ups.check_out(micros=body["amount"], return_url=body["return_url"])
        yield

    @extend_schema(
        operation_id="createTopUp",
        request=serializers.TopUpCreateSerializer,
        responses={201: serializers.PaymentSerializer},
    )
    def post(self, request: Request) -> Response:
        """Adds paid credit, at once or after a person has paid at `checkout_url`."""
        payment = operations.begin_top_up(self.begun, actor=self.actor.name, now=database_now())
        return Response(serializers.PaymentSerializer(payment).data, status=201)


class RefundsView(TrainyardView):
    actions = {"GET": "billing.read", "POST": "billing.manage"}

    @extend_schema(operation_id="listRefunds", parameters=PAGE_PARAMETERS, responses=serializers.RefundPageSerializer)
    def get(self, request: Request) -> Response:
        """Refunds, newest first, and the maximum that can be refunded now."""
        page = paginate(queries.refunds(), request)
        body = page.body(serializers.RefundSerializer(page.rows, many=True).data)
        return Response(body | {"most_refundable": format_micros(queries.most_refundable())})

    @extend_schema(
        operation_id="createRefund",
        request=serializers.RefundCreateSerializer,
        responses={201: serializers.RefundsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Refunds unused paid credit to the payment methods that it came from."""
        body = validated(serializers.RefundCreateSerializer, request.data)
        made = refunds.request_refund(micros=body["amount"], actor=self.actor.name, now=database_now())
        return Response({"data": serializers.RefundSerializer(made, many=True).data}, status=201)


class WalletSettingsView(TrainyardView):
    actions = {"GET": "billing.read", "PATCH": "billing.manage"}

    @extend_schema(operation_id="getWalletSettings", responses=serializers.WalletSettingsShownSerializer)
    def get(self, request: Request) -> Response:
        """Settings of automatic top-ups, automatic resumption of jobs and the low-balance alert."""
        return Response(serializers.WalletSettingsShownSerializer(settings.wallet_settings()).data)

    @extend_schema(
        operation_id="changeWalletSettings",
        request=serializers.WalletSettingsSerializer,
        responses=serializers.WalletSettingsShownSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Changes the wallet settings; a wallet below the threshold is topped up within seconds."""
        changes = validated(serializers.WalletSettingsSerializer, request.data)
        changed = settings.change_settings(**changes, actor=self.actor.name, now=database_now())
        return Response(serializers.WalletSettingsShownSerializer(changed).data)
