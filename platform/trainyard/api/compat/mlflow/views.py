"""MLflow's tracking API: reads and artifacts (https://mlflow.org/docs/latest/api_reference/rest-api.html)."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_upload
from trainyard.api.compat.mlflow import artifacts, bodies, experiments, run_sources, runs
from trainyard.api.compat.mlflow.errors import NoSuchCall
from trainyard.api.compat.mlflow.search import page, search_of
from trainyard.api.downloads import blob_response
from trainyard.api.numbers import whole_number
from trainyard.api.permissions import AUTHENTICATED
from trainyard.api.serializers import validated
from trainyard.api.uploads import upload_chunks
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now


class ExperimentByNameView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    def get(self, request: Request) -> Response:
        """One of MLflow's own by that name, else the newest dataset."""
        name = validated(bodies.ExperimentNameSerializer, request.query_params)["experiment_name"]
        return Response({"experiment": experiments.named(name).body})


class ExperimentView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    def get(self, request: Request) -> Response:
        experiment_id = validated(bodies.ExperimentIdSerializer, request.query_params)["experiment_id"]
        return Response({"experiment": experiments.by_id(experiment_id, now=database_now()).body})


class ExperimentSearchView(TrainyardView):
    actions: ClassVar = {"POST": "datasets.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        asked = validated(bodies.ExperimentSearchSerializer, request.data)
        search = search_of(asked, experiments.ATTRIBUTES)
        found, token = page(experiments.sources(deleted=experiments.VIEWS[asked["view_type"]]), search)
        return Response({"experiments": [record.body for record in found]} | _next(token))


class RunView(TrainyardView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        run_id = validated(bodies.RunIdSerializer, request.query_params)["run_id"]
        return Response({"run": run_sources.by_id(run_id).body})


class RunSearchView(TrainyardView):
    actions: ClassVar = {"POST": "jobs.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        asked = validated(bodies.RunSearchSerializer, request.data)
        search = search_of(asked, runs.ATTRIBUTES)
        deleted = experiments.VIEWS[asked["run_view_type"]]
        found, token = page(run_sources.sources(asked["experiment_ids"], deleted=deleted), search)
        return Response({"runs": [record.body for record in found]} | _next(token))


class MetricHistoryView(TrainyardView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        """One metric's points; of a job at most `MAX_POINTS`, thinned out as in `GET /jobs/{id}/metrics`."""
        asked = validated(bodies.HistorySerializer, request.query_params)
        start = asked["page_token"]
        points, more = run_sources.history(
            asked["run_id"], asked["metric_key"], start=start, limit=asked["max_results"]
        )
        return Response({"metrics": points} | _next(str(start + len(points)) if more else ""))


class ArtifactsView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request) -> Response:
        path = validated(bodies.ArtifactPathSerializer, request.query_params)["path"]
        return Response({"files": artifacts.files(artifacts.path_of(path))})


class ArtifactView(TrainyardView):
    actions: ClassVar = {"GET": "models.read", "PUT": "jobs.write", "DELETE": "jobs.write"}
    body_limits: ClassVar = {ANY_TYPE: of_upload}

    def get(self, request: Request, path: str) -> HttpResponseBase:
        found = artifacts.download(artifacts.path_of(path))
        return blob_response(request, key=found.key, file=found.file, filename=found.filename)

    def put(self, request: Request, path: str) -> Response:
        """What `log_artifact` sends: the content as it is, of any media type."""
        size = whole_number(request.META.get("CONTENT_LENGTH", "")) or 0
        artifacts.write(artifacts.path_of(path), size=size, chunks=upload_chunks(request), now=database_now())
        return Response({})

    def delete(self, request: Request, path: str) -> Response:
        artifacts.delete(artifacts.path_of(path), now=database_now())
        return Response({})


class LoggedModelSearchView(TrainyardView):
    """Always empty: clients ask for logged models while they list artifacts, but a run's model is in its artifacts."""

    actions: ClassVar = {"POST": "models.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        return Response({})


class AnyOtherCallView(TrainyardView):
    """All other calls of MLflow's API, which are refused: no write is accepted and then dropped."""

    actions: ClassVar = dict.fromkeys(["GET", "POST", "PUT", "PATCH", "DELETE"], AUTHENTICATED)
    idempotent_post = False

    def get(self, request: Request, path: str) -> Response:
        raise NoSuchCall(
            f"There is no call {request.method} {path} here.", hint="docs/how-to/move-from-mlflow.md lists them."
        )

    post = put = patch = delete = get


def _next(token: str) -> dict[str, Any]:
    return {"next_page_token": token} if token else {}
