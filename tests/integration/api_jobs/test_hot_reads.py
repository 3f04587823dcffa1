"""What is read most: one query beside who asks, the body that its serializer would write, 304 while it is the same."""

import dataclasses
import json
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import Serializer

from tests.support.jobs import Bench, Run, spec_of
from tests.support.platform import Caller
from tests.support.queries import table_queries
from trainyard.api.v1.jobs.metric_serializers import JobsMetricsSerializer, MetricsSerializer
from trainyard.api.v1.jobs.serializers import JobSerializer
from trainyard.billing.queries import job_cost
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.models import Job
from trainyard.jobs.reporting import metrics
from trainyard.jobs.reporting.progress import progress_of
from trainyard.registry import shown_jobs
from trainyard_spec.engine_protocol import Metrics
from trainyard_spec.training import spec_with_names_of_today


def as_serialized(serializer: type[Serializer[Any]], value: Any) -> Any:
    return JSONRenderer().render(serializer(value).data)


def serialized_job(job_id: str, shown: dict[str, Any]) -> bytes:
    """The job by its serializer; what is no column of it is taken from ``shown``."""
    job = Job.across_tenants.select_related("pool").get(id=job_id)
    with tenant_scope(job.organization_id):
        derived = {"progress": progress_of(job), "cost": job_cost(job_id=job.id)}
    columns = {name: getattr(job, name) for name in shown if hasattr(job, name)}
    renamed = {
        "dataset_version": job.dataset_version_id,
        "pool": job.pool.name,
        "metrics": {"latest": job.latest_metrics},
        "attempts": job.fence,
    }
    asked = {name: shown[name] for name in ("model_id", "allowed_actions")}
    rendered: bytes = as_serialized(JobSerializer, columns | renamed | derived | asked)
    return rendered


@pytest.fixture
def run(bench: Bench) -> Run:
    """A running job with a checkpoint and metrics."""
    run = bench.run()
    run.train(4, step=10)
    run.report(Metrics(steps=(9, 10), values={"train_loss": (0.6, 0.5), "lr": (0.1, None)}))
    run.checkpoint(10)
    return run


@pytest.fixture
def finished(run: Run) -> Run:
    run.succeed()
    return run


def test_a_job_is_answered_as_its_serializer_would(owner: Caller, finished: Run, bench: Bench) -> None:
    waiting = bench.submit()
    for job_id in (finished.claim.job_id, waiting.id):
        answer = owner.get(f"/jobs/{job_id}")
        assert answer.content == serialized_job(job_id, answer.json())
        (listed,) = owner.get("/jobs", ids=job_id).json()["data"]
        assert listed == answer.json()


def test_metrics_are_answered_as_their_serializers_would(owner: Caller, run: Run) -> None:
    job_id = run.claim.job_id
    with tenant_scope(run.bench.organization.id):
        chart = metrics.chart(job_id=job_id, names=None, max_points=1_000)
    answer = owner.get(f"/jobs/{job_id}/metrics")
    assert answer.content == as_serialized(MetricsSerializer, {"data": chart.series, "clock": chart.clock})
    rows = [{"job_id": job_id, **dataclasses.asdict(one)} for one in chart.series]
    compared = owner.get("/jobs/metrics", ids=job_id)
    assert compared.json()["data"]
    assert compared.json() == json.loads(as_serialized(JobsMetricsSerializer, {"data": rows}))


@pytest.mark.parametrize(("path", "queries"), [("", 1), ("/{id}", 1), ("/{id}/metrics", 2)])
def test_the_database_is_asked_once_beside_the_key(owner: Caller, run: Run, path: str, queries: int) -> None:
    """For metrics twice: how many attempts and summaries there are decides what is read."""
    path = "/jobs" + path.format(id=run.claim.job_id)
    owner.get(path)  # notes when the key was last used
    with table_queries(1 + queries):
        assert owner.get(path).status_code == 200


def test_a_spec_that_was_shown_before_is_not_brought_to_its_present_names_again(
    owner: Caller, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        bench.submit()
    brought: list[Any] = []

    def counted(spec: Any) -> Any:
        brought.append(spec)
        return spec_with_names_of_today(spec)

    monkeypatch.setattr(shown_jobs, "spec_with_names_of_today", counted)
    shown_jobs._spec.cache_clear()
    pages = [owner.get("/jobs").json()["data"] for _ in range(2)]
    assert pages[0] == pages[1]
    assert len(brought) == len({json.dumps(job["spec"]) for job in pages[0]})


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/metrics", "/metrics?ids={id}"])
def test_who_has_the_answer_is_told_so(owner: Caller, outsider: Caller, run: Run, path: str) -> None:
    path = "/jobs" + path.format(id=run.claim.job_id)
    first = owner.get(path)
    tag = {"If-None-Match": first["ETag"]}
    again = owner.get_with(path, **tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert owner.get_with(path, **{"If-None-Match": f'"other", {first["ETag"]}'}).status_code == 304
    assert owner.get_with(path, **{"If-None-Match": '"other"'}).status_code == 200
    run.report(Metrics(steps=(11,), values={"train_loss": (0.4,)}))
    changed = owner.get_with(path, **tag)
    assert (changed.status_code, changed["ETag"] == first["ETag"]) == (200, False)
    assert outsider.get_with(path, **tag).status_code in {200, 404}


def test_a_tag_is_of_what_the_caller_sees(owner: Caller, teammate: Caller, bench: Bench) -> None:
    """A viewer may not do what an owner may, and is not told that nothing changed."""
    job = bench.submit()
    tag = owner.get(f"/jobs/{job.id}")["ETag"]
    seen = teammate.get_with(f"/jobs/{job.id}", **{"If-None-Match": tag})
    assert (seen.status_code, seen.json()["allowed_actions"]) == (200, [])


@pytest.mark.parametrize(("key", "queries", "messages"), [({}, 28, 11), ({"Idempotency-Key": "once"}, 34, 15)])
def test_a_submission_asks_the_database_a_fixed_number_of_times(
    owner: Caller, bench: Bench, key: dict[str, str], queries: int, messages: int
) -> None:
    """Thirteen of the queries write; five look for measured speeds, and two do once there is one."""
    spec = spec_of(bench.version)
    owner.post("/jobs", spec)
    with table_queries(queries, messages=messages):
        assert owner.post("/jobs", spec, **key).status_code == 201


def test_a_submitted_job_is_answered_as_it_is_read(owner: Caller, bench: Bench) -> None:
    submitted = owner.post("/jobs", spec_of(bench.version))
    assert submitted.json()["cost"]["held"] != "0.00"
    assert submitted.json() == owner.get(f"/jobs/{submitted.json()['id']}").json()
