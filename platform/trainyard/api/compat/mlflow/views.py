"""MLflow's tracking API, what reads of it (https://mlflow.org/docs/latest/api_reference/rest-api.html)."""

from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.compat.mlflow import artifacts, bodies, experiments, runs
from trainyard.api.compat.mlflow.errors import NoSuchCall, OnlyRead
from trainyard.api.compat.mlflow.search import page, search_of
from trainyard.api.downloads import blob_response
from trainyard.api.permissions import AUTHENTICATED
from trainyard.api.serializers import validated
from trainyard.api.v1.jobs.metric_views import MAX_POINTS
from trainyard.api.views import TrainyardView
from trainyard.core.errors import NotFound
from trainyard.datasets import queries as datasets
from trainyard.jobs import queries as jobs
from trainyard.jobs.reporting import metrics
from trainyard.registry import queries


class ExperimentByNameView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    def get(self, request: Request) -> Response:
        """The newest dataset of that name."""
        name = validated(bodies.ExperimentNameSerializer, request.query_params)["experiment_name"]
        found = datasets.newest_named(name=name)
        if found is None:
            raise NotFound(f"There is no experiment {name}.", hint="An experiment is a dataset; search lists them.")
        return Response({"experiment": experiments.experiment(found).body})


class ExperimentView(TrainyardView):
    actions: ClassVar = {"GET": "datasets.read"}

    def get(self, request: Request) -> Response:
        experiment_id = validated(bodies.ExperimentIdSerializer, request.query_params)["experiment_id"]
        return Response({"experiment": experiments.experiment(datasets.dataset_alone(dataset_id=experiment_id)).body})


class ExperimentSearchView(TrainyardView):
    actions: ClassVar = {"POST": "datasets.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        asked = validated(bodies.ExperimentSearchSerializer, request.data)
        search = search_of(asked, experiments.ATTRIBUTES)
        if asked["view_type"] == bodies.DELETED_ONLY:
            return Response({"experiments": []})
        found, token = page(datasets.datasets_alone(), experiments.experiment, search)
        return Response({"experiments": [record.body for record in found]} | _next(token))


class RunView(TrainyardView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        run_id = validated(bodies.RunIdSerializer, request.query_params)["run_id"]
        return Response({"run": runs.run(jobs.job_with_dataset_version(run_id)).body})


class RunSearchView(TrainyardView):
    actions: ClassVar = {"POST": "jobs.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        asked = validated(bodies.RunSearchSerializer, request.data)
        search = search_of(asked, runs.ATTRIBUTES)
        if asked["run_view_type"] == bodies.DELETED_ONLY:
            return Response({"runs": []})
        found, token = page(jobs.jobs_with_dataset_version(dataset_ids=asked["experiment_ids"]), runs.run, search)
        return Response({"runs": [record.body for record in found]} | _next(token))


class MetricHistoryView(TrainyardView):
    actions: ClassVar = {"GET": "jobs.read"}

    def get(self, request: Request) -> Response:
        """One metric's points; a series longer than `MAX_POINTS` is thinned out as in `GET /jobs/{id}/metrics`."""
        asked = validated(bodies.HistorySerializer, request.query_params)
        name, start = asked["metric_key"], asked["page_token"]
        series = metrics.series(job_id=asked["run_id"], names=[name], max_points=MAX_POINTS)
        points = runs.history(jobs.job(asked["run_id"]), name, series)
        stop = start + asked["max_results"]
        return Response({"metrics": points[start:stop]} | _next(str(stop) if stop < len(points) else ""))


class ArtifactsView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request) -> Response:
        path = validated(bodies.ArtifactPathSerializer, request.query_params)["path"]
        return Response({"files": artifacts.files(artifacts.path_of(path))})


class ArtifactView(TrainyardView):
    actions: ClassVar = {"GET": "models.read"}

    def get(self, request: Request, path: str) -> HttpResponseBase:
        wanted = artifacts.path_of(path)
        model = artifacts.model_at(wanted)
        file = queries.file_of(model=model, name=wanted.name)
        return blob_response(request, key=f"{model.blob_prefix}/{file.name}", file=file)


class LoggedModelSearchView(TrainyardView):
    """The client asks for these while it lists artifacts. There are none: a run's model is its artifacts."""

    actions: ClassVar = {"POST": "models.read"}
    idempotent_post = False

    def post(self, request: Request) -> Response:
        return Response({})


class AnyOtherCallView(TrainyardView):
    """Everything else of MLflow's API: nothing that writes is taken and lost in silence."""

    actions: ClassVar = dict.fromkeys(["GET", "POST", "PUT", "PATCH", "DELETE"], AUTHENTICATED)
    idempotent_post = False

    def get(self, request: Request, path: str) -> Response:
        raise NoSuchCall(f"There is no call GET {path} here.", hint="docs/how-to/move-from-mlflow.md lists them.")

    def post(self, request: Request, path: str) -> Response:
        raise OnlyRead(
            f"{request.method} {path} is not answered: runs are read here, not written.",
            hint="POST /api/v1/jobs makes a run, and the platform logs it; POST /api/v1/datasets makes an experiment.",
        )

    put = patch = delete = post


def _next(token: str) -> dict[str, Any]:
    return {"next_page_token": token} if token else {}
