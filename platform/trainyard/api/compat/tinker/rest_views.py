"""Reads: runs, saved weights and their files, sessions, and their cost."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.compat.tinker.base import TinkerBody, TinkerView, parsed
from trainyard.api.compat.tinker.weights_views import LONGEST_TTL, SHORTEST_TTL
from trainyard.api.downloads import blob_response
from trainyard.api.permissions import AUTHENTICATED
from trainyard.core.errors import NotFound
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.core.time import database_now
from trainyard.training_sessions import queries, runs, sessions, weights
from trainyard.training_sessions.errors import invalid
from trainyard.training_sessions.models import SavedWeights, TrainingRun
from trainyard_spec.files import FileEntry

TYPES = {SavedWeights.Kind.TRAINING: "training", SavedWeights.Kind.SAMPLER: "sampler"}
LONGEST_WINDOW = timedelta(days=14)


class PageBody(TinkerBody):
    limit: int = Field(default=20, ge=1, le=1_000)
    offset: int = Field(default=0, ge=0)
    access_scope: str = "owned"
    project_id: str | None = None


class PathBody(TinkerBody):
    tinker_path: str = Field(max_length=400)


class TtlBody(TinkerBody):
    ttl_seconds: int | None = Field(default=None, ge=SHORTEST_TTL, le=LONGEST_TTL)


class WindowBody(TinkerBody):
    starting_on: datetime
    ending_before: datetime


class RunsView(TinkerView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        """Training runs, newest first."""
        found = queries.training_runs()
        page = _page(request)
        rows = found[page.offset : page.offset + page.limit]
        return Response({"training_runs": [_run(run) for run in rows], "cursor": _cursor(page, found.count())})


class RunView(TinkerView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, model_id: str) -> Response:
        return Response(_run(runs.run_of(model_id)))


class RunCheckpointsView(TinkerView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request, model_id: str) -> Response:
        kept = queries.saved_weights(now=database_now()).filter(run=runs.run_of(model_id))
        return Response({"checkpoints": [_checkpoint(each) for each in kept], "cursor": None})


class CheckpointsView(TinkerView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request) -> Response:
        """Saved weights of all runs, newest first."""
        found, page = queries.saved_weights(now=database_now()), _page(request)
        rows = found[page.offset : page.offset + page.limit]
        return Response({"checkpoints": [_checkpoint(each) for each in rows], "cursor": _cursor(page, found.count())})


class CheckpointView(TinkerView):
    actions: ClassVar = {"DELETE": "models.write"}

    def delete(self, request: Request, model_id: str, kind: str, name: str) -> Response:
        weights.delete(_weights(model_id, kind, name), now=database_now())
        return Response(status=204)


class CheckpointTtlView(TinkerView):
    actions: ClassVar = {"PUT": "models.write"}

    def put(self, request: Request, model_id: str, kind: str, name: str) -> Response:
        ttl = self.body(TtlBody).ttl_seconds
        weights.set_ttl(_weights(model_id, kind, name), ttl_seconds=ttl, now=database_now())
        return Response(status=204)


class CheckpointFileView(TinkerView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request, model_id: str, kind: str, name: str, file: str) -> HttpResponseBase:
        """A file of saved weights: an adapter in peft's layout. Ours alone; the client has no call for it."""
        found = _weights(model_id, kind, name)
        entries = map(FileEntry.model_validate, found.files)
        entry = next((each for each in entries if each.name == file), None)
        if entry is None:
            raise NotFound(f"There is no file {file} here.")
        return blob_response(request, key=f"{found.run.state_prefix(found.seq_id)}/{file}", file=entry)


class WeightsInfoView(TinkerView):
    actions: ClassVar = {"POST": "models.read"}

    def post(self, request: Request) -> Response:
        run = queries.weights_at(self.body(PathBody).tinker_path, now=database_now()).run
        lora = run.lora_config
        parts = {name: getattr(lora, name) for name in ("train_unembed", "train_mlp", "train_attn")}
        return Response({"base_model": run.base_model, "is_lora": True, "lora_rank": lora.rank, **parts})


class SessionsView(TinkerView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        page = _page(request)
        rows = queries.training_sessions()[page.offset : page.offset + page.limit]
        return Response({"sessions": [session.id for session in rows]})


class SessionView(TinkerView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, session_id: str) -> Response:
        found = sessions.session(session_id)
        return Response(
            {
                "training_run_ids": [run.model_id for run in queries.runs_of_session(found)],
                "sampler_ids": [sampler.id for sampler in queries.samplers_of_session(found)],
                "user_metadata": _texts(found.user_metadata),
                "display_name": found.display_name or None,
            }
        )


class SamplerView(TinkerView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request, sampler_id: str) -> Response:
        found = queries.sampler(sampler_id)
        path = found.weights.path if found.weights else None
        return Response({"sampler_id": found.id, "base_model": found.base_model, "model_path": path})


class UsageEventsView(TinkerView):
    actions: ClassVar = {"GET": "billing.read"}

    def get(self, request: Request) -> Response:
        """What operations cost, hour by hour: the very amounts that are charged."""
        window = parsed(WindowBody, request.query_params.dict())
        start, end = window.starting_on.astimezone(UTC), window.ending_before.astimezone(UTC)
        if not start < end <= start + LONGEST_WINDOW:
            raise invalid("ending_before", "The window must be of 14 days at most.")
        found = queries.usage_by_hour(start=start, end=end)
        return Response(
            {
                "data": [_usage(each) for each in found],
                "sessions": {each.session_id: {"user_metadata": _texts(each.user_metadata)} for each in found},
            }
        )


class WhoamiView(TinkerView):
    actions: ClassVar = {"GET": AUTHENTICATED}

    def get(self, request: Request) -> Response:
        actor = self.actor
        return Response(
            {"user_urn": f"urn:trainyard:{actor.name}", "org_urn": f"urn:trainyard:{actor.organization_id}"}
        )


def _weights(model_id: str, kind: str, name: str) -> SavedWeights:
    return queries.weights_at(f"tinker://{model_id}/{kind}/{name}", now=database_now())


def _page(request: Request) -> PageBody:
    return parsed(PageBody, request.query_params.dict())


def _cursor(page: PageBody, total: int) -> dict[str, int]:
    return {"offset": page.offset, "limit": page.limit, "total_count": total}


def _run(run: TrainingRun) -> dict[str, Any]:
    kept = list(queries.saved_weights(now=database_now()).filter(run=run))
    newest = {kind: next((_checkpoint(each) for each in kept if each.kind == kind), None) for kind in TYPES}
    return {
        "training_run_id": run.model_id,
        "base_model": run.base_model,
        "model_owner": run.organization_id,
        "is_lora": True,
        "lora_rank": run.lora_config.rank,
        "last_request_time": run.last_request_at,
        "last_checkpoint": newest[SavedWeights.Kind.TRAINING],
        "last_sampler_checkpoint": newest[SavedWeights.Kind.SAMPLER],
        "user_metadata": _texts(run.user_metadata),
    }


def _checkpoint(found: SavedWeights) -> dict[str, Any]:
    return {
        "checkpoint_id": f"{found.kind}/{found.name}",
        "checkpoint_type": TYPES[SavedWeights.Kind(found.kind)],
        "time": found.created_at,
        "tinker_path": found.path,
        "size_bytes": found.bytes,
        "user_metadata": _texts(found.user_metadata),
        "expires_at": found.expires_at,
    }


def _usage(hour: queries.HourOfUsage) -> dict[str, Any]:
    return {
        "bucket_start": hour.start,
        "bucket_end": hour.start + timedelta(hours=1),
        "base_model": hour.base_model,
        "session_id": hour.session_id,
        "estimated_cost_usd": hour.micros / MICROS_PER_UNIT if hour.currency == "USD" else None,
        "event_info": hour.event_info,
    }


def _texts(metadata: dict[str, Any] | None) -> dict[str, str] | None:
    return None if metadata is None else {name: str(value) for name, value in metadata.items()}
