"""``kill -9`` of ``manage.py up`` under a training: nothing stays on the port, and the next start goes on."""

from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support.embedded import Embedded, running
from tests.support.processes import living
from tests.support.sample_jobs import table_spec, upload_table
from tests.support.waiting import wait_for
from trainyard_client.types import Job

pytestmark = pytest.mark.timeout(600)
DEATH_SECONDS = 10


def listeners(port: int) -> list[int | None]:
    """The processes that listen on ``port``."""
    connections = psutil.net_connections("tcp")
    return [each.pid for each in connections if each.status == psutil.CONN_LISTEN and each.laddr.port == port]


def submit_long(platform: Embedded, directory: Path) -> Job:
    """A job that is far from its end, with a checkpoint every other moment."""
    with platform.client() as client:
        version = upload_table(client, directory)
        job = client.jobs.submit(table_spec(version, epochs=2_000, batch_size=8, checkpoint={"every_steps": 50}))
        wait_for(lambda: client.jobs.checkpoints(job.id), seconds=90)
        return job


def test_the_next_start_takes_the_port_and_the_job_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "data", TRAINYARD_LEASE_SECONDS="6", TRAINYARD_HEARTBEAT_SECONDS="1") as platform:
        port = urlsplit(platform.facts["base_url"]).port
        assert port is not None
        job = submit_long(platform, tmp_path)
        with platform.client() as client:
            [checkpoint, *_] = client.jobs.checkpoints(job.id)
        children = platform.descendants()
        platform.process.kill()
        wait_for(lambda: not living(children), seconds=DEATH_SECONDS)
        assert listeners(port) == []
    with running(tmp_path / "data", port=port) as again:
        assert again.facts == platform.facts
        with again.client() as client:
            wait_for(lambda: client.jobs.attempts(job.id)[0]["start_step"] >= checkpoint["step"], seconds=90)
            client.jobs.cancel(job.id)
            assert client.jobs.wait(job.id).state == "cancelled"
