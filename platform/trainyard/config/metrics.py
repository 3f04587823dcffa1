"""``GET /metrics``: what monitoring scrapes, in Prometheus' text format.

Every figure is counted in the database when it is asked for, so that any web process answers for the whole platform.
"""

from collections.abc import Iterator

from django.db.models import Count, Model, QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from rest_framework.request import Request

from trainyard.api.permissions import OPERATOR
from trainyard.api.views import TrainyardView
from trainyard.core.models import OutboxMessage, PostponedItem
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs.models import Job
from trainyard.pools.models import Worker
from trainyard.registry.models import Prediction
from trainyard_spec.states import TERMINAL_STATES


class PlatformCollector:
    """Unfinished work by state, workers, and what could not be done yet."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        unfinished = Job.across_tenants.exclude(state__in=TERMINAL_STATES)
        yield counted("trainyard_jobs", "Unfinished jobs.", unfinished, "state")
        yield counted("trainyard_workers", "Enrolled workers.", Worker.objects.all(), "state")
        waiting = Prediction.across_tenants.filter(finished_at=None)
        yield counted("trainyard_predictions", "Predictions without an answer yet.", waiting, "state")
        validating = DatasetVersion.across_tenants.filter(state=DatasetVersion.State.VALIDATING)
        yield counted("trainyard_dataset_versions", "Uploads being validated.", validating, "state")
        yield counted("trainyard_outbox_messages", "Messages not sent yet.", OutboxMessage.objects.all(), "queue")
        failed = PostponedItem.objects.all()
        yield counted("trainyard_postponed_items", "Items a periodic task failed on.", failed, "reconciler")


def counted(name: str, sentence: str, rows: QuerySet[Model], label: str) -> GaugeMetricFamily:
    """How many of ``rows`` there are by their column ``label``."""
    family = GaugeMetricFamily(name, sentence, labels=[label])
    for value, count in rows.order_by().values_list(label).annotate(Count("pk")):
        family.add_metric([value], count)
    return family


class MetricsView(TrainyardView):
    """For operators: a scraper sends an operator's API key as its bearer token."""

    actions = {"GET": OPERATOR}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        registry = CollectorRegistry()
        registry.register(PlatformCollector())
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
