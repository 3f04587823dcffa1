"""Operators: price books, contracted prices and discounts."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import PageSerializer, StrictSerializer, validated
from trainyard.api.v1.admin.serializers import PriceCreateSerializer
from trainyard.api.v1.billing.serializers import PerSlotSecondField, PriceSerializer
from trainyard.api.views import TrainyardView
from trainyard.billing.pricing import operations, queries
from trainyard.billing.pricing.models import ContractedPrice
from trainyard.core.time import database_now
from trainyard.pools.queries import pool_named


class ListPriceSerializer(PriceSerializer):
    pool_id = serializers.CharField()
    pool = serializers.CharField(source="pool.name")
    created_at = serializers.DateTimeField()


class ListPricePageSerializer(PageSerializer):
    data = ListPriceSerializer(many=True)


class PriceFilterSerializer(StrictSerializer):
    pool = serializers.CharField(required=False, help_text="Name or id of a pool.")


class ListPriceCreateSerializer(PriceCreateSerializer):
    pool = serializers.CharField(help_text="Name or id of a pool.")


class ContractedPriceSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    pool = serializers.CharField(source="pool.name", allow_null=True, default=None, help_text="Pool; null: all pools.")
    preemptible = serializers.BooleanField(allow_null=True, help_text="Kind of price; null: a discount on both kinds.")
    per_slot_second = PerSlotSecondField(allow_null=True, help_text="Price per slot-second; null: a discount.")
    percent_off = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    currency = serializers.CharField()
    effective_from = serializers.DateTimeField()
    effective_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ContractedPricePageSerializer(PageSerializer):
    data = ContractedPriceSerializer(many=True)


class ContractedPriceCreateSerializer(StrictSerializer):
    """Contracted price of a pool, or a discount on the list prices of one pool or of all."""

    pool = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Name or id of a pool; left out: a discount on all pools.",
    )
    per_slot_second = PerSlotSecondField(required=False)
    percent_off = serializers.DecimalField(max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False)
    preemptible = serializers.BooleanField(
        required=False, help_text="Whether it replaces the preemptible price; by default the on-demand price."
    )
    effective_from = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="Start of validity, not in the past; by default now."
    )
    effective_until = serializers.DateTimeField(required=False, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("per_slot_second" in attrs) == ("percent_off" in attrs):
            raise serializers.ValidationError({"per_slot_second": "Give either per_slot_second or percent_off."})
        if "per_slot_second" in attrs and attrs["pool"] is None:
            raise serializers.ValidationError({"pool": "Name the pool that the price is of."})
        if "percent_off" in attrs and "preemptible" in attrs:
            raise serializers.ValidationError({"preemptible": "A discount is on both kinds of price."})
        return attrs


class PricesView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(
        operation_id="adminListPrices",
        parameters=[*PAGE_PARAMETERS, PriceFilterSerializer],
        responses=ListPricePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """All past, present and announced list prices, newest first."""
        name = filters(PriceFilterSerializer, request).get("pool")
        page = paginate(queries.list_prices(pool_id=None if name is None else pool_named(name).id), request)
        return Response(page.body(ListPriceSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="adminCreatePrice", request=ListPriceCreateSerializer, responses={201: ListPriceSerializer}
    )
    def post(self, request: Request) -> Response:
        """Creates a new list price of a pool; earlier prices stay in force for the time before it."""
        body, now = validated(ListPriceCreateSerializer, request.data), database_now()
        body["effective_from"] = body["effective_from"] or now
        pool = pool_named(body.pop("pool"))
        price = operations.set_price(pool_id=pool.id, actor=self.actor.name, now=now, **body)
        return Response(ListPriceSerializer(price).data, status=201)


class ContractedPricesView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(
        operation_id="adminListContractedPrices",
        parameters=PAGE_PARAMETERS,
        responses=ContractedPricePageSerializer,
    )
    def get(self, request: Request, organization_id: str) -> Response:
        """Contracted prices and discounts of one organization, newest first."""
        page = paginate(queries.contracted_prices(organization_id=organization_id), request)
        return Response(page.body(ContractedPriceSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="adminCreateContractedPrice",
        request=ContractedPriceCreateSerializer,
        responses={201: ContractedPriceSerializer},
    )
    def post(self, request: Request, organization_id: str) -> Response:
        """Creates a contracted price or a discount. A discount of 0 restores the list price."""
        body, now = validated(ContractedPriceCreateSerializer, request.data), database_now()
        body["effective_from"] = body["effective_from"] or now
        name = body.pop("pool")
        agree: Callable[..., ContractedPrice] = (
            operations.contract_price if "per_slot_second" in body else operations.discount
        )
        contract = agree(
            organization_id=organization_id,
            pool_id=None if name is None else pool_named(name).id,
            actor=self.actor.name,
            now=now,
            **body,
        )
        return Response(ContractedPriceSerializer(contract).data, status=201)
