"""What happens to jobs, data, models and workers is told, in the transaction in which it happens."""

from typing import Any

import pytest

from tests.support.jobs import Bench, result_of
from tests.support.jobs import bench as bench
from trainyard.core import domain_events
from trainyard.core.models import DomainEvent
from trainyard.core.tenancy import tenant_scope
from trainyard.pools import health
from trainyard.pools import operations as pools
from trainyard.registry.operations import complete_job
from trainyard.webhooks import fan_out
from trainyard_spec.webhook_events import CATALOGUE, WebhookEvent, is_subscribed, sentence_of

pytestmark = pytest.mark.django_db


def told(object_id: str) -> list[str]:
    events = DomainEvent.objects.filter(object_id=object_id).order_by("sequence")
    for event in events:
        assert sentence_of(event.type, event.data)
    return [event.type for event in events]


def test_the_life_of_a_job(bench: Bench) -> None:
    run = bench.run()
    bench.pause(run.job)
    run.checkpoint(10)
    run.finish()
    bench.resume(run.job)
    again = bench.claim()
    assert again is not None
    again.start()
    bench.lose_lease()
    assert told(run.job.id) == [
        "job.created",
        "job.started",
        "job.paused",
        "job.resumed",
        "job.started",
        "job.requeued",
    ]
    bench.cancel(run.job)
    assert told(run.job.id)[-1] == "job.cancelled"
    events = DomainEvent.objects.filter(object_id=run.job.id)
    assert {event.organization_id for event in events} == {bench.organization.id}


def test_good_and_bad_ends(bench: Bench) -> None:
    failed = bench.run()
    failed.fail("user", code="diverged")
    assert told(failed.job.id)[-1] == "job.failed"
    error = DomainEvent.objects.filter(object_id=failed.job.id).order_by("sequence").last().data["error"]  # type: ignore[union-attr]
    assert error["code"] == "diverged"
    run = bench.run()
    run.succeed()
    assert told(run.job.id)[-1] == "job.succeeded"


def test_a_registered_model_is_told_once(bench: Bench) -> None:
    run = bench.run()
    run.train(5, step=40)
    job = run.succeed()
    for _ in range(2):
        with tenant_scope(bench.organization.id):
            model = complete_job(
                attempt_id=run.claim.attempt_id, fence=run.claim.fence, result=result_of(), now=bench.now
            )
    assert told(model.id) == ["model.registered"]
    assert model.job_id == job.id


def test_workers_are_told_to_operators(bench: Bench) -> None:
    bench.run()
    bench.lose_lease()
    pools.drain_worker(worker_id=bench.worker.id, actor="tests", now=bench.now)
    health.quarantine(worker_id=bench.worker.id, reason="faulty memory", now=bench.now)
    assert told(bench.worker.id) == ["worker.lost", "worker.draining", "worker.quarantined"]
    assert {event.organization_id for event in DomainEvent.objects.filter(object_id=bench.worker.id)} == {""}


def test_what_is_rolled_back_is_not_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("after the event")

    monkeypatch.setattr("trainyard.jobs.operations.refuse_full_queue", refuse)
    with pytest.raises(RuntimeError):
        bench.submit()
    assert DomainEvent.objects.count() == 0


def test_an_event_has_exactly_the_data_that_is_documented(bench: Bench) -> None:
    for data in ({"id": "job_1"}, dict.fromkeys([*CATALOGUE[WebhookEvent.JOB_FAILED].data, "more"], "x")):
        with pytest.raises(ValueError, match="has the fields"):
            domain_events.record(
                WebhookEvent.JOB_FAILED, data=data, organization_id=bench.organization.id, now=bench.now
            )


def test_old_events_go_when_nothing_of_them_is_pending(bench: Bench) -> None:
    bench.submit()
    fan_out.fan_out(now=bench.now)
    assert fan_out.purge(now=bench.now) == 0
    bench.pass_time(31 * 86_400)
    assert fan_out.purge(now=bench.now) == 1


@pytest.mark.parametrize(
    ("filters", "subscribed"),
    [(["*"], True), (["job.*"], True), (["job.failed"], True), (["job.created", "model.*"], False), ([], False)],
)
def test_subscriptions(filters: list[str], subscribed: bool) -> None:
    assert is_subscribed("job.failed", filters) == subscribed
