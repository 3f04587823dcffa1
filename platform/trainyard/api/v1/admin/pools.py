"""Operators: pools, their prices, and the enrolment of workers."""

from datetime import timedelta

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.actor import Actor
from trainyard.api.etags import IF_MATCH, etag_headers, expected_revision
from trainyard.api.object_actions import ADMIN_POOL_ACTIONS, Seen, allowed_on
from trainyard.api.pagination import paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.admin import serializers
from trainyard.api.v1.admin.worker_serializers import (
    EnrolmentTokenCreateSerializer,
    EnrolmentTokenSerializer,
    IssuedEnrolmentTokenSerializer,
)
from trainyard.api.v1.billing.serializers import PriceSerializer
from trainyard.api.views import TrainyardView
from trainyard.billing.pricing import operations as pricing
from trainyard.billing.pricing.queries import price_books
from trainyard.core.time import database_now
from trainyard.pools import operations, queries
from trainyard.pools.models import Pool


def _with_prices(pools: list[Pool], *, actor: Actor) -> list[dict[str, object]]:
    ids = [pool.id for pool in pools]
    books = price_books(pool_ids=ids, at=database_now())
    capacities = queries.capacities(pool_ids=ids)
    return [
        {
            **serializers.PoolSerializer(pool).data,
            "workers_count": capacities[pool.id].workers,
            "slots_count": capacities[pool.id].slots,
            "price": PriceSerializer(current).data if (current := books[pool.id].current) else None,
            "upcoming_prices": PriceSerializer(books[pool.id].upcoming, many=True).data,
            "allowed_actions": allowed_on(ADMIN_POOL_ACTIONS, Seen(pool, actor)),
        }
        for pool in pools
    ]


def _shown(pool: Pool, *, actor: Actor) -> Response:
    [body] = _with_prices([pool], actor=actor)
    return Response(body, headers=etag_headers(pool.revision))


class PoolsView(TrainyardView):
    actions = {"GET": OPERATOR, "POST": OPERATOR}

    @extend_schema(
        operation_id="adminListPools", parameters=PAGE_PARAMETERS, responses=serializers.AdminPoolPageSerializer
    )
    def get(self, request: Request) -> Response:
        """Every pool with its capacity and prices."""
        page = paginate(queries.pools(), request)
        return Response(page.body(_with_prices(page.rows, actor=self.actor)))

    @extend_schema(
        operation_id="adminCreatePool",
        request=serializers.PoolCreateSerializer,
        responses={201: serializers.AdminPoolSerializer},
    )
    def post(self, request: Request) -> Response:
        """Creates a pool with its first price."""
        body = validated(serializers.PoolCreateSerializer, request.data)
        price, now = body.pop("price_per_slot_second"), database_now()
        with transaction.atomic():
            pool = operations.create_pool(**body, actor=self.actor.name, now=now)
            pricing.set_price(
                pool_id=pool.id, per_slot_second=price, effective_from=now, actor=self.actor.name, now=now
            )
        [created] = _with_prices([pool], actor=self.actor)
        return Response(created, status=201)


class PoolView(TrainyardView):
    actions = {"GET": OPERATOR, "PATCH": OPERATOR}

    @extend_schema(operation_id="adminGetPool", responses=serializers.AdminPoolSerializer)
    def get(self, request: Request, pool_id: str) -> Response:
        """One pool; its `ETag` is for `If-Match`."""
        return _shown(queries.pool(pool_id), actor=self.actor)

    @extend_schema(
        operation_id="adminChangePool",
        parameters=[IF_MATCH],
        request=serializers.PoolChangeSerializer,
        responses=serializers.AdminPoolSerializer,
    )
    def patch(self, request: Request, pool_id: str) -> Response:
        """Opens, closes or labels a pool, or changes whether it is preemptible."""
        changes, revision = validated(serializers.PoolChangeSerializer, request.data), expected_revision(request)
        if changes:
            operations.change_pool(
                pool_id=pool_id, revision=revision, actor=self.actor.name, now=database_now(), **changes
            )
        return _shown(queries.pool(pool_id), actor=self.actor)


class PricesView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(
        operation_id="adminSetPrice", request=serializers.PriceCreateSerializer, responses={201: PriceSerializer}
    )
    def post(self, request: Request, pool_id: str) -> Response:
        """Creates a new price of a pool; earlier prices stay in force for the time before it."""
        body = validated(serializers.PriceCreateSerializer, request.data)
        now = database_now()
        body["effective_from"] = body["effective_from"] or now
        price = pricing.set_price(pool_id=queries.pool(pool_id).id, actor=self.actor.name, now=now, **body)
        return Response(PriceSerializer(price).data, status=201)


class EnrolmentTokensView(TrainyardView):
    actions = {"POST": OPERATOR}
    unstored_fields = frozenset({"secret"})

    @extend_schema(
        operation_id="adminCreateEnrolmentToken",
        request=EnrolmentTokenCreateSerializer,
        responses={201: IssuedEnrolmentTokenSerializer},
    )
    def post(self, request: Request, pool_id: str) -> Response:
        """Creates a one-time token with which one worker joins the pool."""
        body = validated(EnrolmentTokenCreateSerializer, request.data)
        issued = operations.create_enrolment_token(
            pool_name=queries.pool(pool_id).name,
            lifetime=timedelta(seconds=body["expires_in_seconds"]),
            actor=self.actor.name,
            now=database_now(),
        )
        data = EnrolmentTokenSerializer(issued.token).data
        return Response({**data, "secret": issued.secret}, status=201)
