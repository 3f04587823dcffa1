"""Metric series: of one job, of several jobs for comparison, and in full as CSV."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from trainyard.api.admission import Runner, runner_of
from trainyard.api.json_answers import IF_NONE_MATCH, NOT_MODIFIED, json_answer
from trainyard.api.numbers import whole_number
from trainyard.api.schema import bounded
from trainyard.api.serializers import validated
from trainyard.api.v1.jobs.filters import ComparedJobsSerializer
from trainyard.api.v1.jobs.metric_serializers import JobsMetricsSerializer, MetricsSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs import queries
from trainyard.jobs.reporting import metrics
from trainyard.jobs.reporting.metrics import StepRange

LEAST_POINTS = 2
DEFAULT_POINTS = 1_000
MAX_POINTS = 10_000
ALL_POINTS = 2**62
ROWS_AT_ONCE = 5_000
NAMES = OpenApiParameter("names", str, description="Names of series, separated by commas; all when left out.")
POINTS = OpenApiParameter(
    "max_points",
    bounded(default=DEFAULT_POINTS, least=LEAST_POINTS, most=MAX_POINTS),
    description="Points per series. Longer series are downsampled so that minimum and maximum of every interval "
    "remain.",
)


class JobMetricsView(TrainyardView):
    actions = {"GET": "jobs.read"}

    @extend_schema(
        operation_id="getJobMetrics",
        parameters=[
            NAMES,
            POINTS,
            OpenApiParameter("min_step", int, description="First step."),
            OpenApiParameter("max_step", int, description="Last step."),
            IF_NONE_MATCH,
        ],
        responses={200: MetricsSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request, job_id: str) -> HttpResponse:
        """Metrics of the job over its steps, one series per name, continuous across attempts.

        At most `max_points` points between `min_step` and `max_step`, and one more on either side.
        """
        found = metrics.chart(
            job_id=job_id, names=_names(request) or None, max_points=_max_points(request), within=_within(request)
        )
        clock = {"steps": found.clock.steps, "seconds": found.clock.seconds}
        return json_answer(request, {"data": [_shown(one) for one in found.series], "clock": clock})


class JobsMetricsView(TrainyardView):
    actions = {"GET": "jobs.read"}
    costly_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="getMetricsOfJobs",
        parameters=[
            ComparedJobsSerializer,
            NAMES,
            POINTS,
            IF_NONE_MATCH,
        ],
        responses={200: JobsMetricsSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request) -> HttpResponse:
        """Metric series of several jobs, for comparison. Unknown job ids are ignored."""
        ids = validated(ComparedJobsSerializer, request.query_params)["ids"]
        names, most = _names(request) or None, _max_points(request)
        known = set(queries.jobs(ids=ids).values_list("id", flat=True))
        found = [
            {"job_id": job_id, **_shown(one)}
            for job_id in ids
            if job_id in known
            for one in metrics.series(job_id=job_id, names=names, max_points=most)
        ]
        return json_answer(request, {"data": found})


class JobMetricsExportView(TrainyardView):
    actions = {"GET": "jobs.read"}
    costly_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="exportJobMetrics",
        parameters=[NAMES],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, job_id: str) -> StreamingHttpResponse:
        """All metric points of the job as CSV: a row per step, a column per series; missing values are empty."""
        found = metrics.series(job_id=job_id, names=_names(request) or None, max_points=ALL_POINTS)
        rows = _csv(found)
        django_request = request._request  # noqa: SLF001
        is_asgi = isinstance(django_request, ASGIRequest)
        return StreamingHttpResponse(
            _awaited(rows, runner_of(django_request), self.actor.organization_id) if is_asgi else rows,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{job_id}-metrics.csv"'},
        )


def _csv(found: list[metrics.Series]) -> Iterator[bytes]:
    """Blocks of some thousand rows, in the order of steps."""
    at = [dict(zip(one.steps, one.values, strict=True)) for one in found]
    steps = sorted(set().union(*at)) if at else []
    yield _lines([["step", *(one.name for one in found)]])
    for begin in range(0, len(steps), ROWS_AT_ONCE):
        yield _lines([[step, *(values.get(step) for values in at)] for step in steps[begin : begin + ROWS_AT_ONCE]])


def _lines(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


async def _awaited(rows: Iterator[bytes], run: Runner, organization_id: str) -> AsyncIterator[bytes]:
    def following() -> bytes | None:
        with tenant_scope(organization_id):
            return next(rows, None)

    while (block := await run(following)) is not None:
        yield block


def _shown(series: metrics.Series) -> dict[str, Any]:
    return {name: getattr(series, name) for name in ("name", "steps", "values", "points", "lowest", "highest")}


def _names(request: Request) -> list[str]:
    return [name for name in ",".join(request.query_params.getlist("names")).split(",") if name]


def _within(request: Request) -> StepRange | None:
    """Raises ``InvalidInput`` for what is no step."""
    asked = {name: request.query_params.get(name) for name in ("min_step", "max_step")}
    if all(text is None for text in asked.values()):
        return None
    first, last = (None if text is None else whole_number(text) for text in asked.values())
    for name, number in zip(asked, (first, last), strict=True):
        if asked[name] is not None and number is None:
            message = f"{name} must be a step: a whole number, not negative."
            raise InvalidInput(message, errors=(FieldError(name, "invalid", message),))
    return StepRange(first or 0, ALL_POINTS if last is None else last)


def _max_points(request: Request) -> int:
    points = whole_number(request.query_params.get("max_points", str(DEFAULT_POINTS)))
    if points is None or not LEAST_POINTS <= points <= MAX_POINTS:
        message = f"max_points must be a number from {LEAST_POINTS} to {MAX_POINTS}."
        raise InvalidInput(message, errors=(FieldError("max_points", "invalid", message),))
    return points
