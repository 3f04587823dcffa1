"""Views of prices, usage, wallet and ledger."""

from dataclasses import asdict
from datetime import datetime, timedelta

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.billing import serializers
from trainyard.api.views import TrainyardView
from trainyard.billing import queries
from trainyard.billing.calendar.clock import month_to_date
from trainyard.billing.dunning.queries import own_case
from trainyard.billing.invoices.parties import profile
from trainyard.billing.pricing import queries as pricing
from trainyard.billing.wallet.currencies import currency
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import current_tenant
from trainyard.core.time import database_now
from trainyard.jobs import queries as jobs
from trainyard.jobs.accounting.usage_summary import usage_summary
from trainyard.pools import queries as pool_queries

USUAL_PERIOD = timedelta(days=30)
LONGEST_PERIOD = timedelta(days=366)


class PricesView(TrainyardView):
    actions = {"GET": "catalogue.read"}

    @extend_schema(operation_id="listPrices", parameters=PAGE_PARAMETERS, responses=serializers.PoolPricePageSerializer)
    def get(self, request: Request) -> Response:
        """Open pools with the organization's present and announced prices."""
        page = paginate(pool_queries.active_pools(), request)
        ids = [pool.id for pool in page.rows]
        offers = pricing.offers(organization_id=current_tenant(), pool_ids=ids, at=database_now())
        capacities = pool_queries.capacities(pool_ids=ids)
        rows = [
            {
                "pool_id": pool.id,
                "pool": pool.name,
                "slot_kind": pool.slot_kind,
                "largest_worker": capacities[pool.id].largest,
                "price": offers[pool.id].on_demand,
                "preemptible_price": offers[pool.id].preemptible,
                "upcoming": offers[pool.id].upcoming,
            }
            for pool in page.rows
        ]
        return Response(page.body(serializers.PoolPriceSerializer(rows, many=True).data))


class UsageView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="listUsage",
        parameters=[*PAGE_PARAMETERS, serializers.UsageFilterSerializer],
        responses=serializers.UsagePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Billed usage records, newest first, and their totals."""
        wanted = filters(serializers.UsageFilterSerializer, request)
        selected = {"start": wanted.get("from"), "end": wanted.get("to"), "job_id": wanted.get("job")}
        records = queries.usage_records(**selected)
        page = paginate(records.select_related("price__pool"), request)
        context = {"job_names": jobs.names([record.job_id for record in page.rows])}
        body = page.body(serializers.UsageRecordSerializer(page.rows, many=True, context=context).data)
        totals = serializers.UsageTotalsSerializer(queries.usage_totals(**selected))
        return Response(body | {"totals": totals.data})


class UsageSummaryView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(
        operation_id="getUsageSummary",
        parameters=[serializers.UsageSummaryFilterSerializer],
        responses=serializers.UsageSummarySerializer,
    )
    def get(self, request: Request) -> Response:
        """Billed usage by day in the organization's time zone, and by pool, job or member."""
        wanted = filters(serializers.UsageSummaryFilterSerializer, request)
        now, zone = database_now(), profile().time_zone
        if "month" in wanted:
            start, end = month_to_date(zone=zone, now=now)
        else:
            start, end = _period(wanted.get("from"), wanted.get("to"), now=now)
        summary = usage_summary(by=wanted["by"], start=start, end=end, zone=zone)
        body = {**asdict(summary), "currency": currency()}
        return Response(serializers.UsageSummarySerializer(body).data)


def _period(start: datetime | None, end: datetime | None, *, now: datetime) -> tuple[datetime, datetime]:
    end = end or now
    start = start or end - USUAL_PERIOD
    if not start < end <= start + LONGEST_PERIOD:
        message = "The period must end after it begins, at most 366 days later."
        raise InvalidInput(message, errors=(FieldError("from", "invalid", message),))
    return start, end


class WalletView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="getWallet", responses=serializers.WalletSerializer)
    def get(self, request: Request) -> Response:
        """Balances of the organization: available, reserved by jobs, spent, owed."""
        return Response(serializers.WalletSerializer(queries.wallet()).data)


class OverdueView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="getOverdue", responses=serializers.OverdueStateSerializer)
    def get(self, request: Request) -> Response:
        """The invoice that has been overdue the longest, and the next dunning step; null if none is overdue."""
        return Response(serializers.OverdueStateSerializer({"overdue": own_case()}).data)


class LedgerView(TrainyardView):
    actions = {"GET": "billing.read"}

    @extend_schema(operation_id="listLedger", parameters=PAGE_PARAMETERS, responses=serializers.LedgerPageSerializer)
    def get(self, request: Request) -> Response:
        """Ledger transactions of the organization, newest first."""
        page = paginate(queries.ledger(), request)
        return Response(page.body(serializers.LedgerTransactionSerializer(page.rows, many=True).data))
