"""Operators: workers."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.v1.admin import serializers
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.pools import operations, queries


class WorkersView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListWorkers",
        parameters=[*PAGE_PARAMETERS, serializers.WorkerFilterSerializer],
        responses=serializers.AdminWorkerPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """Every worker, newest first."""
        wanted = filters(serializers.WorkerFilterSerializer, request)
        workers = queries.workers(pool_id=wanted.get("pool"), state=wanted.get("state"), now=database_now())
        page = paginate(workers, request)
        return Response(page.body(serializers.AdminWorkerSerializer(page.rows, many=True).data))


class CordonView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(operation_id="adminCordonWorker", request=None, responses=serializers.AdminWorkerSerializer)
    def post(self, request: Request, worker_id: str) -> Response:
        """The worker takes no new work; what it runs goes on."""
        now = database_now()
        operations.cordon_worker(worker_id=worker_id, actor=self.actor.name, now=now)
        return Response(serializers.AdminWorkerSerializer(queries.worker(worker_id, now=now)).data)


class UncordonView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(operation_id="adminUncordonWorker", request=None, responses=serializers.AdminWorkerSerializer)
    def post(self, request: Request, worker_id: str) -> Response:
        """The worker takes work again."""
        now = database_now()
        operations.uncordon_worker(worker_id=worker_id, actor=self.actor.name, now=now)
        return Response(serializers.AdminWorkerSerializer(queries.worker(worker_id, now=now)).data)
