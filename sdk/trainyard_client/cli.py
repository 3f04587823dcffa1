"""The ``trainyard`` command: what the dashboard does, from a shell."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Column, Table

from trainyard_client.client import Client
from trainyard_client.console import connected, console, errors
from trainyard_client.display import JobBars
from trainyard_client.errors import ApiError, DatasetRejected, Unreachable
from trainyard_client.types import Job
from trainyard_client.workers_cli import workers

app = typer.Typer(no_args_is_help=True, help="Train models on a Trainyard.")
datasets = typer.Typer(no_args_is_help=True, help="Upload data and see what was found in it.")
jobs = typer.Typer(no_args_is_help=True, help="Submit training jobs and follow them.")
models = typer.Typer(no_args_is_help=True, help="Download finished models and predict with them.")
app.add_typer(datasets, name="datasets")
app.add_typer(jobs, name="jobs")
app.add_typer(models, name="models")
app.add_typer(workers, name="workers")


def main() -> None:
    """Runs the command line; every expected failure ends it with status 1 and a sentence."""
    try:
        app()
    except (ApiError, DatasetRejected, Unreachable) as error:
        errors.print(f"[red]{error}[/red]")
        sys.exit(1)


@datasets.command("upload")
def upload(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A table, an archive or a text.")],
    task: Annotated[str, typer.Option(help="Such as image_classification, text_classification or tabular_regression.")],
    name: Annotated[str, typer.Option(help="Name of the dataset; the file's when omitted.")] = "",
    target: Annotated[str | None, typer.Option(help="Column to predict (tables).")] = None,
    targets: Annotated[list[str] | None, typer.Option(help="One of several columns to predict; repeat.")] = None,
    label_separator: Annotated[str | None, typer.Option(help="What stands between labels in the target.")] = None,
    text: Annotated[str | None, typer.Option(help="Column of texts (tables, text tasks only).")] = None,
    time: Annotated[str | None, typer.Option(help="Column of times (series).")] = None,
    series: Annotated[str | None, typer.Option(help="Column that tells series apart.")] = None,
    user: Annotated[str | None, typer.Option(help="Column of users (interactions).")] = None,
    item: Annotated[str | None, typer.Option(help="Column of items (interactions).")] = None,
    group: Annotated[str | None, typer.Option(help="Column whose equal values stay in one part of a split.")] = None,
    split: Annotated[str | None, typer.Option(help="Column that says train, val or test.")] = None,
    image_size: Annotated[int | None, typer.Option(help="Side in pixels of every image.")] = None,
    sample_rate: Annotated[int | None, typer.Option(help="Samples a second of every recording.")] = None,
    max_seconds: Annotated[int | None, typer.Option(help="Longest recording that is accepted.")] = None,
) -> None:
    """Upload a file as a new dataset, wait for its validation, print the id to train on.

    After a rejection mend the file or the options and repeat the command: it is the same dataset.
    """
    with connected() as client:
        options = {
            "target": target,
            "targets": targets or None,
            "label_separator": label_separator,
            "text": text,
            "time": time,
            "series": series,
            "user": user,
            "item": item,
            "group": group,
            "split": split,
            "image_size": image_size,
            "sample_rate": sample_rate,
            "max_seconds": max_seconds,
        }
        chosen = {name: value for name, value in options.items() if value is not None}
        with console.status(f"Uploading and checking {file.name} …"):
            sent = client.datasets.create_from(file, task=task, name=name, options=chosen)
            version = client.datasets.wait(sent.dataset_id, sent.id)
    errors.print(f"{version.rows} rows are ready.")
    print(version.id)  # noqa: T201  plain, for scripts


@jobs.command("quote")
def quote(spec: Annotated[Path, typer.Argument(exists=True, help="A TrainingSpec as JSON.")]) -> None:
    """Print what a job would cost, without submitting it."""
    with connected() as client:
        console.print_json(data=client.jobs.quote(_read_json(spec)))


@jobs.command("submit")
def submit(
    spec: Annotated[Path, typer.Argument(exists=True, help="A TrainingSpec as JSON.")],
    watch: Annotated[bool, typer.Option(help="Follow the job until it ends.")] = False,
) -> None:
    """Submit a job and print its id."""
    with connected() as client:
        job = client.jobs.submit(_read_json(spec))
        print(job.id)  # noqa: T201  plain, for scripts
        if watch:
            _follow(client, job)


@jobs.command("watch")
def watch(job_id: str) -> None:
    """Follow a job until it ends."""
    with connected() as client:
        _follow(client, client.jobs.get(job_id))


@jobs.command("list")
def list_jobs(state: Annotated[str | None, typer.Option(help="Only jobs in this state.")] = None) -> None:
    """List jobs, newest first."""
    table = Table(Column("id", no_wrap=True), "name", "architecture", "state", "progress", "cost", box=None)
    with connected() as client:
        for job in client.jobs.list(state=state):
            percent = "" if job.progress.percent is None else f"{job.progress.percent:.0f} %"
            table.add_row(
                job.id, job.name, job.architecture, job.state, percent, f"{job.cost.billed} {job.cost.currency}"
            )
    console.print(table)


@jobs.command("show")
def show(job_id: str) -> None:
    """Print all there is to know about a job as JSON; in words what its model is worth, to standard error."""
    with connected() as client:
        job = client.jobs.get(job_id)
    console.print_json(job.model_dump_json())
    _print_verdict(job)


@jobs.command("usage")
def usage(job_id: str) -> None:
    """Print a job's bill, a line for each attempt and price, and what of it was free."""
    table = Table("attempt", "from", "slots", "seconds", "per slot-second", "amount", "checkpoint", box=None)
    with connected() as client:
        for line in client.jobs.usage(job_id):
            amount = str(line.amount) if line.billed else f"free ({line.free_reason})"
            began, seconds = f"{line.started_at:%Y-%m-%d %H:%M:%S}", f"{line.seconds:.6f}"
            checkpoint = line.checkpoint or ""
            table.add_row(str(line.attempt), began, str(line.slots), seconds, str(line.unit_price), amount, checkpoint)
    console.print(table)


@jobs.command("cancel")
def cancel(job_ids: Annotated[list[str], typer.Argument(help="One or more.")]) -> None:
    """Cancel jobs; what their checkpoints hold stays billed."""
    with connected() as client:
        answers = client.jobs.cancel_many(job_ids)
    for answer in answers:
        console.print(f"{answer['id']} is {answer['state']}." if answer["state"] else answer["error"]["message"])
    if any(answer["error"] for answer in answers):
        raise typer.Exit(1)


@jobs.command("pause")
def pause(job_id: str) -> None:
    """Stop a job with a checkpoint, to be resumed later."""
    with connected() as client:
        console.print(f"{job_id} is {client.jobs.pause(job_id).state}.")


@jobs.command("resume")
def resume(
    job_id: str,
    max_cost: Annotated[str | None, typer.Option(help="A higher cap, where that stopped it.")] = None,
    max_runtime_seconds: Annotated[int | None, typer.Option(help="A longer run, where that stopped it.")] = None,
) -> None:
    """Queue a paused job again, from its last checkpoint."""
    with connected() as client:
        job = client.jobs.resume(job_id, max_cost=max_cost, max_runtime_seconds=max_runtime_seconds)
    console.print(f"{job_id} is {job.state}.")


@models.command("download")
def download(model_id: str, directory: Path) -> None:
    """Download a model's weights, configuration and manifest."""
    with connected() as client:
        for path in client.models.download(model_id, directory):
            print(path)  # noqa: T201  plain, for scripts


@models.command("predict")
def predict(
    model_id: str,
    inputs: Annotated[Path, typer.Argument(exists=True, help='JSON: {"inputs": […]}')],
) -> None:
    """Predict with a model and print the answers as JSON; what it did not know of an input goes to standard error."""
    with connected() as client:
        answers = client.models.predict(model_id, _read_json(inputs)["inputs"])
    console.print_json(data=answers)
    for index, answer in enumerate(answers):
        for warning in answer.get("warnings", ()):
            errors.print(f"Input {index}: {warning['message']}", style="yellow", markup=False, highlight=False)


@app.command()
def wallet() -> None:
    """Print what the organization can spend and what running jobs hold."""
    with connected() as client:
        money = client.billing.wallet()
    console.print(f"{money.available} {money.currency} available, {money.held} {money.currency} held by jobs")


def _follow(client: Client, job: Job) -> None:
    with JobBars(errors) as bars:
        job = client.jobs.wait(job.id, on_change=bars.show)
    if job.error:
        errors.print(f"[red]{job.error.message}[/red] {job.error.hint}")
    if job.state != "succeeded":
        errors.print(f"{job.id} is {job.state} ({job.reason}).")
        raise typer.Exit(1)
    console.print_json(data={"id": job.id, "test_metrics": job.test_metrics, "billed": str(job.cost.billed)})
    _print_verdict(job)


def _print_verdict(job: Job) -> None:
    if job.verdict:
        style = "green" if job.verdict.outcome == "better" else "yellow"
        errors.print(job.verdict.sentence, style=style, markup=False, highlight=False)
        for sign in job.verdict.signs:
            errors.print(sign.message, style="yellow", markup=False, highlight=False)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        errors.print(f"{path} is not JSON: {error}.")
        raise typer.Exit(1) from None
    if not isinstance(content, dict):
        errors.print(f"{path} must hold a JSON object.")
        raise typer.Exit(1)
    return content
