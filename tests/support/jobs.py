"""Everything a test needs to submit jobs and to play the worker that runs them.

``Bench`` speaks to the domain with a clock of its own, so that a test decides what time it is.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.profiles import PENGUINS
from tests.support.verdicts import VERDICT
from trainyard.billing.queries import job_cost, wallet
from trainyard.billing.wallet.granting import grant_credit
from trainyard.core.blobs import blob_store
from trainyard.core.money import MICROS_PER_UNIT
from trainyard.core.tenancy import tenant_scope
from trainyard.datasets.models import Dataset, DatasetVersion
from trainyard.jobs import operations
from trainyard.jobs.lifecycle import attempts, claiming, finishing, leases, user_actions
from trainyard.jobs.models import Attempt, Job
from trainyard.jobs.reporting import checkpoints, reports
from trainyard.pools import workers
from trainyard.pools.models import Pool, Worker
from trainyard.pools.operations import create_enrolment_token
from trainyard.tenants.models import Organization
from trainyard_spec.engine_protocol import FirstStep, Progress, ReportedMessage, Result, Started
from trainyard_spec.files import FileEntry
from trainyard_spec.states import DesiredState
from trainyard_spec.training import TrainingSpec
from trainyard_spec.worker_protocol import (
    CheckpointRegistration,
    Claim,
    FailedOutcome,
    Hardware,
    HeldAttempt,
    Registration,
    Report,
    StoppedOutcome,
)

START = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
ROWS = b"compiled rows"
STEPS = 40


def entry_of(name: str, content: bytes) -> FileEntry:
    return FileEntry(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def fund(organization: Organization, units: int = 100, *, now: datetime = START) -> None:
    amount = units * MICROS_PER_UNIT
    grant_credit(organization_id=organization.id, amount_micros=amount, kind="promotional", actor="tests", now=now)


def make_version(
    organization: Organization, *, now: datetime = START, profile: dict[str, Any] = PENGUINS
) -> DatasetVersion:
    """A ready version with one compiled file."""
    with tenant_scope(organization.id):
        dataset = Dataset.objects.create(name="penguins", task=profile["task"], created_at=now)
        version = DatasetVersion.objects.create(
            dataset=dataset,
            number=1,
            state=DatasetVersion.State.READY,
            filename="penguins.csv",
            bytes=len(ROWS),
            sha256=hashlib.sha256(ROWS).hexdigest(),
            rows=profile["rows"],
            profile=profile,
            files=[entry_of("numeric.npy", ROWS).model_dump(mode="json")],
            created_at=now,
        )
        blob_store().put(f"{version.compiled_prefix}/numeric.npy", [ROWS])
    return version


def spec_of(version: DatasetVersion, **changes: Any) -> dict[str, Any]:
    """A small valid spec as JSON; ``changes`` replace top-level fields."""
    spec: dict[str, Any] = {
        "name": "penguins-mlp",
        "dataset": version.id,
        "task": "tabular_classification",
        "architecture": {"name": "mlp"},
        "training": {"epochs": 5, "batch_size": 64},
        "limits": {"max_cost": "5.00"},
    }
    return spec | changes


def registration(name: str = "bench", slots: int = 1, **models: Any) -> Registration:
    """``models`` are what it says of pretrained ones."""
    hardware = Hardware(kind="cpu", model="Test CPU", memory_bytes=2**30, cores=2)
    return Registration(name=name, slots=slots, hardware=hardware, **models)


def make_worker(pool: Pool, *, now: datetime = START, **about: Any) -> workers.Enrolled:
    issued = create_enrolment_token(pool_name=pool.name, actor="tests", now=now)
    return workers.register(enrolment_secret=issued.secret, registration=registration(**about), now=now)


def started(step: int = 0, *, after: float | None = None) -> Started:
    """``after`` is what the worker says of the seconds since the claim."""
    sizes = {"total_steps": STEPS, "steps_per_epoch": 10, "parameters": 99, "threads": 1}
    host = {"device": "cpu", "precision": "fp32"}
    return Started.model_validate({"step": step, "epoch": 0, "seconds_after_claim": after, **sizes, **host})


def result_of(files: tuple[FileEntry, ...] = (), *, trained_seconds: float = 10.0) -> Result:
    return Result(
        step=STEPS,
        epoch=4,
        test_metrics={"test_accuracy": 0.9},
        verdict=VERDICT,
        val_metrics={"val_accuracy": 0.8},
        parameters=99,
        samples_per_second=500.0,
        weights_sha256="0" * 64,
        trained_seconds=trained_seconds,
        files=files,
    )


@dataclass
class Run:
    """The worker's side of one attempt: what it would send, in order."""

    bench: "Bench"
    claim: Claim
    worker: Worker
    organization_id: str
    sequence: int = 0

    @property
    def attempt(self) -> Attempt:
        return Attempt.across_tenants.get(id=self.claim.attempt_id)

    @property
    def job(self) -> Job:
        return Job.across_tenants.get(id=self.claim.job_id)

    def report(self, *messages: ReportedMessage) -> DesiredState:
        self.sequence += 1
        return self.repeat_report(*messages)

    def repeat_report(self, *messages: ReportedMessage, sequence: int | None = None) -> DesiredState:
        report = Report(fence=self.claim.fence, sequence=sequence or self.sequence, messages=messages)
        attempt_id, now = self.claim.attempt_id, self.bench.now
        return reports.apply(worker=self.worker, attempt_id=attempt_id, report=report, now=now)

    def start(self, step: int | None = None) -> "Run":
        resume = self.claim.resume.step if self.claim.resume else 0
        first = resume if step is None else step
        self.report(started(first), FirstStep(step=first + 1))
        return self

    def train(self, seconds: float, *, step: int, total: float | None = None) -> DesiredState:
        """Lets time pass and reports progress; ``total`` is what the engine says it trained, the truth if left out."""
        self.bench.pass_time(seconds)
        return self.report(self.progress(step=step, trained_seconds=self.trained if total is None else total))

    @property
    def trained(self) -> float:
        began = self.attempt.training_started_at
        return (self.bench.now - began).total_seconds() if began else 0.0

    @staticmethod
    def progress(*, step: int, trained_seconds: float) -> Progress:
        return Progress(
            epoch=step // 10, step=step, total_steps=STEPS, samples_per_second=100.0, trained_seconds=trained_seconds
        )

    def upload_checkpoint(self, step: int, content: bytes = b"weights") -> FileEntry:
        with self._scope():
            attempt = attempts.attempt_of(worker=self.worker, attempt_id=self.claim.attempt_id)
            checkpoints.receive_file(
                attempt=attempt, fence=self.claim.fence, step=step, name="weights.safetensors", chunks=[content]
            )
        return entry_of("weights.safetensors", content)

    def register_checkpoint(self, step: int, file: FileEntry, *, seconds: float | None = None) -> DesiredState:
        stated = CheckpointRegistration(
            fence=self.claim.fence,
            step=step,
            epoch=step // 10,
            trained_seconds=self.trained if seconds is None else seconds,
            files=(file,),
        )
        with self._scope():
            return checkpoints.register(attempt_id=self.claim.attempt_id, registration=stated, now=self.bench.now)

    def checkpoint(self, step: int, *, seconds: float | None = None) -> DesiredState:
        return self.register_checkpoint(step, self.upload_checkpoint(step), seconds=seconds)

    def succeed(self, *, seconds: float | None = None) -> Job:
        with self._scope():
            attempt = attempts.attempt_of(worker=self.worker, attempt_id=self.claim.attempt_id)
            if attempt.state in {"claimed", "training"}:
                operations.receive_model_file(
                    attempt=attempt, fence=self.claim.fence, name="model.safetensors", chunks=[b"model"]
                )
            trained = self.trained if seconds is None else seconds
            result = result_of((entry_of("model.safetensors", b"model"),), trained_seconds=trained)
            return operations.succeed(
                attempt_id=self.claim.attempt_id, fence=self.claim.fence, result=result, now=self.bench.now
            )

    def finish(self, outcome: finishing.Outcome | None = None) -> None:
        with self._scope():
            finishing.finish(
                attempt_id=self.claim.attempt_id,
                fence=self.claim.fence,
                outcome=outcome or StoppedOutcome(),
                now=self.bench.now,
            )

    def fail(self, fault: str, code: str = "engine_crashed") -> None:
        failure = {"fault": fault, "code": code, "message": "It broke.", "hint": "Mend it."}
        self.finish(FailedOutcome.model_validate({"failure": failure}))

    def heartbeat(self) -> dict[str, DesiredState]:
        held = HeldAttempt(attempt_id=self.claim.attempt_id, fence=self.claim.fence)
        return leases.renew_leases(worker=self.worker, held=[held], now=self.bench.now)

    def _scope(self) -> Any:
        return tenant_scope(self.organization_id)


@dataclass
class Bench:
    """One organization with money, data and a worker in a pool, at a time of its own."""

    organization: Organization
    pool: Pool
    worker: Worker
    version: DatasetVersion
    now: datetime = START
    submitted_by: str = "key_tests"

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def submit(self, **changes: Any) -> Job:
        spec = TrainingSpec.model_validate(spec_of(self.version, **changes))
        with tenant_scope(self.organization.id):
            return operations.submit(spec=spec, created_by=self.submitted_by, now=self.now)

    def claim(self, worker: Worker | None = None, free_slots: int = 1) -> Run | None:
        claimer = worker or self.worker
        claim = claiming.claim(worker=claimer, free_slots=free_slots, now=self.now)
        if claim is None:
            return None
        job = Job.across_tenants.get(id=claim.job_id)
        return Run(self, claim, claimer, job.organization_id)

    def run(self, **changes: Any) -> Run:
        """A submitted job that has just begun to train."""
        self.submit(**changes)
        run = self.claim()
        assert run is not None
        return run.start()

    def control(self, act: Callable[..., Job], job_id: str, **arguments: Any) -> Job:
        with tenant_scope(self.organization.id):
            return act(job_id=job_id, now=self.now, **arguments)

    def cancel(self, job: Job) -> Job:
        return self.control(user_actions.cancel, job.id)

    def pause(self, job: Job) -> Job:
        return self.control(user_actions.pause, job.id)

    def resume(self, job: Job, **limits: Any) -> Job:
        return self.control(user_actions.resume, job.id, **limits)

    def billed_micros(self, job: Job) -> int:
        with tenant_scope(self.organization.id):
            return job_cost(job_id=job.id).billed_micros

    def held_micros(self) -> int:
        with tenant_scope(self.organization.id):
            return wallet().held_micros

    def lose_lease(self) -> int:
        """Time passes until every lease is over, the reconciler sees it, and its jobs have waited to be tried again."""
        self.pass_time(61)
        expired = leases.expire_leases(now=self.now)
        self.pass_time(1)
        return expired


@pytest.fixture
def bench(organization: Organization, pool: Pool) -> Bench:
    fund(organization)
    return Bench(organization, pool, make_worker(pool).worker, make_version(organization))
