"""Messages are hints: a broker that dies, forgets or repeats itself loses no job and runs none twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from celery import Celery
from redis import Redis

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import hold_to, time_limit, times
from tests.support.proxy import unix_wire
from tests.support.sample_jobs import upload_table
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard.jobs.queue.notify_workers import NOTIFY_TASK
from trainyard_client import Client

pytestmark = time_limit(quick=600, full=3_600)

RESTARTS = times(quick=1, full=50)
QUEUED = times(quick=6, full=1_000)
RINGS = 100
PROGRESS_SECONDS = 30
SILENCE_SECONDS = times(quick=8, full=60)
REPLACED_SECONDS = 120
AS_IN_PRODUCTION = {"TRAINYARD_WORKER_POLL_SECONDS": "5", "TRAINYARD_LEASE_SECONDS": "8"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("broker"), **AS_IN_PRODUCTION) as site:
        yield site


def assert_each_ran_once(client: Client, job_ids: list[str]) -> None:
    assert {job.state for job in jobs.ended(client, job_ids)} == {"succeeded"}
    assert {len(client.jobs.attempts(job_id)) for job_id in job_ids} == {1}


def test_jobs_go_on_while_redis_is_killed_and_started_again(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    waited, submitted = [], []
    for _ in range(RESTARTS):
        site.kill("redis")
        submitted.append(client.jobs.submit(jobs.spec(version, epochs=1)).id)
        back = datetime.now(UTC).isoformat()
        site.up("redis")
        wait_for(lambda: client.jobs.attempts(submitted[-1]), seconds=jobs.SOON_SECONDS)
        waited.append(max(0.0, jobs.seconds_between(back, jobs.attempts(client, submitted[-1])[0]["claimed_at"])))
    assert_each_ran_once(client, submitted)
    assert site.died() == []
    tell(f"{RESTARTS} kills of Redis: {RESTARTS}/{RESTARTS} jobs ran once; back -> claimed {jobs.spread(waited)}")
    hold_to(PROGRESS_SECONDS, waited)


def test_an_emptied_redis_loses_no_queued_job(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    # What each reserves: the tenant's credit has to do for all of them.
    spec = jobs.spec(version, epochs=1) | {"limits": {"max_cost": "0.01"}}
    with site.only("nobody"):
        submitted = [client.jobs.submit(spec).id for _ in range(QUEUED)]
        with Redis.from_url(site.layout.redis_url(site.layout.redis_socket)) as redis:
            redis.flushall()
    emptied = datetime.now(UTC).isoformat()
    wait_for(lambda: client.jobs.attempts(submitted[0]), seconds=jobs.SOON_SECONDS)
    waited = jobs.seconds_between(emptied, jobs.attempts(client, submitted[0])[0]["claimed_at"])
    assert_each_ran_once(client, submitted)
    tell(f"FLUSHALL with {QUEUED} jobs queued: {QUEUED}/{QUEUED} ran once; the first claimed after {waited:.1f} s")
    hold_to(PROGRESS_SECONDS, [waited])


def test_the_same_notification_a_hundred_times_is_one_attempt(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    job = client.jobs.submit(jobs.spec(version, epochs=1))
    address = site.layout.redis_url(site.layout.redis_socket).replace("unix://", "redis+socket://")
    with Celery(broker=address, set_as_current=False) as sender:
        for _ in range(RINGS):
            sender.send_task(NOTIFY_TASK, queue="pool.default", ignore_result=True)
    assert_each_ran_once(client, [job.id])
    tell(f"{RINGS} rings for one job: 1 attempt")


def test_two_beats_at_once_do_nothing_twice(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    site.double("beat")
    job = jobs.training_on(site, client, jobs.spec(version, epochs=20), "worker-1")
    site.bounce("worker-1")
    assert client.jobs.wait(job.id).state == "succeeded"
    lost = [
        event
        for event in client.jobs.events(job.id)
        if (event["to_state"], event["reason"]) == ("queued", "worker_lost")
    ]
    assert len(lost) == 1
    assert [attempt["state"] for attempt in jobs.attempts(client, job.id)] == ["lost", "succeeded"]
    site.remove("beat-2")
    tell("two beats and a lost worker: lost once, one attempt more")


def test_a_control_worker_that_hears_nothing_is_replaced(
    site: Site, client: Client, tmp_path: Path, tell: Callable[[str], None]
) -> None:
    by_wire = site.layout.socket_dir / "wire.sock"
    with unix_wire(site.layout.redis_socket, called_at=by_wire) as wire:
        site.bounce(
            "control",
            TRAINYARD_REDIS_URL=site.layout.redis_url(by_wire),
            TRAINYARD_SILENT_SECONDS=str(SILENCE_SECONDS),
        )
        upload_table(client, tmp_path)
        wire.cut()
        began = monotonic()
        wait_for(lambda: site.died() == ["control"], seconds=jobs.SOON_SECONDS)
        wire.mend()
        site.up("control")
        upload_table(client, tmp_path)
        seconds = monotonic() - began
        site.bounce("control", TRAINYARD_REDIS_URL=site.layout.redis_url(site.layout.redis_socket))
    tell(f"a control worker heard nothing; replaced, and a file checked by the new one after {seconds:.1f} s")
    hold_to(REPLACED_SECONDS, [seconds])


def test_a_worker_that_hears_no_notification_asks_by_itself(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    by_wire = site.layout.socket_dir / "deaf.sock"
    with unix_wire(site.layout.redis_socket, called_at=by_wire) as wire:
        site.add_worker("worker-deaf", TRAINYARD_WORKER_BROKER_URL=f"redis+socket://{by_wire}")
        wire.cut()
        with site.only("worker-deaf"):
            submitted = datetime.now(UTC).isoformat()
            job = client.jobs.wait(client.jobs.submit(jobs.spec(version, epochs=1)).id)
        site.remove("worker-deaf")
    assert job.state == "succeeded"
    waited = jobs.seconds_between(submitted, jobs.attempts(client, job.id)[0]["claimed_at"])
    tell(f"a worker heard no notification; it claimed the job {waited:.1f} s after it was submitted")
    hold_to(PROGRESS_SECONDS, [waited])
