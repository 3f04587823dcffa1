"""No text and no number that somebody sends, anywhere, is more than a bad request."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.support.jobs import Bench, entry_of, registration, result_of, spec_of, started
from tests.support.people import person
from tests.support.platform import START, Caller
from tests.support.schema_samples import NUMBERS, TEXTS, body_schema, changed, operations, sample
from tests.support.worker_calls import WorkerCaller
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.lifecycle import user_actions
from trainyard.tenants.models import ApiKey, Role
from trainyard.tenants.operations import create_user

SIGNED = ("/api/v1/payments/stripe/webhook",)
"""Bodies that are refused by their signature, before a field of them is read."""
WRITES = {
    f"{method} {path}": body_schema(item)
    for method, path, item in operations("post", "patch", "put")
    if path not in SIGNED
}
QUERIES = {
    path: [item["name"] for item in operation.get("parameters", ()) if item["in"] in ("query", "header")]
    for _, path, operation in operations("get")
}


@pytest.fixture
def ids(bench: Bench, owner: Caller) -> dict[str, str]:
    """What stands for the variables of a path."""
    job = bench.submit()
    with tenant_scope(bench.organization.id):
        user_actions.pause(job_id=job.id, now=bench.now)
        key = ApiKey.objects.first()
    assert key is not None
    return {
        "organization_id": bench.organization.id,
        "pool_id": bench.pool.id,
        "worker_id": bench.worker.id,
        "job_id": job.id,
        "dataset_id": bench.version.dataset_id,
        "number": "1",
        "key_id": key.id,
        "name": "mlp",
    }


@pytest.fixture
def client_of(owner: Caller, operator: Caller) -> Callable[[str], Client]:
    """A client for a path, of somebody who may call it."""
    member = person("ada@meadow.example", owner.organization, Role.OWNER)
    staff = Client(raise_request_exception=False)
    staff.force_login(create_user(email="op@trainyard.example", password=None, now=START, is_operator=True))

    def client(path: str) -> Client:
        if path.endswith(("/organizations", "/notices/read")) and "/admin/" not in path:
            return member.client  # a key cannot open another organization, and is told of nothing
        if path.endswith("/impersonation"):
            return staff  # a key looks at nobody
        secret = (operator if "/admin/" in path else owner).secret
        return Client(headers={"Authorization": f"Bearer {secret}"}, raise_request_exception=False)

    return client


def send(client: Client, method: str, path: str, body: Any) -> Any:
    """One call that leaves nothing behind."""
    with transaction.atomic():
        answer = client.generic(method.upper(), path, json.dumps(body), content_type="application/json")
        transaction.set_rollback(True)
    return answer


@pytest.mark.parametrize("write", [name for name, schema in WRITES.items() if schema])
def test_no_value_of_a_body_is_an_error_of_ours(
    write: str, ids: dict[str, str], client_of: Callable[[str], Client], bench: Bench
) -> None:
    method, path = write.split(" ")
    schema = WRITES[write]
    assert schema is not None
    body = spec_of(bench.version) | sample(schema) if "TrainingSpec" in str(schema) else sample(schema)
    if "TrainingSpec" in str(schema):
        body |= spec_of(bench.version)
    path = path.format_map({**dict.fromkeys(_variables(path), "none"), **ids})

    for what, changed_body in changed(body):
        answer = send(client_of(path), method, path, changed_body)

        assert answer.status_code < 500, what
        if any(text in what for text in map(repr, TEXTS)):
            assert answer.status_code in (400, 404, 409), what
        if answer.status_code == 400 and any(text in what for text in map(repr, TEXTS)):
            assert any(item["field"] for item in answer.json()["errors"]), what


@pytest.mark.parametrize("path", QUERIES)
def test_no_value_of_a_query_or_a_header_is_an_error_of_ours(
    path: str, ids: dict[str, str], owner: Caller, operator: Caller
) -> None:
    caller = operator if "/admin/" in path else owner
    client = Client(headers={"Authorization": f"Bearer {caller.secret}"}, raise_request_exception=False)
    filled = path.format_map({**dict.fromkeys(_variables(path), "none"), **ids})
    values = ("a\0b", "1" * 5000, "-1", str(10**28), "٣", "NaN")

    for value in values:
        for name in QUERIES[path]:
            assert client.get(filled, query_params={name: value}).status_code < 500, (name, value)
        headers = {"Range": f"bytes={value}-{value}", "Last-Event-ID": value}
        assert client.get(filled, headers=headers).status_code < 500, value
        for variable in _variables(path):
            odd = {**dict.fromkeys(_variables(path), "none"), **ids, variable: value.replace("\0", "%00")}
            assert client.get(path.format_map(odd)).status_code < 500, (variable, value)


def _variables(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


FILES = [entry_of("weights.bin", b"weights").model_dump()]
REPORTED: list[dict[str, Any]] = [
    started().model_dump(mode="json") | {"resumed_from": 1},
    {"type": "first_step", "step": 1},
    {"type": "metrics", "steps": [1, 2], "values": {"loss": [0.5, 0.25]}},
    {"type": "progress", "epoch": 0, "step": 3, "total_steps": 9, "samples_per_second": 1.5, "trained_seconds": 1.5},
    {"type": "log", "level": "info", "message": "hello"},
]
RESULT = result_of(tuple(entry_of(name, b"{}") for name in ("model.safetensors", "config.json", "manifest.json")))
FAILURE = {"fault": "user", "code": "nan", "message": "m", "hint": "h", "field": "training"}
BODIES: dict[str, Any] = {
    "register": registration(pretrained=("gpt",)).model_dump(mode="json"),
    "heartbeat": {
        "attempts": [{"attempt_id": "att_1", "fence": 1}],
        "about": registration(pretrained=("gpt",)).model_dump(mode="json") | {"software": {"torch": "2"}},
        "fault": "broken",
    },
    "claim": {"free_slots": 1},
    **{f"reports {message['type']}": {"fence": 1, "sequence": 2, "messages": [message]} for message in REPORTED},
    "checkpoints": {"fence": 1, "step": 10, "epoch": 1, "trained_seconds": 0.5, "files": FILES},
    "finish succeeded": {"fence": 1, "result": {"outcome": "succeeded", "result": RESULT.model_dump(mode="json")}},
    "finish failed": {"fence": 1, "result": {"outcome": "failed", "failure": FAILURE}},
}


@pytest.mark.parametrize("call", BODIES)
def test_no_value_of_a_worker_is_an_error_of_ours(call: str, bench: Bench, worker: WorkerCaller) -> None:
    bench.submit()
    worker.claim()
    if call != "reports started":
        worker.start()
    worker.upload_checkpoint(10)
    worker.upload_model()
    about_itself = call in ("register", "heartbeat", "claim")
    path = f"/{call}" if about_itself else f"{worker.path}/{call.partition(' ')[0]}"
    body = BODIES[call] | ({} if about_itself else {"fence": worker.fence})
    if "sequence" in body:
        body["sequence"] = worker.sequence + 1

    for what, changed_body in changed(body, numbers=(*NUMBERS, math.inf, math.nan), texts=("a\0b",)):
        with transaction.atomic():
            answer = worker.post(path, changed_body)
            transaction.set_rollback(True)

        assert answer.status_code < 500, what


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (REPORTED[3] | {"step": -1}, "step"),
        (REPORTED[3] | {"step": 10**28}, "step"),
        (REPORTED[3] | {"trained_seconds": 1e303}, "trained_seconds"),
        (REPORTED[3] | {"samples_per_second": math.inf}, "samples_per_second"),
        (REPORTED[2] | {"values": {"a\0b": [0.5, 0.25]}}, "values"),
    ],
)
def test_a_report_names_the_field_at_fault(
    message: dict[str, Any], field: str, bench: Bench, worker: WorkerCaller
) -> None:
    bench.submit()
    worker.claim()

    answer = worker.report(message)

    assert answer.status_code == 400
    assert field in answer.json()["errors"][0]["field"]


def test_a_resumed_job_may_cost_what_a_job_may_cost(owner: Caller, ids: dict[str, str]) -> None:
    answer = owner.post(f"/jobs/{ids['job_id']}/resume", {"max_cost": "1000001"})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "max_cost")
