"""Views of one job's events, metrics, logs, checkpoints, attempts, usage and queue position."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers as rest
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.jobs import serializers
from trainyard.api.v1.jobs.filters import OLDEST_FIRST, LogFilterSerializer
from trainyard.api.v1.jobs.queue_serializers import QueueSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.jobs import queries
from trainyard.jobs.queue import position
from trainyard.registry import queries as registry


class JobReadView(TrainyardView):
    actions = {"GET": "jobs.read"}

    def page(self, rows: QuerySet[Any, Any], serializer: type[rest.Serializer[Any]]) -> Response:
        page = paginate(rows, self.request)
        return Response(page.body(serializer(page.rows, many=True).data))


class JobEventsView(JobReadView):
    @extend_schema(operation_id="listJobEvents", parameters=PAGE_PARAMETERS, responses=serializers.EventPageSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """State changes and other events of the job, newest first."""
        return self.page(queries.events(job_id), serializers.EventSerializer)


class JobLogsView(JobReadView):
    @extend_schema(
        operation_id="listJobLogs",
        parameters=[*PAGE_PARAMETERS, LogFilterSerializer],
        responses=serializers.LogPageSerializer,
    )
    def get(self, request: Request, job_id: str) -> Response:
        """Log lines of the engine, newest first by default. A job keeps its first lines up to a limit."""
        wanted = filters(LogFilterSerializer, request)
        oldest_first = wanted.pop("sort", None) == OLDEST_FIRST
        page = paginate(queries.log_lines(job_id, **wanted), request, oldest_first=oldest_first)
        return Response(page.body(serializers.LogLineSerializer(page.rows, many=True).data))


class JobCheckpointsView(JobReadView):
    @extend_schema(
        operation_id="listJobCheckpoints", parameters=PAGE_PARAMETERS, responses=serializers.CheckpointPageSerializer
    )
    def get(self, request: Request, job_id: str) -> Response:
        """Checkpoints of the job, newest first, including deleted ones."""
        return self.page(queries.checkpoints(job_id), serializers.CheckpointSerializer)


class JobAttemptsView(JobReadView):
    @extend_schema(
        operation_id="listJobAttempts", parameters=PAGE_PARAMETERS, responses=serializers.AttemptPageSerializer
    )
    def get(self, request: Request, job_id: str) -> Response:
        """Attempts of the job (its runs on workers), newest first."""
        return self.page(queries.attempts(job_id), serializers.AttemptSerializer)


class JobUsageView(JobReadView):
    @extend_schema(operation_id="getJobUsage", parameters=PAGE_PARAMETERS, responses=serializers.JobUsagePageSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """Billed and free time per attempt and price, oldest first; totals cover the whole job.

        `limit` counts attempts: all rows of an attempt are on one page.
        """
        page = paginate(queries.attempts(job_id), request, oldest_first=True)
        bill = registry.billing_breakdown(job_id)
        lines = bill.of_attempts([attempt.fence for attempt in page.rows])
        totals = serializers.JobUsageTotalsSerializer(bill).data
        return Response(page.body(serializers.JobUsageRowSerializer(lines, many=True).data) | {"totals": totals})


class JobQueueView(JobReadView):
    @extend_schema(operation_id="getJobQueue", responses=QueueSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """Position of the job in the queue, and the reason why it waits."""
        return Response(QueueSerializer(position.queue_position(job_id=job_id, now=database_now())).data)
