"""Fixture of the claim benchmark: a pool in which very many jobs wait, and workers that claim. Needs Django set up."""

import time
from datetime import UTC, datetime, timedelta
from random import Random

from django.db import connection

from trainyard.core.tenancy import tenant_scope
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.jobs.lifecycle import claiming
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.queue.enqueue import ranked_at
from trainyard.pools.models import Pool, PoolQuota, Worker
from trainyard.tenants.models import Organization
from trainyard_spec.states import AttemptState, JobState

QUEUED, ORGANIZATIONS = 10_000, 100
WORKERS, SLOTS = 50, 8
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_SECONDS = 86_400
SPEC = {"training": {"batch_size": 64, "accumulate": 1}}


def claim_seconds() -> tuple[list[float], list[float]]:
    """Each worker has one slot left and claims a job for it: how long that took, on the wall and of this process."""
    wall, own = [], []
    for worker in _fill():
        at, spent = time.perf_counter(), time.process_time()
        # One whose slots are kept for a job that needs more of them gets nothing: that is a claim, too.
        claiming.claim(worker=worker, free_slots=1, now=NOW)
        wall.append(time.perf_counter() - at)
        own.append(time.process_time() - spent)
    return wall, own


def _fill() -> list[Worker]:
    random = Random(0)
    pool = Pool.objects.create(name="crowded", slot_kind="cpu", created_at=NOW)
    workers = Worker.objects.bulk_create(
        Worker(pool=pool, name=f"w{n}", token_sha256=str(n), slots=SLOTS, registered_at=NOW, last_heartbeat_at=NOW)
        for n in range(WORKERS)
    )
    versions = [_tenant(f"Lab {n}", pool, weight=random.choice((1.0, 2.0, 4.0))) for n in range(ORGANIZATIONS)]
    Job.across_tenants.bulk_create((_job(random, versions[n % ORGANIZATIONS], pool) for n in range(QUEUED)), 500)
    running = [
        (_job(random, versions[n % ORGANIZATIONS], pool, slots=1, fence=1, state=JobState.RUNNING), worker)
        for n, worker in enumerate(workers * (SLOTS - 1))
    ]
    Job.across_tenants.bulk_create((job for job, _ in running), 500)
    Attempt.across_tenants.bulk_create(_attempt(job, worker) for job, worker in running)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as its autovacuum does; SQLite has no such thing
    return workers


def _tenant(name: str, pool: Pool, *, weight: float) -> DatasetVersion:
    organization = Organization.objects.create(name=name, created_at=NOW)
    with tenant_scope(organization.id):
        PoolQuota.objects.create(pool=pool, weight=weight)
        dataset = Dataset.objects.create(name="rows", task="tabular_classification", options={}, created_at=NOW)
        return DatasetVersion.objects.create(dataset=dataset, number=1, bytes=1, created_at=NOW)


def _job(
    random: Random,
    version: DatasetVersion,
    pool: Pool,
    *,
    slots: int | None = None,
    fence: int = 0,
    state: JobState = JobState.QUEUED,
) -> Job:
    """One to four slots, a fifth may be preempted, queued within the last hour."""
    queued_at, priority = NOW - timedelta(seconds=random.uniform(0, 3_600)), random.choice((0, 0, 0, 1, 5))
    return Job(
        organization_id=version.organization_id,
        name="crowd",
        state=state,
        fence=fence,
        spec=SPEC,
        architecture="mlp",
        task="tabular_classification",
        dataset_version=version,
        pool=pool,
        slots=slots or random.choices((1, 2, 4), (60, 25, 15))[0],
        preemptible=random.random() < 0.2,
        max_runtime_seconds=LONGEST_SECONDS,
        priority=priority,
        cap_micros=1_000_000,
        created_by="benchmark",
        created_at=queued_at,
        queued_at=queued_at,
        ranked_at=ranked_at(queued_at=queued_at, priority=priority),
    )


def _attempt(job: Job, worker: Worker) -> Attempt:
    return Attempt(
        organization_id=job.organization_id,
        job=job,
        fence=1,
        worker=worker,
        state=AttemptState.TRAINING,
        claimed_at=job.queued_at,
        lease_expires_at=NOW + timedelta(seconds=60),
    )
