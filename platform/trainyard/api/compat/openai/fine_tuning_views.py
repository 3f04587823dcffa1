"""OpenAI's fine-tuning jobs."""

import secrets
from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import CharField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.compat.openai import bodies, fine_tuning
from trainyard.api.compat.openai.views_base import OpenAIView, newest_after
from trainyard.api.serializers import validated
from trainyard.core.errors import NotFound
from trainyard.core.money import format_micros
from trainyard.core.time import database_now
from trainyard.fine_tuning import operations, queries
from trainyard.fine_tuning.models import FineTuningJob
from trainyard.jobs import queries as jobs
from trainyard.jobs.reporting import metrics

METRICS = {
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "val_loss": "full_valid_loss",
    "val_accuracy": "full_valid_mean_token_accuracy",
}
"""Series of a job, as OpenAI names them."""
MOST_POINTS = 2_000


class JobsView(OpenAIView):
    actions: ClassVar = {"GET": "jobs.read", "POST": "jobs.write"}

    def get(self, request: Request) -> Response:
        """Newest first; ``metadata[key]=value`` leaves those of that value."""
        asked = validated(bodies.ListSerializer, request.query_params)
        rows = queries.fine_tuning_jobs()
        for number, (name, value) in enumerate(request.query_params.items()):
            if name.startswith("metadata[") and name.endswith("]"):
                key = f"wanted_{number}"
                told = Cast(KeyTextTransform(name[9:-1], "metadata"), CharField())
                rows = rows.alias(**{key: told}).filter(**{key: value})
        found, more = newest_after(rows, after=asked["after"], limit=asked["limit"])
        now = database_now()
        return Response({"object": "list", "data": [fine_tuning.body(row, now=now) for row in found], "has_more": more})

    def post(self, request: Request) -> Response:
        asked = validated(bodies.FineTuningRequestSerializer, request.data)
        order = operations.FineTuningRequest(
            base=asked["model"],
            method=asked["method"],
            training_file=asked["training_file"],
            validation_file=asked.get("validation_file"),
            hyperparameters=asked["hyperparameters"],
            suffix=asked.get("suffix") or "",
            seed=secrets.randbelow(2**31) if asked.get("seed") is None else asked["seed"],
            metadata=asked.get("metadata") or {},
            cap=format_micros(asked["max_cost"]) if "max_cost" in asked else "",
            pool=asked.get("pool", ""),
        )
        now = database_now()
        return Response(fine_tuning.body(operations.create(order=order, actor=self.actor.name, now=now), now=now))


class JobView(OpenAIView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, fine_tuning_id: str) -> Response:
        return Response(fine_tuning.body(queries.fine_tuning_job(fine_tuning_id), now=database_now()))


class JobActionView(OpenAIView):
    """POST of one action on one job; returns the job."""

    actions: ClassVar = {"POST": "jobs.write"}
    act: ClassVar[Callable[..., FineTuningJob]]

    def post(self, request: Request, fine_tuning_id: str) -> Response:
        now = database_now()
        return Response(fine_tuning.body(type(self).act(fine_tuning_id=fine_tuning_id, now=now), now=now))


class CancelView(JobActionView):
    act = staticmethod(operations.cancel)


class PauseView(JobActionView):
    act = staticmethod(operations.pause)


class ResumeView(JobActionView):
    act = staticmethod(operations.resume)


class EventsView(OpenAIView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, fine_tuning_id: str) -> Response:
        asked = validated(bodies.ListSerializer, request.query_params)
        events = fine_tuning.events(queries.fine_tuning_job(fine_tuning_id))
        return Response(_page(events, after=asked["after"], limit=asked["limit"]))


class CheckpointsView(OpenAIView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, fine_tuning_id: str) -> Response:
        asked = validated(bodies.ListSerializer, request.query_params)
        row = queries.fine_tuning_job(fine_tuning_id)
        if row.job is None:
            return Response({"object": "list", "data": [], "has_more": False})
        found, more = newest_after(jobs.checkpoints(row.job.id), after=asked["after"], limit=asked["limit"])
        by_step = _by_step(row.job.id)
        data = [fine_tuning.checkpoint_body(row, each, by_step) for each in found]
        return Response({"object": "list", "data": data, "has_more": more})


def _by_step(job_id: str) -> dict[int, dict[str, float]]:
    by_step: dict[int, dict[str, float]] = {}
    for series in metrics.series(job_id=job_id, names=list(METRICS), max_points=MOST_POINTS):
        for step, value in zip(series.steps, series.values, strict=True):
            if value is not None:
                by_step.setdefault(step, {})[METRICS[series.name]] = value
    return by_step


def _page(rows: list[dict[str, Any]], *, after: str, limit: int) -> dict[str, Any]:
    """Raises ``NotFound`` for an ``after`` that is none of them."""
    start = 0
    if after:
        places = [place for place, row in enumerate(rows) if row["id"] == after]
        if not places:
            raise NotFound(f"There is no {after} among these.")
        start = places[0] + 1
    found = rows[start : start + limit]
    return {"object": "list", "data": found, "has_more": start + limit < len(rows)}
