"""The worker protocol and other systems' faces: what one organization has there, and every route asked about it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.estate import ID, METHODS, Estate
from tests.support.jobs import ROWS, Bench, entry_of, result_of, spec_of, started
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.api.compat.tinker import training_views
from trainyard.api.compat.tinker.messages import MEDIA_TYPE, messages
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.models import Job, SpeedProfile
from trainyard.pools.models import Worker
from trainyard.registry import predictions
from trainyard.registry.models import Model, ModelExport
from trainyard.training_sessions.models import TrainingRun

WORKER = "api/worker/v1/"
FACES = (WORKER, "compat/mlflow/", "compat/openai/", "compat/tinker/")
TINKER = "/compat/tinker/api/v1"
BASE = "tiny-lm"
STATE_FILE = "adapter_model.safetensors"
CHATS = [
    {"messages": [{"role": "user", "content": str(most)}, {"role": "assistant", "content": "One."}]}
    for most in range(12)
]
RAW = "application/octet-stream"


@dataclass(frozen=True)
class Faces:
    """``ids`` by variable of a route, ``bodies`` by its path below the face, ``queries`` of what is read by them."""

    estate: Estate
    ids: Mapping[str, str]
    bodies: Mapping[str, Any]
    queries: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class FaceCall:
    """``about_it``: it names something of the organization's, and so nobody else may have an answer."""

    name: str
    method: str
    path: str
    body: Any
    query: Mapping[str, Any]
    about_it: bool

    def ask(self, client: Client) -> tuple[int, str]:
        told: dict[str, Any] = {"query_params": self.query}
        if isinstance(self.body, bytes):
            told |= {"data": self.body, "content_type": RAW if self.method == "put" else MEDIA_TYPE}
        elif self.method != "get":
            told |= {"data": json.dumps(self.body), "content_type": "application/json"}
        answer = getattr(client, self.method)(self.path, **told)
        if getattr(answer, "is_async", False):
            content = b""
        else:
            content = b"".join(answer) if answer.streaming else answer.content
        return int(answer.status_code), f"{content.decode(errors='replace')} {answer.headers}"

    @property
    def sent(self) -> set[str]:
        return set(ID.findall(f"{self.path} {self.body!r} {self.query}"))


def routes() -> Iterator[tuple[str, str, type[Any]]]:
    """Face, path below it, and view of each route."""
    for face in FACES:
        (resolver,) = (each for each in get_resolver().url_patterns if str(each.pattern) == face)
        assert isinstance(resolver, URLResolver)
        yield from ((face, path, view) for path, view in _below(resolver))


def _below(resolver: URLResolver, above: str = "") -> Iterator[tuple[str, type[Any]]]:
    for each in resolver.url_patterns:
        path = f"{above}{each.pattern}"
        if isinstance(each, URLPattern):
            yield path, each.callback.view_class  # type: ignore[attr-defined]  # all are views of classes
        else:
            yield from _below(each, path)


def face_calls(faces: Faces) -> Iterator[FaceCall]:
    """Every method of every route. Raises ``KeyError`` for one that takes a body which nobody has written down."""
    for face, route, view in routes():
        for method in METHODS:
            if not hasattr(view, method) or (route == "<path:path>" and method != "get"):
                continue
            body, query = {}, faces.queries.get(route, {})
            if method in ("post", "put", "patch"):
                body = b"weights" if method == "put" and "<str:kind>" not in route else faces.bodies[face + route]
            variables = re.findall(r"<\w+:(\w+)>", route)
            path = re.sub(r"<\w+:(\w+)>", lambda found, route=route: _value(faces, route, found[1]), route)
            names_it = bool(ID.search(str((query, body)))) and face + route not in ABOUT_ONES_OWN
            is_about_it = bool({*variables} & faces.ids.keys()) or names_it
            yield FaceCall(f"{method} {face}{route}", method, f"/{face}{path}", body, query, is_about_it)


def _value(faces: Faces, route: str, variable: str) -> str:
    if variable == "name":
        for part, name in NAMES.items():
            if part in route:
                return name
        return faces.ids["openai_model"]
    return {**DEFAULTS, **faces.ids}.get(variable, "1")


ABOUT_ONES_OWN = (
    *(WORKER + path for path in ("heartbeat", "training-sessions/claim", "training-sessions/release")),
    "compat/mlflow/api/2.0/mlflow/runs/search",
)
"""What another's id in a body changes nothing of: the answer is about what the caller has, which may be nothing."""
NAMES = {
    "/dataset/": "numeric.npy",
    "/start/": "model.safetensors",
    "checkpoints/<int:step>": "weights.bin",
    "model/": "config.json",
    "/states/": STATE_FILE,
    "/checkpoints/<str:kind>": "best",
}
DEFAULTS = {"step": "10", "seq_id": "1", "kind": "weights", "file": STATE_FILE, "path": "anything"}


@pytest.fixture
def faces(bench: Bench, owner: Caller, worker: WorkerCaller, estate: Estate, monkeypatch: pytest.MonkeyPatch) -> Faces:
    """The estate, with an attempt, a prediction and a profile at work, a training session, runs and files."""
    monkeypatch.setattr(training_views, "WAIT_SECONDS", 0.0)
    _offer_base(bench)
    ids = {"model_id": _training_session(owner, worker), "fine_tuning_id": "", "file_id": ""}
    ids |= _at_work(bench, owner, worker, model_id=estate.ids["model_id"])
    ids |= _tracked(owner) | _fine_tuned(owner)
    run = TrainingRun.across_tenants.get()
    ids |= {"run_id": run.id, "session_id": run.session_id, "openai_model": estate.ids["model_id"]}
    ids["artifact"] = f"{estate.ids['dataset_id']}/{estate.ids['job_id']}/artifacts/config.json"
    loop = _Loop(owner)
    sampler = {"session_id": run.session_id, "sampling_session_seq_id": 0, "base_model": BASE}
    ids["sampler_id"] = loop.post("/create_sampling_session", sampler)["sampling_session_id"]
    return Faces(estate, ids, _bodies(ids, estate), _queries(ids, estate))


def _offer_base(bench: Bench) -> None:
    Worker.objects.filter(id=bench.worker.id).update(language_models={BASE: 256}, pretrained=[BASE])


@dataclass(frozen=True)
class _Loop:
    caller: Caller

    def post(self, path: str, body: Any) -> Any:
        client = Client(headers={"X-API-Key": f"tml-{self.caller.secret}"})
        answer = client.post(f"{TINKER}{path}", json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content
        return answer.json()


def _training_session(owner: Caller, worker: WorkerCaller) -> str:
    """The id of a run in one, with weights saved and one operation at work."""
    loop = _Loop(owner)
    session_id = loop.post("/create_session", {"tags": [], "sdk_version": "0.38.0"})["session_id"]
    asked = {"session_id": session_id, "model_seq_id": 0, "base_model": BASE, "lora_config": {"rank": 4, "seed": 1}}
    model_id = str(loop.post("/create_model", asked)["model_id"])
    loop.post("/save_weights", {"model_id": model_id, "seq_id": 1, "path": "best"})
    loop.post("/optim_step", {"model_id": model_id, "seq_id": 2, "adam_params": {}})
    work = worker.post("/training-sessions/claim", {"host": "a"}).json()["run"]
    run = TrainingRun.across_tenants.get()
    path = f"/training-sessions/runs/{run.id}/states/1/{STATE_FILE}?fence={run.fence}"
    assert worker.put(path, b"weights").status_code == 204
    for operation in work["operations"][:2]:
        files = [entry_of(STATE_FILE, b"weights").model_dump()] if operation["kind"].startswith("save") else []
        outcome = {"host": "a", "fence": run.fence, "microseconds": 1, "result": {"metrics": {}}, "files": files}
        answer = worker.post(f"/training-sessions/operations/{operation['operation_id']}/finish", outcome)
        assert answer.status_code == 204, answer.content
    return model_id


def _at_work(bench: Bench, owner: Caller, worker: WorkerCaller, *, model_id: str) -> dict[str, str]:
    now = database_now()
    with tenant_scope(bench.organization.id):
        predictions.submit(model_id=model_id, inputs=[{"a": 1}], created_by="tests", now=now)
    prediction = worker.post("/predictions/claim", {}).json()["prediction_id"]
    assert owner.post("/jobs/quote/measure", spec_of(bench.version)).status_code == 200
    profile = worker.post("/profiles/claim", {"free_slots": 1}).json()["profile_id"]
    assert owner.post("/jobs", spec_of(bench.version)).status_code == 201
    assert worker.claim().status_code == 200
    assert worker.start().status_code == 200
    assert worker.upload_checkpoint(10).status_code == 204
    assert worker.register_checkpoint(10).status_code == 200
    assert owner.post("/jobs", spec_of(bench.version, name="waits")).status_code == 201
    _begin_from(model_id, SpeedProfile.across_tenants.filter(id=profile))
    _begin_from(model_id, Job.across_tenants.filter(attempts__id=worker.attempt["attempt_id"]))
    operation = worker_operation(bench)
    return {
        "prediction_id": prediction,
        "profile_id": profile,
        "attempt_id": worker.attempt["attempt_id"],
        "operation_id": operation,
        "export_id": _export(bench, model_id),
        "job": Job.across_tenants.get(attempts__id=worker.attempt["attempt_id"]).id,
    }


def _export(bench: Bench, model_id: str) -> str:
    """The id of an export that the worker makes."""
    now = database_now()
    with tenant_scope(bench.organization.id):
        made = ModelExport.objects.create(
            model_id=model_id,
            format=ModelExport.Format.MERGED,
            state=ModelExport.State.RUNNING,
            pool=bench.pool,
            worker=bench.worker,
            claims=1,
            leased_until=now + timedelta(hours=1),
            expires_at=now + timedelta(hours=1),
            created_at=now,
        )
    return str(made.id)


def _begin_from(model_id: str, rows: Any) -> None:
    """As if they had been asked for with ``init_from``."""
    model = Model.across_tenants.get(id=model_id)
    rows.model.across_tenants.filter(id__in=[row.id for row in rows]).update(
        start={"blob_prefix": model.blob_prefix, "files": model.files}
    )


def worker_operation(bench: Bench) -> str:
    """The operation of the training session that is at work."""
    from trainyard.training_sessions.models import Operation

    return str(Operation.across_tenants.get(organization_id=bench.organization.id, seq_id=2).id)


def _tracked(owner: Caller) -> dict[str, str]:
    """An experiment and a run of MLflow's client."""
    mlflow, client = "/compat/mlflow/api/2.0/mlflow", owner._client
    made = client.post(f"{mlflow}/experiments/create", json.dumps({"name": "own"}), content_type="application/json")
    experiment = made.json()["experiment_id"]
    run = client.post(
        f"{mlflow}/runs/create", json.dumps({"experiment_id": experiment}), content_type="application/json"
    )
    return {"experiment": experiment, "run": run.json()["run"]["info"]["run_id"]}


def _fine_tuned(owner: Caller) -> dict[str, str]:
    content = "".join(json.dumps(row) + "\n" for row in CHATS).encode()
    file = SimpleUploadedFile("chats.jsonl", content, "application/jsonl")
    answer = owner._client.post("/compat/openai/v1/files", {"purpose": "fine-tune", "file": file})
    assert answer.status_code == 200, answer.content
    order = json.dumps({"model": BASE, "training_file": answer.json()["id"]})
    job = owner._client.post("/compat/openai/v1/fine_tuning/jobs", order, content_type="application/json")
    assert job.status_code == 200, job.content
    return {"file_id": answer.json()["id"], "fine_tuning_id": job.json()["id"]}


def _queries(ids: Mapping[str, str], estate: Estate) -> dict[str, Mapping[str, Any]]:
    mlflow = "api/2.0/mlflow"
    return {
        f"{mlflow}/experiments/get-by-name": {"experiment_name": "own"},
        f"{mlflow}/experiments/get": {"experiment_id": ids["experiment"]},
        f"{mlflow}/runs/get": {"run_id": ids["run"]},
        f"{mlflow}/metrics/get-history": {"run_id": ids["job"], "metric_key": "loss"},
        "api/2.0/mlflow-artifacts/artifacts": {"path": ids["artifact"].rpartition("/")[0]},
        "attempts/<str:attempt_id>/checkpoints/<int:step>/files/<str:name>": {"fence": "1"},
        "attempts/<str:attempt_id>/model/<str:name>": {"fence": "1"},
        "training-sessions/runs/<str:run_id>/states/<int:seq_id>/<str:name>": {"fence": "1"},
    }


def _bodies(ids: Mapping[str, str], estate: Estate) -> dict[str, Any]:
    return {**_worker_bodies(ids), **_mlflow_bodies(ids), **_openai_bodies(ids), **_tinker_bodies(ids)}


def _worker_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    hardware = {"kind": "cpu", "model": "Test CPU", "memory_bytes": 2**30, "cores": 2}
    checkpoint = {"fence": 1, "step": 10, "epoch": 1, "trained_seconds": 0.01}
    result = result_of((entry_of("config.json", b"{}"),), trained_seconds=0.01).model_dump(mode="json")
    held = [{"attempt_id": ids["attempt_id"], "fence": 1}]
    about = {"name": "stranger", "slots": 1, "hardware": hardware}
    attempt, operation = "attempts/<str:attempt_id>", "training-sessions/operations/<str:operation_id>"
    state = "training-sessions/runs/<str:run_id>/states"
    files = [entry_of(STATE_FILE, b"weights").model_dump()]
    below = {
        "register": about,
        "heartbeat": {"attempts": held, "about": about},
        "claim": {"free_slots": 1},
        f"{attempt}/reports": {"fence": 1, "sequence": 2, "messages": [started().model_dump(mode="json")]},
        f"{attempt}/checkpoints": {**checkpoint, "files": [entry_of("weights.bin", b"weights").model_dump()]},
        f"{attempt}/finish": {"fence": 1, "result": {"outcome": "succeeded", "result": result}},
        "profiles/claim": {"free_slots": 1},
        "profiles/<str:profile_id>/finish": {},
        "predictions/claim": {},
        "exports/claim": {},
        "exports/<str:export_id>/finish": {},
        "predictions/<str:prediction_id>/parts": {"first": 0, "parts": []},
        "predictions/<str:prediction_id>/finish": {"predictions": [{"label": "a"}]},
        "training-sessions/claim": {"host": "a", "held": [{"run_id": ids["run_id"], "fence": 1}]},
        "training-sessions/release": {"host": "a", "runs": [ids["run_id"]]},
        f"{operation}/finish": {"host": "a", "fence": 1, "microseconds": 1, "result": {"metrics": {}}},
        state: {"host": "a", "fence": 1, "seq_id": 1, "files": files},
    }
    return {WORKER + path: body for path, body in below.items()}


def _mlflow_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    """Fields that a call does not know are let through there."""
    pair = {"key": "a", "value": "1", "timestamp": 1}
    run = {"run_id": ids["run"], **pair, "status": "KILLED", "metrics": [pair], "tags": [pair]}
    experiment = {"experiment_id": ids["experiment"], "new_name": "taken", **pair}
    below = {
        "experiments/search": {},
        "experiments/create": {"name": "another"},
        "runs/search": {"experiment_ids": [ids["experiment"], "0"]},
        "runs/create": {"experiment_id": ids["experiment"]},
        "logged-models/search": {},
        **{f"experiments/{name}": experiment for name in ("update", "delete", "restore")},
        **{f"experiments/{name}": experiment for name in ("set-experiment-tag", "delete-experiment-tag")},
        **{f"runs/{name}": run for name in ("update", "delete", "restore", "set-tag", "delete-tag")},
        **{f"runs/{name}": run for name in ("log-metric", "log-parameter", "log-batch")},
        "runs/log-inputs": {"run_id": ids["run"], "datasets": [{"dataset": {"name": "a"}}]},
    }
    return {f"compat/mlflow/api/2.0/mlflow/{path}": body for path, body in below.items()}


def _openai_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    model, job = ids["openai_model"], "fine_tuning/jobs/<str:fine_tuning_id>"
    below = {
        "files": {},
        "fine_tuning/jobs": {"model": BASE, "training_file": ids["file_id"]},
        **{f"{job}/{name}": {} for name in ("cancel", "pause", "resume")},
        "chat/completions": {"model": model, "messages": [{"role": "user", "content": "Hello"}]},
        "completions": {"model": model, "prompt": "One"},
        "embeddings": {"model": model, "input": "One"},
    }
    return {f"compat/openai/v1/{path}": body for path, body in below.items()}


def _tinker_bodies(ids: Mapping[str, str]) -> dict[str, Any]:
    model_id, session_id = ids["model_id"], ids["session_id"]
    weights = f"tinker://{model_id}/weights/best"
    sample = {"prompt": {"chunks": [{"tokens": [1]}]}, "sampling_params": {"max_tokens": 1}}
    below = {
        "client/config": {"sdk_version": "0.38.0"},
        "client/dynamic_config": {"sdk_version": "0.38.0"},
        "create_session": {"tags": [], "sdk_version": "0.38.0"},
        "session_heartbeat": {"session_id": session_id},
        "telemetry": {},
        "create_model": {"session_id": session_id, "model_seq_id": 7, "base_model": BASE, "lora_config": {"rank": 4}},
        "get_info": {"model_id": model_id},
        "forward_backward": messages().ForwardBackwardRequest(model_id=model_id, seq_id=3).SerializeToString(),
        "optim_step": {"model_id": model_id, "seq_id": 3, "adam_params": {}},
        "retrieve_future": {"request_id": ids["operation_id"]},
        "save_weights": {"model_id": model_id, "seq_id": 3, "path": "mine"},
        "save_weights_for_sampler": {"model_id": model_id, "seq_id": 3, "path": "mine"},
        "load_weights": {"model_id": model_id, "seq_id": 3, "path": weights, "optimizer": True},
        "create_sampling_session": {"session_id": session_id, "sampling_session_seq_id": 3, "model_path": weights},
        "asample": {**sample, "sampling_session_id": ids["sampler_id"], "seq_id": 0},
        "weights_info": {"tinker_path": weights},
        "sessions/<str:session_id>/finish": {"reason": {"kind": "success"}},
        "training_runs/<str:model_id>/checkpoints/<str:kind>/<str:name>/ttl": {"ttl_seconds": 3_600},
    }
    return {f"compat/tinker/api/v1/{path}": body for path, body in below.items()}


__all__ = ["BASE", "ROWS", "FaceCall", "Faces", "face_calls", "faces", "routes"]
