"""MLflow's calls that write: a client's own experiments and runs, and tags of all runs that it can find."""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from trainyard.api.body_limits import ANY_TYPE, of_run_batch
from trainyard.api.compat.mlflow import bodies, experiments, tracked_runs
from trainyard.api.compat.mlflow import write_bodies as written
from trainyard.api.compat.mlflow.runs import milliseconds
from trainyard.api.serializers import validated
from trainyard.api.views import TrainyardView
from trainyard.core.time import database_now
from trainyard.jobs import queries as jobs
from trainyard.tracking import operations
from trainyard.tracking.logged import Logged

EMPTY: Mapping[str, Any] = {}


class ExperimentWriteView(TrainyardView):
    actions: ClassVar = {"POST": "datasets.write"}
    # MLflow's client sends no idempotency keys; each operation is one by itself.
    idempotent_post = False


class RunWriteView(TrainyardView):
    actions: ClassVar = {"POST": "jobs.write"}
    idempotent_post = False


class CreateExperimentView(ExperimentWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.CreateExperimentSerializer, request.data)
        tags = written.logged(tags=body["tags"]).tags
        made = operations.create_experiment(name=body["name"], tags=tags, now=database_now())
        return Response({"experiment_id": made.id})


class RenameExperimentView(ExperimentWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.RenameExperimentSerializer, request.data)
        operations.rename_experiment(experiment_id=body["experiment_id"], name=body["new_name"], now=database_now())
        return Response(EMPTY)


class MarkExperimentView(ExperimentWriteView):
    """Deletes an experiment or, without ``deletes``, restores it."""

    deletes = True

    def post(self, request: Request) -> Response:
        experiment_id = validated(bodies.ExperimentIdSerializer, request.data)["experiment_id"]
        operations.mark_experiment(experiment_id=experiment_id, deleted=self.deletes, now=database_now())
        return Response(EMPTY)


class ExperimentTagView(ExperimentWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.ExperimentTagSerializer, request.data)
        found = experiments.by_id(body["experiment_id"], now=database_now())
        operations.set_tags(subject_id=found.id, tags={body["key"]: body["value"]})
        return Response(EMPTY)


class DeleteExperimentTagView(ExperimentWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.ExperimentTagKeySerializer, request.data)
        found = experiments.by_id(body["experiment_id"], now=database_now())
        operations.delete_tag(subject_id=found.id, key=body["key"])
        return Response(EMPTY)


class CreateRunView(RunWriteView):
    def post(self, request: Request) -> Response:
        body, now = validated(written.CreateRunSerializer, request.data), database_now()
        made = operations.create_run(
            experiment_id=experiments.by_id(body["experiment_id"], now=now).id,
            name=body["run_name"],
            user=body["user_id"],
            started_ms=body.get("start_time", milliseconds(now)),
            tags=written.logged(tags=body["tags"]).tags,
            actor=self.actor.name,
            now=now,
        )
        return Response({"run": tracked_runs.tracked([made])[0].body})


class UpdateRunView(RunWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.UpdateRunSerializer, request.data)
        columns = written.UpdateRunSerializer.COLUMNS
        changes = {column: body[field] for field, column in columns.items() if field in body}
        changed = operations.update_run(run_id=_tracked(body), changes=changes)
        return Response({"run_info": tracked_runs.info(changed)})


class MarkRunView(RunWriteView):
    """Deletes a run or, without ``deletes``, restores it."""

    deletes = True

    def post(self, request: Request) -> Response:
        run_id = _tracked(validated(bodies.RunIdSerializer, request.data))
        operations.mark_run(run_id=run_id, deleted=self.deletes, now=database_now())
        return Response(EMPTY)


class RunTagView(RunWriteView):
    """Tags of a run, also of one that is a job."""

    def post(self, request: Request) -> Response:
        body = validated(written.RunTagSerializer, request.data)
        if not body["run_id"].startswith(tracked_runs.JOB):
            return _log(body["run_id"], written.logged(tags=[body]))
        found = jobs.job(body["run_id"])
        operations.set_tags(subject_id=found.id, tags={body["key"]: body["value"]})
        return Response(EMPTY)


class DeleteRunTagView(RunWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.RunTagKeySerializer, request.data)
        operations.delete_tag(subject_id=body["run_id"], key=body["key"])
        return Response(EMPTY)


class LogMetricView(RunWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.LogMetricSerializer, request.data)
        return _log(_tracked(body), written.logged(metrics=[body]))


class LogParamView(RunWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.LogParamSerializer, request.data)
        return _log(_tracked(body), written.logged(params=[body]))


class LogBatchView(RunWriteView):
    body_limits: ClassVar = {ANY_TYPE: of_run_batch}

    def post(self, request: Request) -> Response:
        body = validated(written.LogBatchSerializer, request.data)
        return _log(_tracked(body), written.logged(metrics=body["metrics"], params=body["params"], tags=body["tags"]))


class LogInputsView(RunWriteView):
    def post(self, request: Request) -> Response:
        body = validated(written.LogInputsSerializer, request.data)
        return _log(_tracked(body), written.logged(datasets=body["datasets"]))


def _tracked(body: Mapping[str, Any]) -> str:
    return tracked_runs.writable(str(body["run_id"]))


def _log(run_id: str, logged: Logged) -> Response:
    operations.log(run_id=run_id, logged=logged)
    return Response(EMPTY)
