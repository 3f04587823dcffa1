"""Rows to measure with: one of each made by the platform's own operations, then copied by the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, models

from benchmarks.control_plane.seeded_job import SeededJob
from tests.support.jobs import fund, make_version, make_worker, spec_of, started
from trainyard.billing.models import Hold
from trainyard.billing.pricing.operations import set_price
from trainyard.core import analyze_tables
from trainyard.core.tenancy import tenant_scope
from trainyard.core.time import database_now
from trainyard.datasets.models import DatasetVersion
from trainyard.jobs import operations
from trainyard.jobs.lifecycle import claiming
from trainyard.jobs.models import Attempt, Job, MetricChunk
from trainyard.jobs.reporting import packing, reports, rollups
from trainyard.pools.models import Pool, Worker
from trainyard.pools.operations import create_pool
from trainyard.tenants.models import Organization
from trainyard_spec.engine_protocol import Metrics
from trainyard_spec.training import TrainingSpec
from trainyard_spec.worker_protocol import Report

ACTOR = "benchmark"
COPIED_ID = "'{prefix}_' || lpad(to_hex({number}), 26, '0')"


@dataclass(frozen=True, slots=True)
class Seeding:
    """One organization with money and data, and a pool with a price."""

    organization: Organization
    pool: Pool
    version: DatasetVersion

    @classmethod
    @contextmanager
    def begun(cls) -> Iterator["Seeding"]:
        """Fills the database with what jobs need; closes this process's connections at the end."""
        now = database_now()
        organization = Organization.objects.get()
        fund(organization, 1_000, now=now)
        pool = create_pool(name="default", slot_kind=Pool.SlotKind.CPU, actor=ACTOR, now=now)
        set_price(
            pool_id=pool.id, per_slot_second=Decimal("0.000028"), effective_from=database_now(), actor=ACTOR, now=now
        )
        try:
            yield cls(organization, pool, make_version(organization, now=now))
        finally:
            connection.close()
            if connection.vendor == "postgresql":
                connection.close_pool()  # type: ignore[attr-defined]  of PostgreSQL's connections alone

    def spec(self, **changes: Any) -> dict[str, Any]:
        """A small valid spec as JSON; ``changes`` replace top-level fields."""
        return spec_of(self.version, **changes)

    def queued_job(self) -> Job:
        spec = TrainingSpec.model_validate(self.spec())
        with tenant_scope(self.organization.id):
            return operations.submit(spec=spec, created_by=ACTOR, now=database_now())

    def running_job(self) -> SeededJob:
        """A job that a worker of its own has begun to train."""
        self.queued_job()
        enrolled = make_worker(self.pool, slots=64, now=database_now())
        claim = claiming.claim(worker=enrolled.worker, free_slots=1, now=database_now())
        assert claim is not None
        report = Report(fence=claim.fence, sequence=1, messages=(started(),))
        reports.apply(worker=enrolled.worker, attempt_id=claim.attempt_id, report=report, now=database_now())
        return SeededJob(claim.job_id, claim.attempt_id, enrolled.token)

    def running_jobs(self, count: int, *, a_worker: int) -> list[SeededJob]:
        """``count`` jobs that train, ``a_worker`` of them on each worker."""
        first = self.running_job()
        attempt = Attempt.across_tenants.get(id=first.attempt_id)
        worker_id = COPIED_ID.format(prefix="wrk", number=f"n / {a_worker}")
        token = "'ty_wrk_' || n"
        copy(
            Worker,
            attempt.worker_id,
            -(-count // a_worker),
            id=COPIED_ID.format(prefix="wrk", number="n"),
            token_sha256=f"encode(sha256(convert_to({token}, 'UTF8')), 'hex')",
        )
        self.copy_job(first.job_id, count)
        attempt_id = COPIED_ID.format(prefix="att", number="n")
        copy(
            Attempt,
            first.attempt_id,
            count,
            id=attempt_id,
            job_id=COPIED_ID.format(prefix="job", number="n"),
            worker_id=worker_id,
        )
        return [SeededJob(f"job_{n:026x}", f"att_{n:026x}", f"ty_wrk_{n // a_worker}") for n in range(count)]

    def measured(self, job: SeededJob, *, points: int, at_once: int) -> None:
        """Stores ``points`` of one series as reports of ``at_once`` bring them, without their thousands of commits."""
        row = Job.across_tenants.get(id=job.job_id)
        chunks: list[MetricChunk] = []
        for sequence, begin in enumerate(range(0, points, at_once), start=job.sequence + 1):
            steps = tuple(range(begin, begin + at_once))
            message = Metrics(steps=steps, values={"train_loss": tuple(1 / (step + 1) for step in steps)})
            chunks += packing.chunks_of(row, [message], sequence=sequence, now=row.created_at)
            if sequence % rollups.REPORTS == 0:
                MetricChunk.across_tenants.bulk_create(chunks)
                with tenant_scope(row.organization_id):
                    rollups.summarize(row, sequence=sequence)
                chunks = []
        MetricChunk.across_tenants.bulk_create(chunks)

    def look_at_tables(self) -> None:
        """Has the database refresh its statistics, as autovacuum and the platform's periodic task soon do."""
        analyze_tables.refresh()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")

    def copy_job(self, job_id: str, count: int, **columns: str) -> None:
        """``count`` jobs like ``job_id``, each with its hold; ``columns`` are SQL expressions of ``n``."""
        new_id = COPIED_ID.format(prefix="job", number="n")
        copy(Job, job_id, count, id=new_id, **columns)
        owner = {name: value for name, value in columns.items() if name == "organization_id"}
        copy(Hold, job_id, count, job_id=new_id, **owner)

    def finished_jobs(self, count: int, *, organizations: int) -> None:
        """``count`` jobs that are over, one in ten failed, dealt out to this and new ``organizations``."""
        owners = COPIED_ID.format(prefix="org", number="n")
        copy(Organization, self.organization.id, organizations, id=owners)
        others = COPIED_ID.format(prefix="org", number=f"mod(n, {organizations})")
        state = "CASE WHEN mod(n, 10) = 7 THEN 'failed' ELSE 'succeeded' END"
        job = self.queued_job()
        if organizations == 1:
            self.copy_job(job.id, count, state=state)
        else:
            own = f"CASE WHEN mod(n, {organizations}) = 0 THEN '{self.organization.id}' ELSE {others} END"
            self.copy_job(job.id, count, state=state, organization_id=own)


def copy(model: type[models.Model], key: str, count: int, **columns: str) -> None:
    """Inserts ``count`` copies of the row ``key``; ``columns`` are SQL expressions of ``n``, which counts from 0."""
    meta = model._meta
    names = [field.column for field in meta.concrete_fields]
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    table, primary = meta.db_table, meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(names)}) SELECT {values} FROM "{table}", '
            f'generate_series(0, {count - 1}) AS n WHERE "{primary}" = %s',
            [key],
        )
        cursor.execute(f'ANALYZE "{table}"')
