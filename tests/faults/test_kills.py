"""kill -9 of any process at random instants: every job ends, with the very same bits, and nothing is billed twice."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from random import Random

import psutil
import pytest

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import SEED, hold_to, time_limit, times
from tests.support.servers import postgres_database
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard_client import Client

pytestmark = [pytest.mark.postgres, time_limit(quick=600, full=3_600)]

KILLS = times(quick=6, full=200)
LOSSES = times(quick=1, full=20)
CANCELS = times(quick=1, full=30)
EPOCHS = times(quick=8, full=15)
MOST_STEPS_BETWEEN = times(quick=200, full=400)
IN_FLIGHT = 3
LEASE_SECONDS = 4
TRAINING_AGAIN_SECONDS = LEASE_SECONDS + 10
SLOT_FREE_SECONDS = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with (
        postgres_database(is_migrated=True) as database,
        running_site(tmp_path_factory.mktemp("kills"), database_url=database) as site,
    ):
        yield site


class Killer:
    """Kills by turns what there is, and starts again what nobody else would."""

    def __init__(self, site: Site, random: Random, train: Callable[[], None], is_idle: Callable[[], bool]) -> None:
        self._site = site
        self._train, self._is_idle = train, is_idle
        self._random = random
        self._targets: dict[str, Callable[[], None]] = {
            "engine": self._engine,
            "fork server": self._fork_server,
            # The process that is supervisor and Celery worker in one; its engines die with it.
            "worker": lambda: site.bounce(random.choice(self._busy() or site.workers)),
            "web": lambda: site.bounce("web"),
            "control worker": lambda: site.bounce("control"),
            "beat": lambda: site.bounce("beat"),
        }
        self.killed: Counter[str] = Counter()

    def kill(self, number: int) -> None:
        target = list(self._targets)[number % len(self._targets)]
        self._targets[target]()
        self.killed[target] += 1

    def __str__(self) -> str:
        return f"{self.killed.total()} kills ({', '.join(f'{times} {what}' for what, times in self.killed.items())})"

    def _busy(self) -> list[str]:
        return [name for name in self._site.workers if self._site.engines(name)]

    def _engine(self) -> None:
        while (engine := self._some_engine()) is None:
            if self._is_idle():  # the last job has ended meanwhile
                self._train()
            wait_for(lambda: self._some_engine() or self._is_idle(), seconds=jobs.SOON_SECONDS)
        engine.kill()

    def _some_engine(self) -> psutil.Process | None:
        engines = [engine for name in self._site.workers for engine in self._site.engines(name)]
        return self._random.choice(engines) if engines else None

    def _fork_server(self) -> None:
        worker = self._random.choice(self._site.workers)
        wait_for(lambda: self._site.process(worker).children(), seconds=jobs.SOON_SECONDS)[0].kill()


def test_every_job_ends_with_the_same_bits_whatever_is_killed(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    spec = jobs.spec(version, epochs=EPOCHS)
    undisturbed = client.jobs.wait(client.jobs.submit(spec).id)
    random = Random(SEED)
    submitted: list[str] = []

    def train() -> None:
        submitted.append(client.jobs.submit(spec).id)

    killer = Killer(site, random, train, lambda: jobs.unfinished(client) == 0)
    for number in range(KILLS):
        wait_for(lambda: jobs.unfinished(client) < IN_FLIGHT, seconds=jobs.END_SECONDS)
        train()
        jobs.wait_for_steps(client, submitted[-IN_FLIGHT:], random.randint(0, MOST_STEPS_BETWEEN))
        killer.kill(number)
        assert site.died() == []
    ended = jobs.ended(client, submitted)

    states = Counter(job.state for job in ended)
    assert states == {"succeeded": len(submitted)}, states
    assert killer.killed.total() == KILLS
    same = sum(jobs.weights_of(client, job) == jobs.weights_of(client, undisturbed) for job in ended)
    assert same == len(submitted)
    assert all(job.test_metrics == undisturbed.test_metrics for job in ended)
    attempts = sum(len(client.jobs.attempts(job.id)) for job in ended)
    ends = f"{len(ended)}/{len(submitted)} jobs ended in {attempts} attempts, {same}/{len(submitted)} bit-identical"
    tell(f"{killer}: {ends}, 0 stuck")


def test_the_job_of_a_dead_worker_soon_trains_elsewhere(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    seconds = []
    for number in range(LOSSES):
        worker = site.workers[number % len(site.workers)]
        job = jobs.training_on(site, client, jobs.spec(version, epochs=1_000), worker)
        died = datetime.now(UTC).isoformat()
        site.bounce(worker)
        wait_for(lambda: jobs.is_training(client, job.id, attempt=2), seconds=jobs.SOON_SECONDS)  # noqa: B023
        seconds.append(jobs.seconds_between(died, jobs.attempts(client, job.id)[1]["training_started_at"]))
        client.jobs.cancel(job.id)
        assert client.jobs.wait(job.id).state == "cancelled"
        states = [attempt["state"] for attempt in jobs.attempts(client, job.id)]
        assert (states[0], states[-1]) == ("lost", "cancelled")
        wait_for(lambda: site.has_forkserver(worker), seconds=jobs.SOON_SECONDS)  # noqa: B023
    tell(f"dead worker -> job training again: {jobs.spread(seconds)}; bound: p95 <= {TRAINING_AGAIN_SECONDS} s")
    hold_to(TRAINING_AGAIN_SECONDS, seconds)


def test_a_cancelled_job_soon_frees_its_slot(
    site: Site, client: Client, version: str, tell: Callable[[str], None]
) -> None:
    worker = site.workers[0]
    seconds = []
    for _ in range(CANCELS):
        first = jobs.training_on(site, client, jobs.spec(version, epochs=1_000), worker)
        with site.only(worker):
            second = client.jobs.submit(jobs.spec(version, epochs=1))
            asked = datetime.now(UTC).isoformat()
            client.jobs.cancel(first.id)
            client.jobs.wait(second.id)
        assert client.jobs.wait(first.id).state == "cancelled"
        (freed,), (taken,) = jobs.attempts(client, first.id), jobs.attempts(client, second.id)
        assert jobs.seconds_between(freed["ended_at"], taken["claimed_at"]) >= 0
        seconds.append(jobs.seconds_between(asked, taken["claimed_at"]))
    tell(f"cancel -> slot free, the next job claimed: {jobs.spread(seconds)}; bound: p95 <= {SLOT_FREE_SECONDS} s")
    hold_to(SLOT_FREE_SECONDS, seconds)
