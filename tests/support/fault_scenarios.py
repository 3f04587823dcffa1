"""Fault scenarios: when a worker has a job, and whether it ended as if nothing had happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.support.fault_scale import percentile, times
from tests.support.sample_jobs import table_spec
from tests.support.site import Site
from tests.support.waiting import PATIENCE_SECONDS, wait_for
from trainyard_client import Client
from trainyard_client.types import Job

SOON_SECONDS = PATIENCE_SECONDS
END_SECONDS = times(quick=300, full=3_000)
UNFINISHED = ("queued", "starting", "running", "stopping")


def spec(version: str, *, epochs: int) -> dict[str, Any]:
    """A training of 57 small steps an epoch, with a checkpoint every hundred."""
    return table_spec(version, epochs=epochs, batch_size=8, checkpoint={"every_steps": 100})


def training_on(site: Site, client: Client, job_spec: dict[str, Any], worker: str) -> Job:
    """A new job that trains on ``worker`` and has a checkpoint."""
    with site.only(worker):
        job = client.jobs.submit(job_spec)
        wait_for(lambda: checkpoints(client, job.id), seconds=SOON_SECONDS)
    return job


def checkpoints(client: Client, job_id: str) -> int:
    return int(client.jobs.get(job_id)["checkpoints_count"])


def attempts(client: Client, job_id: str) -> list[dict[str, Any]]:
    """In the order of their fences."""
    return sorted(client.jobs.attempts(job_id), key=lambda attempt: attempt["attempt"])


def is_training(client: Client, job_id: str, *, attempt: int) -> bool:
    begun = [each for each in attempts(client, job_id) if each["attempt"] == attempt]
    return bool(begun) and begun[0]["training_started_at"] is not None


def unfinished(client: Client) -> int:
    return sum(1 for state in UNFINISHED for _ in client.jobs.list(state=state))


def wait_for_steps(client: Client, job_ids: Sequence[str], steps: int) -> None:
    """Waits until the jobs have made so many more steps, all together, or none is left unfinished."""

    def done() -> int:
        return sum(client.jobs.get(job_id).progress.step for job_id in job_ids)

    wanted = done() + steps
    wait_for(lambda: done() >= wanted or unfinished(client) == 0, seconds=END_SECONDS)


def weights_of(client: Client, job: Job) -> str:
    assert job.model_id is not None, job
    return client.models.get(job.model_id).weights_sha256


def ended(client: Client, job_ids: Sequence[str]) -> list[Job]:
    """The jobs once none is left unfinished; waits, and does not for one that pauses."""
    wait_for(lambda: unfinished(client) == 0, seconds=END_SECONDS)
    return [client.jobs.get(job_id) for job_id in job_ids]


def seconds_between(earlier: str, later: str) -> float:
    """Between two times of the API."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def spread(seconds: Sequence[float]) -> str:
    p50, p95 = (percentile(seconds, share) for share in (0.5, 0.95))
    return f"{len(seconds)} times, p50 {p50:.1f} s, p95 {p95:.1f} s, most {max(seconds):.1f} s"
