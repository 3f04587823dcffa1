"""Operators: jobs of all organizations, capacity, revenue, and the health of the platform."""

from datetime import timedelta
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.admin import overview_serializers as serializers
from trainyard.api.views import TrainyardView
from trainyard.billing.wallet.currencies import default_currency
from trainyard.core.time import database_now
from trainyard.overview import capacity, health, jobs, revenue
from trainyard.pools.queries import pool_named


class AdminJobsView(TrainyardView):
    actions: ClassVar = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListJobs",
        parameters=[*PAGE_PARAMETERS, serializers.AdminJobFilterSerializer],
        responses=serializers.AdminJobPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Jobs of all organizations, newest first: state, sizes and times, but neither spec nor data."""
        wanted = filters(serializers.AdminJobFilterSerializer, request)
        state, pool = wanted.get("state"), wanted.get("pool")
        rows = jobs.jobs_of_all(
            states=[state] if state else (),
            search=wanted.get("search"),
            organization_id=wanted.get("organization"),
            pool_id=pool_named(pool).id if pool else None,
        )
        page = paginate(rows, request)
        bills = jobs.billed_micros([job.id for job in page.rows])
        context = {"bills": bills, "currency": default_currency()}
        return Response(page.body(serializers.AdminJobSerializer(page.rows, many=True, context=context).data))


class CapacityView(TrainyardView):
    actions: ClassVar = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminGetCapacity",
        parameters=[serializers.CapacityFilterSerializer],
        responses=serializers.CapacitySerializer,
    )
    def get(self, request: Request) -> Response:
        """Slots of every pool: how many exist, how many are in use, and both over time."""
        hours = filters(serializers.CapacityFilterSerializer, request)["hours"]
        pools = capacity.capacities(hours=hours, now=database_now())
        return Response(serializers.CapacitySerializer({"data": pools}).data)


class RevenueView(TrainyardView):
    actions: ClassVar = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminGetRevenue",
        parameters=[serializers.RevenueFilterSerializer],
        responses=serializers.RevenueSerializer,
    )
    def get(self, request: Request) -> Response:
        """Billed amounts by day, kind and pool, and the organizations billed most.

        Taxes and the rounding of invoices are not included.
        """
        now = database_now()
        days = filters(serializers.RevenueFilterSerializer, request)["days"]
        found = revenue.revenue(start=now - timedelta(days=days), end=now)
        totals = [{"currency": currency, "micros": micros} for currency, micros in sorted(found.totals.items())]
        body = {"totals": totals, "data": found.days, "customers": found.customers}
        return Response(serializers.RevenueSerializer(body).data)


class HealthView(TrainyardView):
    actions: ClassVar = {"GET": OPERATOR}

    @extend_schema(operation_id="adminGetHealth", responses=serializers.HealthSerializer)
    def get(self, request: Request) -> Response:
        """Health of each part of the platform."""
        checks = health.platform_health(now=database_now())
        return Response(serializers.HealthSerializer({"level": health.worst(checks), "data": checks}).data)
