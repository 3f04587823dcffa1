"""kill -9 of PostgreSQL under load: what it acknowledged is there, and jobs that run go on running."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread

import psutil
import psycopg
import pytest

from tests.support import fault_scenarios as jobs
from tests.support.fault_scale import SEED, time_limit, times
from tests.support.sample_jobs import upload_table
from tests.support.site import Site, running_site
from tests.support.waiting import wait_for
from trainyard_client import Client
from trainyard_client.errors import ApiError, Unreachable

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR is not set"),  # of the wheel's, on import
    time_limit(quick=600, full=3_600),
]

RESTARTS = times(quick=1, full=20)
MOST_JOBS_BETWEEN = times(quick=2, full=6)
OUTLASTS_A_RESTART = {"TRAINYARD_LEASE_SECONDS": "30"}


class Database:
    """A PostgreSQL of the test's own, from the ``pgserver`` wheel."""

    def __init__(self, directory: Path) -> None:
        import pgserver

        self._server = pgserver.get_server(directory / "data")
        self.url: str = self._server.get_uri()

    def bounce(self) -> None:
        """kill -9 of the postmaster and every backend, then a start that recovers from the log."""
        postmaster = psutil.Process(self._server.get_pid())
        doomed = [postmaster, *postmaster.children()]
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(doomed, timeout=30)
        wait_for(self._starts)
        wait_for(self._answers)

    def _starts(self) -> bool:
        """The wheel waits ten seconds for a server, and asks more of one that is still starting than that it runs."""
        with suppress(subprocess.TimeoutExpired, AssertionError):
            self._server.ensure_postgres_running()
            return True
        return False

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=3):
            return True
        return False

    def stop(self) -> None:
        self._server.cleanup()


@contextmanager
def running_database() -> Iterator[Database]:
    with TemporaryDirectory(prefix="trainyard-postgres-", ignore_cleanup_errors=True) as directory:
        # The server runs as a user of its own when this is root: it must be able to enter the directory.
        Path(directory).chmod(0o755)
        database = Database(Path(directory))
        try:
            yield database
        finally:
            database.stop()


class Load:
    """A customer who goes on submitting jobs and remembers those that were acknowledged."""

    def __init__(self, client: Client, version: str) -> None:
        self.acknowledged: list[str] = []
        self.refused = 0
        self._client = client
        self._spec = jobs.spec(version, epochs=1)
        self._stopped = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def wait_for_more(self, count: int) -> None:
        """Waits until so many more jobs were acknowledged."""
        wanted = len(self.acknowledged) + count
        wait_for(lambda: len(self.acknowledged) >= wanted, seconds=jobs.SOON_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(0.5):
            try:
                self.acknowledged.append(self._client.jobs.submit(self._spec).id)
            except (ApiError, Unreachable):
                self.refused += 1


def test_postgresql_dies_under_load_and_nothing_acknowledged_is_lost(
    tmp_path: Path, tell: Callable[[str], None]
) -> None:
    with (
        running_database() as database,
        running_site(tmp_path, database_url=database.url, **OUTLASTS_A_RESTART) as site,
        site.client() as client,
    ):
        version = upload_table(client, tmp_path)
        random = Random(SEED)
        running = jobs.training_on(site, client, jobs.spec(version, epochs=5_000), "worker-1")
        with Load(client, version) as load:
            for _ in range(RESTARTS):
                load.wait_for_more(random.randint(1, MOST_JOBS_BETWEEN))
                database.bounce()
                load.wait_for_more(1)
        assert_goes_on(site, client, running.id)
        wait_for(lambda: jobs.unfinished(client) == 0, seconds=jobs.END_SECONDS)
        states = [client.jobs.get(job_id).state for job_id in load.acknowledged]
        assert set(states) == {"succeeded"}
        once = sum(len(client.jobs.attempts(job_id)) == 1 for job_id in load.acknowledged)
        tell(
            f"{RESTARTS} kills of PostgreSQL: {len(states)}/{len(states)} acknowledged jobs there and ended, "
            f"{once} in one attempt, {load.refused} calls refused meanwhile; 0 running jobs lost"
        )
        tell(site.check_history())


def assert_goes_on(site: Site, client: Client, job_id: str) -> None:
    """The job that ran all along still has its first attempt, and makes progress."""
    before = jobs.checkpoints(client, job_id)
    wait_for(lambda: jobs.checkpoints(client, job_id) > before, seconds=jobs.SOON_SECONDS)
    assert [attempt["state"] for attempt in jobs.attempts(client, job_id)] == ["training"]
    assert site.died() == []
    client.jobs.cancel(job_id)
    assert client.jobs.wait(job_id).state == "cancelled"
