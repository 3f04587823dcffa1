"""Views that submit, list, pause, resume and cancel jobs."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.json_answers import IF_NONE_MATCH, NOT_MODIFIED, json_answer
from trainyard.api.pagination import Page, filters, page_of, paginate, paginate_by_key
from trainyard.api.schema import DEFAULT_LIMIT, PAGE_PARAMETERS
from trainyard.api.serializers import validated
from trainyard.api.v1.jobs import serializers
from trainyard.api.v1.jobs.bodies import job_bodies, job_body, shown_time
from trainyard.api.v1.jobs.filters import JobFilterSerializer
from trainyard.api.v1.jobs.quote_serializers import QuoteSerializer
from trainyard.api.views import TrainyardView
from trainyard.core.errors import TrainyardError
from trainyard.core.time import database_now
from trainyard.jobs.lifecycle import user_actions
from trainyard.jobs.lifecycle.specs import parse_spec, parse_submission
from trainyard.jobs.models import Job
from trainyard.jobs.sorting import CREATED, JobSort, with_sort_key
from trainyard.registry import queries, shown_jobs, starts
from trainyard_spec.submission import JobSubmission
from trainyard_spec.training import TrainingSpec

LATE_COMMITS = timedelta(seconds=5)
"""Changes are stored with the time at which their transaction looked at the clock, and are seen once it commits."""


def job_page(rows: QuerySet[Job], sort: JobSort | None, request: Request) -> Page[Job]:
    """The page of ``rows`` that is asked for, newest first without ``sort``."""
    if sort is None or sort.key == CREATED:
        return paginate(rows, request, oldest_first=sort is not None and not sort.descending)
    return paginate_by_key(with_sort_key(rows, sort), request, descending=sort.descending)


def _found(request: Request) -> tuple[Page[Any], int | None]:
    """The page that is asked for, and how many jobs there are in all where that is, too."""
    if not request.query_params:  # as dashboards and scripts ask all day
        return page_of(shown_jobs.newest(most=DEFAULT_LIMIT + 1)), None
    wanted = filters(JobFilterSerializer, request)
    sort, counted = wanted.pop("sort", None), wanted.pop("total", False)
    rows = queries.jobs(states=wanted.pop("state", ()), **wanted)
    return job_page(rows, sort, request), rows.count() if counted else None


class JobsView(TrainyardView):
    actions = {"GET": "jobs.read", "POST": "jobs.write"}
    costly_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="listJobs",
        parameters=[*PAGE_PARAMETERS, JobFilterSerializer, IF_NONE_MATCH],
        responses={200: serializers.JobPageSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request) -> HttpResponse:
        """Jobs of the organization, newest first unless `sort` says otherwise.

        With `changed_since` only jobs that have changed since: pass `as_of` of the previous response. No change is
        missed; some jobs may be returned twice.
        """
        began = monotonic()
        page, total = _found(request)
        # The clock was read with the rows or after them; what was changed since the reading began has to come again.
        read_at = next((job.read_at for job in page.rows), None) or database_now()
        read_at -= timedelta(seconds=monotonic() - began)
        body = page.body(job_bodies(page.rows, actor=self.actor)) | {"total": total}
        return json_answer(request, body, besides={"as_of": shown_time(read_at - LATE_COMMITS)})

    @extend_schema(operation_id="submitJob", request=JobSubmission, responses={201: serializers.JobSerializer})
    def post(self, request: Request) -> Response:
        """Submits a job: validates the spec, reserves its first hold and queues it."""
        spec, quote_id = parse_submission(request.data)
        job = starts.submit(spec=spec, accept_quote=quote_id, created_by=self.actor.name, now=database_now())
        return Response(job_body(job, actor=self.actor), status=status.HTTP_201_CREATED)


class QuoteView(TrainyardView):
    actions = {"POST": "jobs.read"}
    costly_methods = frozenset({"POST"})

    @extend_schema(operation_id="quoteJob", request=TrainingSpec, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """Estimated cost of a job; nothing is submitted or reserved."""
        quote = starts.quote(spec=parse_spec(request.data), now=database_now())
        return Response(QuoteSerializer(quote).data)


class MeasureView(TrainyardView):
    actions = {"POST": "jobs.write"}
    costly_methods = frozenset({"POST"})

    @extend_schema(operation_id="measureJob", request=TrainingSpec, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """Estimated cost of a job, and starts a measurement of its speed.

        A few seconds of the training run on a free slot, free of charge. Returns the present quote; `speed_profile`
        shows the progress of the measurement, here and in later quotes.
        """
        quote = starts.measure(spec=parse_spec(request.data), requested_by=self.actor.name, now=database_now())
        return Response(QuoteSerializer(quote).data)


class JobView(TrainyardView):
    actions = {"GET": "jobs.read"}

    @extend_schema(
        operation_id="getJob",
        parameters=[IF_NONE_MATCH],
        responses={200: serializers.JobSerializer, 304: NOT_MODIFIED},
    )
    def get(self, request: Request, job_id: str) -> HttpResponse:
        """One job."""
        return json_answer(request, job_body(shown_jobs.job(job_id), actor=self.actor))


class JobActionView(TrainyardView):
    """POST of one action on one job; returns the job."""

    actions = {"POST": "jobs.write"}

    def answer(self, act: Callable[..., Job], job_id: str, **arguments: Any) -> Response:
        act(job_id=job_id, now=database_now(), **arguments)
        return Response(job_body(queries.job(job_id), actor=self.actor))


class CancelJobView(JobActionView):
    takes_body = False

    @extend_schema(operation_id="cancelJob", request=None, responses=serializers.JobSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Cancels the job for good. A worker stops it within seconds; durable training time stays billed."""
        return self.answer(user_actions.cancel, job_id)


class PauseJobView(JobActionView):
    takes_body = False

    @extend_schema(operation_id="pauseJob", request=None, responses=serializers.JobSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Pauses the job: it stops with a checkpoint, frees its slots and releases its unused hold."""
        return self.answer(user_actions.pause, job_id)


class ResumeJobView(JobActionView):
    @extend_schema(operation_id="resumeJob", request=serializers.ResumeSerializer, responses=serializers.JobSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Resumes a paused job from its last checkpoint.

        Accepts new limits where the old ones stopped it.
        """
        limits = validated(serializers.ResumeSerializer, request.data)
        return self.answer(
            user_actions.resume,
            job_id,
            max_cost_micros=limits.get("max_cost"),
            max_runtime_seconds=limits.get("max_runtime_seconds"),
            auto_resume=limits.get("auto_resume"),
        )


class BulkView(TrainyardView):
    """POST of one action on several jobs, each independently."""

    actions = {"POST": "jobs.write"}
    idempotent_post = False  # asking again changes nothing, and each job is to have a transaction of its own

    def answer(self, act: Callable[..., Job], request: Request) -> Response:
        ids = validated(serializers.BulkCancelSerializer, request.data)["ids"]
        results = [self._result(act, job_id) for job_id in dict.fromkeys(ids)]
        return Response(serializers.BulkCancelResultSerializer({"data": results}).data)

    def _result(self, act: Callable[..., Job], job_id: str) -> dict[str, Any]:
        try:
            job = act(job_id=job_id, now=database_now())
        except TrainyardError as error:
            shown = {"code": error.code, "message": error.message, "hint": error.hint}
            return {"id": job_id, "state": None, "error": shown}
        return {"id": job_id, "state": job.state, "error": None}


class BulkCancelView(BulkView):
    @extend_schema(
        operation_id="cancelJobs",
        request=serializers.BulkCancelSerializer,
        responses=serializers.BulkCancelResultSerializer,
    )
    def post(self, request: Request) -> Response:
        """Cancels several jobs, each independently: one failure does not affect the others."""
        return self.answer(user_actions.cancel, request)


class BulkPauseView(BulkView):
    @extend_schema(
        operation_id="pauseJobs",
        request=serializers.BulkCancelSerializer,
        responses=serializers.BulkCancelResultSerializer,
    )
    def post(self, request: Request) -> Response:
        """Pauses several jobs, each independently: one failure does not affect the others."""
        return self.answer(user_actions.pause, request)
