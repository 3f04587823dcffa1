"""Training jobs: priced, submitted, followed, steered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainyard_client.core.calls import collect, get, given, pages, post
from trainyard_client.core.downloads import save
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps, clock, sleep
from trainyard_client.core.watching import Watch
from trainyard_client.errors import JobUnsuccessful, TimedOut
from trainyard_client.types import (
    Attempt,
    BulkCancelItem,
    BulkCancelResult,
    Checkpoint,
    Event,
    Job,
    JobsMetrics,
    JobUsageRow,
    LogLine,
    Metrics,
    Queue,
    Quote,
    SeriesOfJob,
    Update,
)

if TYPE_CHECKING:
    import builtins

POLL_SECONDS = 0.5
MEASURING_SECONDS = 120.0
PATIENCE_SECONDS = 300.0
"""How long the service may be away while a job is waited for or watched."""


class Jobs(Resource[M]):
    """Training jobs."""

    @method
    def quote(self, spec: Mapping[str, Any]) -> Steps[Quote]:
        """What the job would cost at most, and whether the wallet covers it; submits nothing."""
        return post(Quote, "jobs/quote", spec)

    @method
    def measure(
        self,
        spec: Mapping[str, Any],
        *,
        on_change: Callable[[Quote], None] | None = None,
        timeout_seconds: float = MEASURING_SECONDS,
    ) -> Steps[Quote]:
        """The quote once the speed of the spec was measured on a free slot of its pool, which costs nothing.

        It is the quote as it stands where that fails, or no slot gets free within ``timeout_seconds``:
        ``estimate.source`` says by what it was made. ``on_change`` gets each quote on the way.
        """
        return measured_quote(spec, on_change=on_change, timeout_seconds=timeout_seconds)

    @method
    def submit(
        self, spec: Mapping[str, Any], *, accept_quote: str | None = None, idempotency_key: str | None = None
    ) -> Steps[Job]:
        """Submits a ``TrainingSpec``. With the same ``idempotency_key`` a repetition gives the job of the first.

        ``accept_quote`` is the id of a quote's ``binding``: the job costs no more than it promises.
        """
        body = {**spec, "accept_quote": accept_quote} if accept_quote else spec
        return post(Job, "jobs", body, idempotency_key=idempotency_key)

    @method
    def get(self, job_id: str) -> Steps[Job]:
        """The job as it is now."""
        return get(Job, f"jobs/{job_id}")

    @method
    def wait(
        self,
        job_id: str,
        *,
        on_change: Callable[[Job], None] | None = None,
        timeout_seconds: float | None = None,
        check: bool = False,
    ) -> Steps[Job]:
        """The job once it has finished or pauses; outages of the service of some minutes are waited for.

        Parameters
        ----------
        on_change
            Gets the job at every look, about twice a second.
        check
            Raises ``JobUnsuccessful`` unless the job succeeded.

        Raises
        ------
        TimedOut
            After ``timeout_seconds``; the job goes on.
        """
        return wait_for_job(job_id, on_change=on_change, timeout_seconds=timeout_seconds, check=check)

    @listing
    def watch(self, job_id: str, *, after: int = 0, patience_seconds: float = PATIENCE_SECONDS) -> Flow[Update]:
        """What happens to the job, as it happens, until it has ended, across restarts of the service.

        Begins with the events after the sequence ``after`` and the metrics up to now. No event comes twice; a point of
        metrics may, after an attempt that went on from an earlier step.
        """
        return Watch(job_id, after=after, for_seconds=patience_seconds).follow()

    @method
    def cancel(self, job_id: str) -> Steps[Job]:
        """Stops the job for good; what its checkpoints hold stays billed."""
        return post(Job, f"jobs/{job_id}/cancel")

    @method
    def cancel_many(self, job_ids: Sequence[str]) -> Steps[builtins.list[BulkCancelItem]]:
        """Cancels each for itself; an answer a job, with its state or the error that kept it from being cancelled."""
        return (yield from post(BulkCancelResult, "jobs/cancel", {"ids": [*job_ids]})).data

    @method
    def pause(self, job_id: str) -> Steps[Job]:
        """Stops the job with a checkpoint, to be resumed later."""
        return post(Job, f"jobs/{job_id}/pause")

    @method
    def pause_many(self, job_ids: Sequence[str]) -> Steps[builtins.list[BulkCancelItem]]:
        """Pauses each for itself; an answer a job, with its state or the error that kept it from being paused."""
        return (yield from post(BulkCancelResult, "jobs/pause", {"ids": [*job_ids]})).data

    @method
    def resume(
        self,
        job_id: str,
        *,
        max_cost: str | None = None,
        max_runtime_seconds: int | None = None,
        auto_resume: bool | None = None,
    ) -> Steps[Job]:
        """Queues a paused job again, under new limits where the old ones stopped it."""
        limits = given({"max_cost": max_cost, "max_runtime_seconds": max_runtime_seconds, "auto_resume": auto_resume})
        return post(Job, f"jobs/{job_id}/resume", limits)

    @method
    def queue(self, job_id: str) -> Steps[Queue]:
        """Where a queued job stands and what it waits for."""
        return get(Queue, f"jobs/{job_id}/queue")

    @method
    def metrics(self, job_id: str, *, names: Sequence[str] = (), max_points: int | None = None) -> Steps[Metrics]:
        """Series by name, thinned to ``max_points`` where asked."""
        return get(Metrics, f"jobs/{job_id}/metrics", names=",".join(names) or None, max_points=max_points)

    @method
    def compare(
        self, job_ids: Sequence[str], *, names: Sequence[str] = (), max_points: int | None = None
    ) -> Steps[builtins.list[SeriesOfJob]]:
        """Series of several jobs, to be drawn over each other."""
        asked: dict[str, Any] = {"ids": ",".join(job_ids), "names": ",".join(names) or None, "max_points": max_points}
        return (yield from get(JobsMetrics, "jobs/metrics", **asked)).data

    @method
    def download_metrics(self, job_id: str, path: Path | str, *, names: Sequence[str] = ()) -> Steps[Path]:
        """Writes every point of the job's metrics to ``path`` as CSV: a row a step, a column a series."""
        return save(f"jobs/{job_id}/metrics/export", Path(path), names=",".join(names) or None)

    @method
    def events(self, job_id: str, *, limit: int | None = None) -> Steps[builtins.list[Event]]:
        """The job's history, newest first."""
        return collect(pages(Event, f"jobs/{job_id}/events", limit=limit))

    @method
    def logs(self, job_id: str, *, limit: int | None = None) -> Steps[builtins.list[LogLine]]:
        """What was said while it trained, newest first."""
        return collect(pages(LogLine, f"jobs/{job_id}/logs", limit=limit))

    @method
    def attempts(self, job_id: str, *, limit: int | None = None) -> Steps[builtins.list[Attempt]]:
        """Each run of the job on a worker, newest first."""
        return collect(pages(Attempt, f"jobs/{job_id}/attempts", limit=limit))

    @method
    def checkpoints(self, job_id: str, *, limit: int | None = None) -> Steps[builtins.list[Checkpoint]]:
        """The job's checkpoints, newest first, deleted ones too."""
        return collect(pages(Checkpoint, f"jobs/{job_id}/checkpoints", limit=limit))

    @method
    def usage(self, job_id: str, *, limit: int | None = None) -> Steps[builtins.list[JobUsageRow]]:
        """The bill, a line an attempt and price, oldest first."""
        return collect(pages(JobUsageRow, f"jobs/{job_id}/usage", limit=limit))

    @listing
    def list(
        self,
        *,
        state: str | None = None,
        task: str | None = None,
        architecture: str | None = None,
        dataset_version: str | None = None,
        pool: str | None = None,
        init_from: str | None = None,
        limit: int | None = None,
    ) -> Flow[Job]:
        """Jobs, newest first: those of which all that is given holds, at most ``limit``."""
        narrowed = {"state": state, "task": task, "architecture": architecture, "pool": pool, "init_from": init_from}
        return pages(Job, "jobs", limit=limit, dataset_version=dataset_version, **narrowed)


def measured_quote(
    spec: Mapping[str, Any], *, on_change: Callable[[Quote], None] | None = None, timeout_seconds: float
) -> Steps[Quote]:
    """The steps of ``Jobs.measure``."""
    started = yield from clock()
    quote = yield from post(Quote, "jobs/quote/measure", spec)
    while True:
        if on_change:
            on_change(quote)
        profile = quote.speed_profile
        is_over = profile is None or profile.state in ("measured", "failed")
        if is_over or (yield from clock()) - started >= timeout_seconds:
            return quote
        yield from sleep(POLL_SECONDS)
        quote = yield from post(Quote, "jobs/quote", spec)


def wait_for_job(
    job_id: str,
    *,
    on_change: Callable[[Job], None] | None = None,
    timeout_seconds: float | None = None,
    check: bool = False,
) -> Steps[Job]:
    """The steps of ``Jobs.wait``."""
    started = yield from clock()
    while True:
        job = yield from get(Job, f"jobs/{job_id}", for_seconds=PATIENCE_SECONDS)
        if on_change:
            on_change(job)
        if job.resting:
            if check and job.state != "succeeded":
                raise JobUnsuccessful(job)
            return job
        if timeout_seconds is not None and (yield from clock()) - started >= timeout_seconds:
            raise TimedOut(f"{job_id} is still {job.state} after {timeout_seconds:g} seconds.")
        yield from sleep(POLL_SECONDS)
