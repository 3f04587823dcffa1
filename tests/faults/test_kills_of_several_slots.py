"""A job of two slots on a worker of two: kill -9 of any of its processes costs it nothing but time."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

import psutil
import pytest

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import FULL, time_limit
from tests.support.processes import living
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard_client import Client
from trainyard_client.types import Job

pytestmark = time_limit(quick=600, full=600)

SLOTS = 2
WORKER = "worker-1"
LONG_ENOUGH_TO_KILL = 30


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp("slots")
    with running_site(directory, workers=1, TRAINYARD_WORKER_SLOTS=str(SLOTS)) as site:
        yield site


@pytest.fixture(scope="module")
def undisturbed(client: Client, version: str) -> Job:
    return client.jobs.wait(submit(client, version).id)


def submit(client: Client, version: str, *, slots: int = SLOTS, epochs: int = LONG_ENOUGH_TO_KILL) -> Job:
    return client.jobs.submit(jobs.spec(version, epochs=epochs) | {"resources": {"slots": slots}})


def processes(site: Site) -> list[psutil.Process]:
    """Of the one job that trains, the first of them first."""
    (first,) = site.engines(WORKER)
    return [first, *first.children()]


def assert_billed_by_the_slot(client: Client, job: Job) -> None:
    lines = client.jobs.usage(job.id)
    assert {line.slots for line in lines if line.free_reason != "queued"} == {SLOTS}
    for line in lines:
        exact = SLOTS * Decimal(str(line.seconds)) * line.unit_price
        assert line.amount == exact.quantize(Decimal("0.000001"))
    assert job.cost.billed == sum(line.amount for line in lines if line.billed) > 0
    assert job.cost.held == 0


KILLS: dict[str, Callable[[Site], None]] = {
    "the first process": lambda site: processes(site)[0].kill(),
    "the other process": lambda site: processes(site)[1].kill(),
    "the worker": lambda site: site.bounce(WORKER),
}
WALKS = [[name] for name in KILLS] if FULL else [list(KILLS)]
"""Kills of one job, one after the other: each of a job of its own, or in ``make test`` all of the same."""


@pytest.mark.parametrize("kills", WALKS, ids=", ".join)
def test_killed_it_goes_on_to_the_same_bits(
    site: Site, client: Client, version: str, undisturbed: Job, kills: list[str]
) -> None:
    job = submit(client, version)
    kept = 0
    for attempt, kill in enumerate(kills, start=1):
        wait_for(lambda: jobs.is_training(client, job.id, attempt=attempt), seconds=jobs.SOON_SECONDS)  # noqa: B023
        wait_for(lambda: jobs.checkpoints(client, job.id) > kept, seconds=jobs.SOON_SECONDS)  # noqa: B023
        before = processes(site)
        assert len(before) == SLOTS
        KILLS[kill](site)
        wait_for(lambda: not living(before), seconds=jobs.SOON_SECONDS)  # noqa: B023
        kept = jobs.checkpoints(client, job.id)
    ended = client.jobs.wait(job.id)
    assert len(jobs.attempts(client, job.id)) == len(kills) + 1
    assert jobs.weights_of(client, ended) == jobs.weights_of(client, undisturbed)
    assert ended.test_metrics == undisturbed.test_metrics
    assert_billed_by_the_slot(client, ended)


def test_beside_narrower_jobs_no_slot_is_given_twice(site: Site, client: Client, version: str) -> None:
    wanted = (1, 2, 1, 1, 2)
    submitted = [submit(client, version, slots=slots, epochs=1).id for slots in wanted]
    ended = jobs.ended(client, submitted)
    assert [job.state for job in ended] == ["succeeded"] * len(wanted)
    changes: list[tuple[datetime, int]] = []
    for job_id, slots in zip(submitted, wanted, strict=True):
        for attempt in jobs.attempts(client, job_id):
            changes.append((datetime.fromisoformat(attempt["claimed_at"]), slots))
            changes.append((datetime.fromisoformat(attempt["ended_at"]), -slots))
    taken = [sum(slots for at, slots in changes if at <= when) for when, _ in changes]
    assert max(taken) <= SLOTS


def test_paused_it_gives_back_its_slots_and_goes_on_to_the_same_bits(
    client: Client, version: str, undisturbed: Job
) -> None:
    job = submit(client, version)
    wait_for(lambda: jobs.checkpoints(client, job.id), seconds=jobs.SOON_SECONDS)
    client.jobs.pause(job.id)
    assert client.jobs.wait(job.id).state == "paused"
    assert client.jobs.wait(submit(client, version, epochs=1).id).state == "succeeded"
    client.jobs.resume(job.id)
    ended = jobs.ended(client, [job.id])[0]
    assert jobs.weights_of(client, ended) == jobs.weights_of(client, undisturbed)
    assert_billed_by_the_slot(client, ended)
