"""Operators: the queue of each pool and the reasons for its order."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.pagination import filters, paginate
from trainyard.api.permissions import OPERATOR
from trainyard.api.schema import PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.admin import serializers
from trainyard.api.v1.admin.overview_serializers import WhatIfSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.jobs.queue.operator_view import pool_queue
from trainyard.pools import queries


class QueueView(TrainyardView):
    actions = {"GET": OPERATOR}

    @extend_schema(
        operation_id="adminListQueues",
        parameters=[serializers.QueueFilterSerializer, *PAGE_PARAMETERS],
        responses=serializers.PoolQueuePageSerializer,
    )
    def get(self, request: Request) -> Response:
        """The queue of every pool.

        For each organization: the slots that it holds, its fair share and its queued jobs, in the order in which the
        organizations come next.
        """
        wanted = filters(serializers.QueueFilterSerializer, request)
        page = paginate(queries.pools(name=wanted.get("pool")), request)
        now = database_now()
        queues = [pool_queue(pool, now=now) for pool in page.rows]
        return Response(page.body(serializers.PoolQueueSerializer(queues, many=True).data))


class WhatIfView(TrainyardView):
    actions = {"POST": OPERATOR}

    @extend_schema(operation_id="adminQueueWhatIf", request=WhatIfSerializer, responses=serializers.PoolQueueSerializer)
    def post(self, request: Request) -> Response:
        """Computes the queue of a pool as if some organizations had other weights. Changes nothing."""
        body = validated(WhatIfSerializer, request.data)
        queue = pool_queue(queries.pool_named(body["pool"]), now=database_now(), weights=body["weights"])
        return Response(serializers.PoolQueueSerializer(queue).data)
