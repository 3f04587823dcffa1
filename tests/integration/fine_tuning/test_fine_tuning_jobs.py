"""Fine-tuning jobs: ordered before their files are validated, submitted once, and ended where that cannot be."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.dataset_versions import clock
from tests.support.jobs import Bench, bench, make_worker
from tests.support.platform import Caller
from trainyard.billing import holds
from trainyard.billing.queries import wallet
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets import validation
from trainyard.fine_tuning import operations
from trainyard.fine_tuning.models import FineTuningJob
from trainyard.jobs.models import Job
from trainyard.pools.models import Pool
from trainyard.tenants.api_keys import KeyTerms, issue_api_key
from trainyard.tenants.models import Role

__all__ = ["bench"]

BASE = "tiny-lm"
CHATS = [
    {"messages": [{"role": "user", "content": f"Count to {most}."}, {"role": "assistant", "content": "One."}]}
    for most in range(40)
]
BROKEN = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": ""}]}
RETRIES = {"x-stainless-retry-count": "0"}


@pytest.fixture
def base(pool: Pool, bench: Bench) -> str:
    """A registered base, on a worker's disk."""
    make_worker(pool, name="with-base", now=clock(), pretrained=(BASE,))
    return BASE


def call(caller: Caller, method: str, path: str, body: Any = None, **headers: str) -> Any:
    send = getattr(caller._client, method)
    data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    return send(f"/compat/openai/v1{path}", headers=headers, **data)


def upload(caller: Caller, rows: list[Any]) -> str:
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    file = SimpleUploadedFile("chats.jsonl", content, "application/jsonl")
    answer = caller._client.post("/compat/openai/v1/files", {"purpose": "fine-tune", "file": file})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["id"])


def validate() -> None:
    validation.validate_next(clock=clock)


def ordered(caller: Caller, file_id: str, **more: Any) -> dict[str, Any]:
    answer = call(caller, "post", "/fine_tuning/jobs", {"model": BASE, "training_file": file_id, **more})
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def status(answer: Any) -> int:
    """Of an answer whose content, perhaps an open file, nobody asks for: it is read, for that alone closes the file."""
    answer.getvalue()
    return int(answer.status_code)


def read(caller: Caller, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = call(caller, "get", f"/fine_tuning/jobs/{job_id}").json()
    return body


def test_an_order_waits_for_its_file_and_is_submitted_once(owner: Caller, base: str) -> None:
    job = ordered(owner, upload(owner, CHATS), suffix="Counts", hyperparameters={"n_epochs": 3})
    assert (job["status"], job["billing"]) == ("validating_files", None)
    assert operations.submit_ready(now=clock()) == 0
    validate()
    assert [operations.submit_ready(now=clock()) for _ in range(2)] == [1, 0]
    found = read(owner, job["id"])
    assert (found["status"], found["hyperparameters"]["n_epochs"]) == ("queued", 3)
    spec = Job.across_tenants.get(id=found["job_id"]).spec
    assert (spec["architecture"]["model"], spec["task"], spec["training"]["epochs"]) == (BASE, "instruction_tuning", 3)
    assert float(found["billing"]["held"]) > 0


def test_a_ready_file_is_submitted_at_once_or_refused_at_once(owner: Caller, base: str) -> None:
    file_id = upload(owner, CHATS)
    validate()
    assert ordered(owner, file_id)["status"] == "queued"
    refused = call(owner, "post", "/fine_tuning/jobs", {"model": "another", "training_file": file_id})
    assert refused.status_code == 400
    assert refused.json()["error"]["param"] == "architecture.model"
    assert FineTuningJob.across_tenants.count() == 1


def test_a_rejected_file_ends_its_order(owner: Caller, base: str) -> None:
    job = ordered(owner, upload(owner, [*CHATS[:5], BROKEN]))
    validate()
    assert operations.submit_ready(now=clock()) == 1
    found = read(owner, job["id"])
    assert (found["status"], found["error"]["code"]) == ("failed", "invalid_training_file")
    events = call(owner, "get", f"/fine_tuning/jobs/{job['id']}/events").json()["data"]
    assert [event["level"] for event in events] == ["error", "info"]


def test_an_empty_wallet_ends_an_order_with_its_code(owner: Caller, base: str) -> None:
    job = ordered(owner, upload(owner, CHATS), max_cost="1.00")
    validate()
    assert owner.organization is not None
    with tenant_scope(owner.organization.id):
        everything = wallet().available_micros
        holds.reserve_funds(job_id="job_another", cap_micros=everything, now=clock())
    assert operations.submit_ready(now=clock()) == 1
    found = read(owner, job["id"])
    assert (found["status"], found["error"]["code"]) == ("failed", "insufficient_funds")
    assert not Job.across_tenants.exists()


def test_an_order_counts_against_the_cap_of_its_key(owner: Caller, base: str) -> None:
    assert owner.organization is not None
    terms = KeyTerms(name="CI", role=Role.MEMBER, monthly_cap_micros=3 * MICROS_PER_UNIT)
    issued = issue_api_key(organization_id=owner.organization.id, terms=terms, actor="tests", now=clock())
    capped = Caller(owner.organization, issued.secret)
    file_id = upload(capped, CHATS)
    waiting = ordered(capped, file_id, max_cost="2.00")
    validate()
    operations.submit_ready(now=clock())
    assert read(capped, waiting["id"])["status"] == "queued"
    refused = call(capped, "post", "/fine_tuning/jobs", {"model": BASE, "training_file": file_id, "max_cost": "2.00"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "key_cap_reached")
    assert ordered(capped, file_id, max_cost="1.00")["status"] == "queued"


def test_an_order_is_cancelled_while_its_file_is_validated(owner: Caller, base: str) -> None:
    job = ordered(owner, upload(owner, CHATS))
    paused = call(owner, "post", f"/fine_tuning/jobs/{job['id']}/pause")
    assert (paused.status_code, paused.json()["error"]["code"]) == (400, "still_validating")
    for _ in range(2):
        assert call(owner, "post", f"/fine_tuning/jobs/{job['id']}/cancel").json()["status"] == "cancelled"
    validate()
    assert operations.submit_ready(now=clock()) == 0
    assert not Job.across_tenants.exists()


def test_a_post_that_is_tried_again_happens_once(owner: Caller, base: str) -> None:
    body = {"model": BASE, "training_file": upload(owner, CHATS)}
    first = call(owner, "post", "/fine_tuning/jobs", body, **RETRIES).json()
    again = call(owner, "post", "/fine_tuning/jobs", body, **{"x-stainless-retry-count": "1"}).json()
    assert again["id"] == first["id"]
    anew = call(owner, "post", "/fine_tuning/jobs", body, **RETRIES).json()
    assert anew["id"] != first["id"]
    assert FineTuningJob.across_tenants.count() == 2


def test_jobs_come_in_pages_and_by_their_metadata(owner: Caller, base: str) -> None:
    file_id = upload(owner, CHATS)
    ids = [ordered(owner, file_id, metadata={"number": str(number)})["id"] for number in range(3)]
    first = call(owner, "get", "/fine_tuning/jobs?limit=2").json()
    assert ([job["id"] for job in first["data"]], first["has_more"]) == (ids[:0:-1], True)
    rest = call(owner, "get", f"/fine_tuning/jobs?limit=2&after={ids[1]}").json()
    assert ([job["id"] for job in rest["data"]], rest["has_more"]) == ([ids[0]], False)
    found = call(owner, "get", "/fine_tuning/jobs?metadata[number]=1").json()["data"]
    assert [job["id"] for job in found] == [ids[1]]


def test_a_validation_file_is_merged_and_held_out(owner: Caller, base: str, tmp_path: Path) -> None:
    training, held_out = upload(owner, CHATS[:30]), upload(owner, CHATS[30:])
    job = ordered(owner, training, validation_file=held_out)
    for _ in range(3):
        validate()
    operations.submit_ready(now=clock())
    found = read(owner, job["id"])
    assert (found["status"], found["training_file"], found["validation_file"]) == ("queued", training, held_out)
    assert Job.across_tenants.get(id=found["job_id"]).spec["split"]["by"] == "given"
    files = [file["id"] for file in call(owner, "get", "/files").json()["data"]]
    assert sorted(files) == sorted([training, held_out])


def test_the_other_method_is_refused_by_its_file(owner: Caller, base: str) -> None:
    body = {"model": BASE, "training_file": upload(owner, CHATS), "method": {"type": "dpo"}}
    refused = call(owner, "post", "/fine_tuning/jobs", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "wrong_file")


def test_teammates_read_and_outsiders_find_nothing(
    owner: Caller, teammate: Caller, outsider: Caller, base: str
) -> None:
    file_id = upload(owner, CHATS)
    job_id = ordered(owner, file_id)["id"]
    reads = [f"/files/{file_id}", f"/files/{file_id}/content", f"/fine_tuning/jobs/{job_id}"]
    reads += [f"/fine_tuning/jobs/{job_id}/events", f"/fine_tuning/jobs/{job_id}/checkpoints"]
    assert [status(call(teammate, "get", path)) for path in reads] == [200] * 5
    assert [status(call(outsider, "get", path)) for path in reads] == [404] * 5
    for action in ("cancel", "pause", "resume"):
        assert call(teammate, "post", f"/fine_tuning/jobs/{job_id}/{action}").status_code == 403
        assert call(outsider, "post", f"/fine_tuning/jobs/{job_id}/{action}").status_code == 404
    assert call(teammate, "delete", f"/files/{file_id}").status_code == 403
    assert call(outsider, "delete", f"/files/{file_id}").status_code == 404
    assert call(outsider, "get", "/fine_tuning/jobs").json()["data"] == []
    refused = call(Caller(None, "ty_live_wrong"), "get", "/files")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
