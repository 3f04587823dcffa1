"""``trainyard jobs``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli import train
from trainyard_client.cli.connection import connected
from trainyard_client.cli.failures import FAILED
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit, Watch
from trainyard_client.cli.output import Column, number, percent, print_json, print_list, print_one, say
from trainyard_client.cli.train import with_spec_options
from trainyard_client.cli.watching import follow, print_verdict

commands = typer.Typer(no_args_is_help=True, help="Submit training jobs and follow them.")

COLUMNS = (
    Column("id", lambda job: job.id, whole=True),
    Column("name", lambda job: job.name),
    Column("architecture", lambda job: job.architecture),
    Column("state", lambda job: job.state, whole=True),
    Column("progress", lambda job: percent(job.progress.percent), right=True),
    Column("cost", lambda job: f"{job.cost.billed} {job.cost.currency}", whole=True, right=True),
)
EVENT_COLUMNS = (
    Column("#", lambda event: event.sequence, whole=True, right=True),
    Column("when", lambda event: event.created_at, whole=True),
    Column("event", lambda event: event.type),
    Column("to", lambda event: event.to_state),
    Column("reason", lambda event: event.reason),
    Column("attempt", lambda event: event.attempt, right=True),
)
ATTEMPT_COLUMNS = (
    Column("attempt", lambda attempt: attempt.attempt, right=True),
    Column("state", lambda attempt: attempt.state, whole=True),
    Column("reason", lambda attempt: attempt.reason),
    Column("claimed", lambda attempt: attempt.claimed_at, whole=True),
    Column("from step", lambda attempt: attempt.start_step, right=True),
    Column("trained s", lambda attempt: number(attempt.trained_seconds), right=True),
)
CHECKPOINT_COLUMNS = (
    Column("id", lambda checkpoint: checkpoint.id, whole=True),
    Column("epoch", lambda checkpoint: checkpoint.epoch, right=True),
    Column("step", lambda checkpoint: checkpoint.step, right=True),
    Column("bytes", lambda checkpoint: checkpoint.bytes, right=True),
    Column("written", lambda checkpoint: checkpoint.created_at),
)
USAGE_COLUMNS = (
    Column("attempt", lambda line: line.attempt),
    Column("from", lambda line: line.started_at),
    Column("slots", lambda line: line.slots),
    Column("seconds", lambda line: f"{line.seconds:.6f}", right=True),
    Column("per slot-second", lambda line: line.unit_price, right=True),
    Column("amount", lambda line: line.amount if line.billed else f"free ({line.free_reason})", whole=True),
    Column("billed by", lambda line: line.checkpoint),
)


commands.command("quote")(with_spec_options(train.quote))
commands.command("submit")(with_spec_options(train.train))


@commands.command("watch")
def watch(job_id: str) -> None:
    """Follow a job until it ends; a job that does not succeed ends the command with status 1."""
    with connected() as client:
        follow(client, client.jobs.get(job_id))


@commands.command("list")
def list_jobs(
    state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None,
    task: Annotated[str | None, typer.Option(help="Only jobs of this task.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Only jobs of this architecture.")] = None,
    dataset: Annotated[str | None, typer.Option(metavar="VERSION", help="Only jobs on this dataset version.")] = None,
    pool: Annotated[str | None, typer.Option(help="Only jobs of this pool.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first."""
    with connected() as client:
        jobs = client.jobs.list(
            state=state, task=task, architecture=architecture, dataset_version=dataset, pool=pool, limit=limit + 1
        )
        print_list(jobs, COLUMNS, limit=limit, as_json=as_json)


@commands.command("show")
def show(job_id: str, as_json: AsJson = False) -> None:
    """Print a job: the essentials in a terminal, all of it as JSON elsewhere; what its model is worth beside it."""
    with connected() as client:
        job = client.jobs.get(job_id)
    progress = job.progress
    steps = f"{progress.total_steps:,}" if progress.total_steps else "?"
    print_one(
        job,
        lambda: [
            ("id", job.id),
            ("name", job.name),
            ("state", f"{job.state} ({job.reason})" if job.reason else job.state),
            ("task", f"{job.task}, {job.architecture} on {job.dataset_version}"),
            ("pool", job.pool),
            ("progress", f"{percent(progress.percent)}, step {progress.step:,} of {steps}"),
            ("created", job.created_at),
            ("finished", job.finished_at),
            ("test", "  ".join(f"{name} {number(value)}" for name, value in (job.test_metrics or {}).items())),
            ("cost", f"{job.cost.billed} of at most {job.cost.cap} {job.cost.currency}"),
            ("model", job.model_id),
            ("error", f"{job.error.message} {job.error.hint}" if job.error else ""),
        ],
        as_json=as_json,
    )
    print_verdict(job)


@commands.command("usage")
def usage(job_id: str, limit: Limit = 1000, as_json: AsJson = False) -> None:
    """Print a job's bill, a line for each attempt and price, and what of it was free."""
    with connected() as client:
        print_list(client.jobs.usage(job_id, limit=limit + 1), USAGE_COLUMNS, limit=limit, as_json=as_json)


@commands.command("events")
def events(job_id: str, limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """Print a job's history, newest first."""
    with connected() as client:
        print_list(client.jobs.events(job_id, limit=limit + 1), EVENT_COLUMNS, limit=limit, as_json=as_json)


@commands.command("attempts")
def attempts(job_id: str, limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """Print each run of a job on a worker, newest first."""
    with connected() as client:
        print_list(client.jobs.attempts(job_id, limit=limit + 1), ATTEMPT_COLUMNS, limit=limit, as_json=as_json)


@commands.command("checkpoints")
def checkpoints(job_id: str, limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """Print a job's checkpoints, newest first."""
    with connected() as client:
        found = client.jobs.checkpoints(job_id, limit=limit + 1)
        print_list(found, CHECKPOINT_COLUMNS, limit=limit, as_json=as_json)


@commands.command("logs")
def logs(job_id: str, limit: Limit = 200, as_json: AsJson = False) -> None:
    """Print the newest lines of what was said while a job trained."""
    with connected() as client:
        lines = client.jobs.logs(job_id, limit=limit)
    if as_json:
        print_json(lines)
        return
    for line in reversed(lines):
        typer.echo(f"{line.created_at:%Y-%m-%d %H:%M:%S} {line.level:<7} [{line.attempt}] {line.message}")


@commands.command("metrics")
def metrics(
    job_id: str,
    name: Annotated[list[str] | None, typer.Option("--name", help="Only this series; repeat.")] = None,
    max_points: Annotated[int, typer.Option(min=2, help="Thin each series to so many points.")] = 500,
    as_json: AsJson = False,
) -> None:
    """Print the newest value of each series and a plot of losses, or every point as JSON."""
    from trainyard_client.cli.plot import plot

    with connected() as client:
        answer = client.jobs.metrics(job_id, names=name or (), max_points=max_points)
    if as_json:
        print_json(answer["data"])
        return
    series = {
        each.name: [(step, value) for step, value in zip(each.steps, each.values_, strict=True) if value is not None]
        for each in answer.data
    }
    for label, points in series.items():
        if points:
            typer.echo(f"{label:<24} {number(points[-1][1])} at step {points[-1][0]:,}")
    plotted = {label: series[label] for label in (name or [each for each in series if each.endswith("_loss")])}
    for line in plot(plotted):
        typer.echo(line)


@commands.command("queue")
def queue(job_id: str, as_json: AsJson = False) -> None:
    """Say where a queued job stands and what it waits for."""
    with connected() as client:
        answer = client.jobs.queue(job_id)
    fields = [
        ("state", answer.state),
        ("position", answer.position),
        ("waits for", answer.waiting_for),
        ("why", answer.message),
        ("at most", f"{answer.estimated_wait_seconds:,} s" if answer.estimated_wait_seconds is not None else ""),
    ]
    print_one(answer, lambda: fields, as_json=as_json)


@commands.command("cancel")
def cancel(
    job_ids: Annotated[list[str], typer.Argument(help="One or more.")],
    as_json: AsJson = False,
) -> None:
    """Cancel jobs; what their checkpoints hold stays billed."""
    with connected() as client:
        answers = client.jobs.cancel_many(job_ids)
    if as_json:
        print_json(answers)
    else:
        for answer in answers:
            say(answer.error.message if answer.error else f"{answer.id} is {answer.state}.")
    if any(answer.error for answer in answers):
        raise typer.Exit(FAILED)


@commands.command("pause")
def pause(job_id: str) -> None:
    """Stop a job with a checkpoint, to be resumed later."""
    with connected() as client:
        say(f"{job_id} is {client.jobs.pause(job_id).state}.")


@commands.command("resume")
def resume(
    job_id: str,
    max_cost: Annotated[str | None, typer.Option(help="A higher cap, where that stopped it.")] = None,
    max_runtime_seconds: Annotated[int | None, typer.Option(help="A longer run, where that stopped it.")] = None,
    auto_resume: Annotated[
        bool | None, typer.Option(help="Go on by itself when funds run out and there are some again, or not.")
    ] = None,
    watch: Watch = False,
) -> None:
    """Queue a paused job again, from its last checkpoint."""
    with connected() as client:
        job = client.jobs.resume(
            job_id, max_cost=max_cost, max_runtime_seconds=max_runtime_seconds, auto_resume=auto_resume
        )
        say(f"{job_id} is {job.state}.")
        if watch:
            follow(client, job)
