"""Follows a job: bars and a plot in a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

import typer

from trainyard_client.cli.failures import FAILED
from trainyard_client.cli.output import hint, print_json, remark, stderr
from trainyard_client.cli.plot import Points, plot
from trainyard_client.types.behaviour import RESTING_STATES

if TYPE_CHECKING:
    from trainyard_client.client import Client
    from trainyard_client.types import Job, Update

PLOTTED = ("train_loss", "val_loss")
LINE_EVERY_PERCENT = 10
WIDEST = 80


class View(Protocol):
    """Shows a job as it goes on."""

    def show(self, job: Job, latest: Update | None) -> None: ...


def follow(client: Client, job: Job) -> None:
    """Shows the job until it rests, then what came of it. Ends the command with a status if it did not succeed."""
    job = watched(client, job)
    if job.error:
        remark(f"{job.error.message} {job.error.hint}".rstrip(), style="red")
    if job.state != "succeeded":
        remark(f"{job.id} is {job.state} ({job.reason}).")
        if job.state == "paused":
            hint(f"Next: trainyard jobs resume {job.id}")
        raise typer.Exit(FAILED)
    print_json({"id": job.id, "test_metrics": job.test_metrics, "billed": str(job.cost.billed)})
    print_verdict(job)
    hint(f"Next: trainyard models show {job.model_id}")


def watched(client: Client, job: Job) -> Job:
    """The job once it rests, shown until then."""
    if job.state in RESTING_STATES:
        return job
    if sys.stderr.isatty():
        from rich.live import Live

        live = LiveView()
        with Live(live, console=stderr(), refresh_per_second=8):
            _show(client, job, live)
    else:
        _show(client, job, PlainView())
    return client.jobs.get(job.id)


def print_verdict(job: Job) -> None:
    """What the model is worth, in words."""
    if job.verdict:
        remark(job.verdict.sentence, style="green" if job.verdict.outcome == "better" else "yellow")
        for sign in job.verdict.signs:
            remark(sign.message, style="yellow")


def _show(client: Client, job: Job, view: View) -> None:
    view.show(job, None)
    for update in client.jobs.watch(job.id):
        if update.type == "progress":
            job = _moved(job, update.data)
        view.show(job, update)
        if job.state in RESTING_STATES and update.type == "progress":
            return


def _moved(job: Job, progress: Any) -> Job:
    state = progress.get("state", job.state)
    return type(job)({**job, "state": state, "progress": {**job["progress"], **progress}})


class PlainView:
    """A line for each state and each tenth of the way."""

    def __init__(self) -> None:
        self._told: tuple[str, int] | None = None

    def show(self, job: Job, latest: Update | None) -> None:
        percent = int(job.progress.percent or 0)
        reached = (job.state, percent // LINE_EVERY_PERCENT)
        if reached == self._told:
            return
        self._told = reached
        remark(f"{job.id} {job.state}" + (f" {percent} %" if percent and job.state == "running" else ""))


class LiveView:
    """A bar and the loss so far."""

    def __init__(self) -> None:
        from trainyard_client.display import JobBars

        self._bars = JobBars(stderr())
        self._series: dict[str, list[tuple[float, float]]] = {}
        self._latest: dict[str, float | None] = {}

    def show(self, job: Job, latest: Update | None) -> None:
        if latest and latest.type == "metrics":
            self._take(latest.data)
        self._bars.show(type(job)({**job, "metrics": {"latest": {**job["metrics"]["latest"], **self._latest}}}))

    def _take(self, points: Any) -> None:
        for name, values in points["values"].items():
            known = [(step, value) for step, value in zip(points["steps"], values, strict=True) if value is not None]
            self._series.setdefault(name, []).extend(known)
            self._latest[name] = values[-1]

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.text import Text

        return Group(self._bars, *map(Text, plot(self._plotted, width=min(stderr().width, WIDEST))))

    @property
    def _plotted(self) -> dict[str, Points]:
        return {name: self._series[name] for name in PLOTTED if self._series.get(name)}
