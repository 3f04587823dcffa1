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
from tests.support.jobs import ROWS, Bench, entry_of, spec_of
from tests.support.other_faces_bodies import BASE, STATE_FILE, WORKER, bodies_of, queries_of
from tests.support.platform import Caller
from tests.support.worker_calls import WorkerCaller
from trainyard.api.compat.tinker import training_views
from trainyard.api.compat.tinker.messages import MEDIA_TYPE
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.models import Job, SpeedProfile
from trainyard.pools.models import Worker
from trainyard.registry import predictions
from trainyard.registry.models import Model, ModelExport
from trainyard.training_sessions.models import TrainingRun

FACES = (WORKER, "compat/mlflow/", "compat/openai/", "compat/tinker/")
TINKER = "/compat/tinker/api/v1"
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
    return Faces(estate, ids, bodies_of(ids, estate), queries_of(ids, estate))


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


__all__ = ["BASE", "ROWS", "FaceCall", "Faces", "face_calls", "faces", "routes"]
