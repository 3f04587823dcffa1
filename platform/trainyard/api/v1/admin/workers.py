"""Operators: workers."""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.admin import worker_serializers as serializers
from trainyard.api.v1.admin.overview_serializers import QuarantineSerializer, WorkerReasonSerializer
from trainyard.api.v1.admin.serializers import LabelsSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.jobs import queries as jobs
from trainyard.pools import operations, queries, quotas
from trainyard.pools.models import Worker


class WorkersView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListWorkers",
        parameters=[*PAGE_PARAMETERS, serializers.WorkerFilterSerializer],
        responses=serializers.AdminWorkerPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """All workers, newest first."""
        wanted = filters(serializers.WorkerFilterSerializer, request)
        workers = queries.workers(pool_id=wanted.get("pool"), state=wanted.get("state"), now=database_now())
        page = paginate(workers, request)
        return Response(page.body(_shown(page.rows)))


class WorkerActionView(TrainyardView):
    """POST of one action on one worker; returns the worker."""

    actions = {"POST": OPERATOR}

    def answer(self, act: Callable[..., None], worker_id: str, **arguments: Any) -> Response:
        now = database_now()
        act(worker_id=worker_id, actor=self.actor.name, now=now, **arguments)
        [shown] = _shown([queries.worker(worker_id, now=now)])
        return Response(shown)


class LabelsView(WorkerActionView):
    @extend_schema(
        operation_id="adminLabelWorker",
        request=LabelsSerializer,
        responses=serializers.AdminWorkerSerializer,
    )
    def post(self, request: Request, worker_id: str) -> Response:
        """Replaces the worker's own labels, which jobs can require by `resources.labels`."""
        labels = validated(LabelsSerializer, request.data)["labels"]
        return self.answer(quotas.set_worker_labels, worker_id, labels=labels)


class CordonView(WorkerActionView):
    @extend_schema(
        operation_id="adminCordonWorker", request=WorkerReasonSerializer, responses=serializers.AdminWorkerSerializer
    )
    def post(self, request: Request, worker_id: str) -> Response:
        """Cordons a worker: it gets no new jobs, and its running jobs continue."""
        return self.answer(operations.cordon_worker, worker_id, **validated(WorkerReasonSerializer, request.data))


class UncordonView(WorkerActionView):
    takes_body = False

    @extend_schema(operation_id="adminUncordonWorker", request=None, responses=serializers.AdminWorkerSerializer)
    def post(self, request: Request, worker_id: str) -> Response:
        """Returns a cordoned, draining or quarantined worker to service."""
        return self.answer(operations.uncordon_worker, worker_id)


class DrainView(WorkerActionView):
    @extend_schema(
        operation_id="adminDrainWorker", request=WorkerReasonSerializer, responses=serializers.AdminWorkerSerializer
    )
    def post(self, request: Request, worker_id: str) -> Response:
        """Drains a worker: it gets no new jobs, and its jobs stop with a checkpoint and resume on other workers."""
        return self.answer(operations.drain_worker, worker_id, **validated(WorkerReasonSerializer, request.data))


class QuarantineView(WorkerActionView):
    @extend_schema(
        operation_id="adminQuarantineWorker", request=QuarantineSerializer, responses=serializers.AdminWorkerSerializer
    )
    def post(self, request: Request, worker_id: str) -> Response:
        """Quarantines a worker: it gets no new jobs, and its jobs resume on other workers.

        It stays so until an operator uncordons or retests it.
        """
        return self.answer(operations.quarantine_worker, worker_id, **validated(QuarantineSerializer, request.data))


class RetestView(WorkerActionView):
    takes_body = False

    @extend_schema(operation_id="adminRetestWorker", request=None, responses=serializers.AdminWorkerSerializer)
    def post(self, request: Request, worker_id: str) -> Response:
        """Returns a quarantined worker to service now.

        If it soon fails again, it is quarantined for longer.
        """
        return self.answer(operations.retest_worker, worker_id)


class RemoveView(WorkerActionView):
    takes_body = False

    @extend_schema(operation_id="adminRemoveWorker", request=None, responses=serializers.AdminWorkerSerializer)
    def post(self, request: Request, worker_id: str) -> Response:
        """Revokes the worker's credential. Jobs that it still runs resume on other workers: drain it first."""
        return self.answer(operations.remove_worker, worker_id)


def _shown(workers: Sequence[Worker]) -> list[dict[str, Any]]:
    taken = jobs.slots_taken([worker.id for worker in workers])
    return [
        {
            **serializers.WorkerSerializer(worker).data,
            "slots_taken": taken.get(worker.id, 0),
            "allowed_actions": operations.allowed_worker_actions(worker.state),
        }
        for worker in workers
    ]
