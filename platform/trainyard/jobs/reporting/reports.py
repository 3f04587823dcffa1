"""Reports of a running attempt: progress, metrics and logs, applied once and in order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from trainyard.core.errors import Conflict, NotFound
from trainyard.core.tenancy import tenant_scope
from trainyard.jobs.accounting import limits
from trainyard.jobs.lifecycle.attempts import advance, check_fence, lease_from, lock_given, renew, starved_microseconds
from trainyard.jobs.lifecycle.transitions import move, note
from trainyard.jobs.models import Attempt, Job, LogLine, MetricChunk
from trainyard.jobs.queries import furthest_step
from trainyard.jobs.reporting import packing, rollups
from trainyard.pools.models import Worker
from trainyard_spec.engine_protocol import FirstStep, Log, Metrics, Progress, ReportedMessage, Started
from trainyard_spec.states import AttemptState, DesiredState, JobState, Reason
from trainyard_spec.worker_protocol import Report

MAX_LOG_LINES = 10_000
STEPPED_BACK = "stepped_back"


class SequenceGap(Conflict):
    """A report between the last one and this one is missing."""

    code = "sequence_gap"


@transaction.atomic
def apply(*, worker: Worker, attempt_id: str, report: Report, now: datetime) -> DesiredState:
    """Takes in a report of ``worker``, renews the lease and returns what is wanted of the attempt.

    A repetition changes nothing else. Raises ``NotFound``, ``StaleFence`` and ``SequenceGap``.
    """
    for attempt, job in lock_given([attempt_id], worker=worker):
        check_fence(attempt, report.fence)
        with tenant_scope(job.organization_id):
            _apply(report, attempt, job, now=now)
        return DesiredState(job.desired)
    raise NotFound("This worker holds no such attempt.")


def _apply(report: Report, attempt: Attempt, job: Job, *, now: datetime) -> None:
    if report.sequence > attempt.last_sequence + 1:
        raise SequenceGap(f"The last report was {attempt.last_sequence}; {report.sequence} leaves a gap.")
    if report.sequence <= attempt.last_sequence:
        renew(attempt, now=now)
    else:
        _Application(attempt, job, report.sequence, now).apply(report.messages)
        limits.enforce_limits((attempt, job), now=now)


@dataclass(slots=True)
class _Application:
    """Collects what the messages of one report change, then writes it. Both rows are locked."""

    attempt: Attempt
    job: Job
    sequence: int
    now: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    started: Started | None = None
    steps_back_from: int | None = None
    measured: list[Metrics] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)

    def apply(self, messages: Sequence[ReportedMessage]) -> None:
        for message in messages:
            match message:
                case Started():
                    self._start(message)
                case FirstStep():
                    self.changes["first_step_at"] = self.job.first_step_at or self.now
                case Metrics():
                    self._measure(message)
                case Progress():
                    self._progress(message)
                case Log():
                    self._log(message)
        self._write()

    def _start(self, message: Started) -> None:
        if self.attempt.state != AttemptState.CLAIMED:
            return
        self.started = message
        self.attempt.state = AttemptState.TRAINING
        self.attempt.training_started_at = self._began(message)
        self.attempt.start_step = message.step
        self.steps_back_from = self.job.step if message.step < self.job.step else None
        furthest = furthest_step(self.job.id) if self.attempt.fence > 1 else 0
        self.attempt.repeats_to_step = furthest if furthest > message.step else 0
        self.changes |= {
            "started_at": self.job.started_at or self.now,
            "step": message.step,
            "epoch": message.epoch,
            "total_steps": message.total_steps,
        }
        if message.resolved:
            self.changes["resolved_training"] = message.resolved.model_dump(mode="json")

    def _began(self, message: Started) -> datetime:
        """When it started by its worker's clock, but neither before the claim nor after now."""
        if message.seconds_after_claim is None:
            return self.now
        return min(self.now, self.attempt.claimed_at + timedelta(seconds=message.seconds_after_claim))

    def _measure(self, message: Metrics) -> None:
        self.measured.append(message)
        latest = self.changes.get("latest_metrics", self.job.latest_metrics)
        self.changes["latest_metrics"] = {**latest, **packing.latest(message)}

    def _progress(self, message: Progress) -> None:
        self.changes |= {
            "step": message.step,
            "epoch": message.epoch,
            "total_steps": message.total_steps,
            "samples_per_second": message.samples_per_second,
        }
        if message.timings is not None:
            self.changes["timings"] = message.timings.model_dump(mode="json")
        advance(self.attempt, step=message.step, seconds=message.trained_seconds, now=self.now)
        starved = starved_microseconds(self.attempt, seconds=message.starved_seconds, now=self.now)
        self.attempt.starved_microseconds = starved

    def _log(self, message: Log) -> None:
        line = LogLine(
            organization_id=self.job.organization_id,
            job=self.job,
            fence=self.attempt.fence,
            level=message.level,
            message=message.message,
            created_at=self.now,
        )
        self.lines.append(line)

    def _write(self) -> None:
        self.attempt.last_sequence = self.sequence
        self.attempt.lease_expires_at = lease_from(self.now)
        self.attempt.save(
            update_fields=[
                "state",
                "training_started_at",
                "start_step",
                "trained_microseconds",
                "repeats_to_step",
                "repeated_microseconds",
                "starved_microseconds",
                "last_sequence",
                "lease_expires_at",
            ]
        )
        MetricChunk.objects.bulk_create(
            packing.chunks_of(self.job, self.measured, sequence=self.sequence, now=self.now)
        )
        if self.sequence % rollups.REPORTS == 0:
            rollups.summarize(self.job, sequence=self.sequence)
        if self.lines:
            room = max(MAX_LOG_LINES - LogLine.objects.filter(job=self.job).count(), 0)
            LogLine.objects.bulk_create(self.lines[:room])
        if self.started is not None and self.job.state == JobState.STARTING:
            data = self.started.model_dump(mode="json", exclude={"type"})
            move(self.job, to=JobState.RUNNING, reason=Reason.TRAINING, now=self.now, data=data, **self.changes)
        elif self.changes:
            Job.objects.filter(id=self.job.id).update(changed_at=self.now, **self.changes)
        if self.steps_back_from is not None:
            self._record_step_back(self.steps_back_from)

    def _record_step_back(self, reported: int) -> None:
        """Says why a curve steps back: what the attempt before told after its last checkpoint is done again."""
        before = Attempt.objects.filter(job=self.job, fence__lt=self.attempt.fence).order_by("-fence").first()
        lost = {"from_step": reported, "to_step": self.attempt.start_step, "billed": False}
        note(self.job, event=STEPPED_BACK, reason=before.reason if before else "", now=self.now, data=lost)
