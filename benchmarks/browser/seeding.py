"""What the dashboard is measured with: jobs by the thousand, a job with many metrics, many runs, a million points."""

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from benchmarks.browser.amounts import (
    A_MESSAGE,
    EMAIL,
    JOBS,
    NAMES,
    PASSWORD,
    POINTS,
    REPORTED_AT_ONCE,
    RUNS,
    SPIKES,
    STEPS_OF_MANY,
    STEPS_OF_RUNS,
    Seeded,
)
from benchmarks.control_plane.seeding import Seeding
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.jobs.models import Job, MetricChunk
from trainyard.jobs.reporting import packing, rollups
from trainyard.tenants import operations
from trainyard.tenants.models import Membership, Role
from trainyard_spec.engine_protocol import Metrics


def seed(seeding: Seeding) -> Seeded:
    """Fills the organization of ``seeding``, and gives it an owner who logs in by a password."""
    user = operations.create_user(email=EMAIL, password=PASSWORD, now=database_now())
    Membership.objects.create(organization=seeding.organization, user=user, role=Role.OWNER, created_at=database_now())
    seeding.finished_jobs(JOBS, organizations=1)
    values = noisy(POINTS)
    seeded = Seeded(_long(seeding, values), _wide(seeding), _runs(seeding), values)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jobs_job SET name = 'run ' || right(id, 5)")
        cursor.execute("ANALYZE")
    return seeded


def noisy(points: int) -> NDArray[np.float32]:
    """A loss that falls, with noise and a few spikes of a single step, which no thinning may lose."""
    random = np.random.default_rng(0)
    steps = np.arange(points)
    values = 2.5 * np.exp(-4 * steps / points) + 0.2 + random.normal(0, 0.05, points)
    values[random.integers(0, points, SPIKES)] += random.uniform(0.5, 1.0, SPIKES)
    return values.astype(np.float32)


def _long(seeding: Seeding, values: NDArray[np.float32]) -> str:
    """A job with as many points of its training loss."""
    job_id = seeding.running_job().job_id
    job = Job.across_tenants.get(id=job_id)
    chunks: list[MetricChunk] = []
    for sequence, begin in enumerate(range(0, len(values), REPORTED_AT_ONCE), start=2):
        steps = tuple(range(begin, begin + REPORTED_AT_ONCE))
        part = tuple(map(float, values[begin : begin + REPORTED_AT_ONCE]))
        chunks += packing.chunks_of(
            job, [Metrics(steps=steps, values={"train_loss": part})], sequence=sequence, now=job.created_at
        )
        if sequence % rollups.REPORTS == 0:
            MetricChunk.across_tenants.bulk_create(chunks)
            with tenant_scope(job.organization_id):
                rollups.summarize(job, sequence=sequence)
            chunks = []
    MetricChunk.across_tenants.bulk_create(chunks)
    _tell(job_id, {"train_loss": float(values[-1])})
    return job_id


def _wide(seeding: Seeding) -> str:
    """A job with thousands of metrics, as a program has that logs each layer's norms."""
    job_id = seeding.running_job().job_id
    job = Job.across_tenants.get(id=job_id)
    steps = np.arange(STEPS_OF_MANY)
    random = np.random.default_rng(1)
    values = {
        f"layer_{number // 4:04}.{('weight', 'grad', 'update', 'act')[number % 4]}_norm": tuple(
            map(float, random.uniform(0.5, 2) / (1 + 0.1 * steps))
        )
        for number in range(NAMES)
    }
    names = list(values)
    told = [
        Metrics(steps=tuple(map(int, steps)), values={name: values[name] for name in names[begin : begin + A_MESSAGE]})
        for begin in range(0, NAMES, A_MESSAGE)
    ]
    MetricChunk.across_tenants.bulk_create(packing.chunks_of(job, told, sequence=2, now=job.created_at))
    _tell(job_id, {name: row[-1] for name, row in values.items()})
    return job_id


def _runs(seeding: Seeding) -> tuple[str, ...]:
    """As many finished jobs as one comparison takes, each with a curve of its own."""
    ids = tuple(f"job_{number:026x}" for number in range(RUNS))
    random = np.random.default_rng(2)
    steps = np.arange(STEPS_OF_RUNS)
    chunks: list[MetricChunk] = []
    Job.across_tenants.filter(id__in=ids).update(fence=1)  # of a first attempt, which reported
    for job in Job.across_tenants.filter(id__in=ids):
        curve = random.uniform(1, 3) * np.exp(-steps / random.uniform(30, 200)) + random.uniform(0.1, 0.4)
        told = Metrics(steps=tuple(map(int, steps)), values={"val_loss": tuple(map(float, curve))})
        chunks += packing.chunks_of(job, [told], sequence=2, now=job.created_at)
        _tell(job.id, packing.latest(told))
    MetricChunk.across_tenants.bulk_create(chunks)
    return ids


def _tell(job_id: str, latest: dict[str, float | None]) -> None:
    Job.across_tenants.filter(id=job_id).update(latest_metrics=latest)
