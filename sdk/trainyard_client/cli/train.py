"""``trainyard train`` and ``trainyard quote``."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from trainyard_client.cli import options
from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import AsJson, Measure, Watch
from trainyard_client.cli.output import hint, print_json, print_one, remark
from trainyard_client.cli.specs import Draft, FromJob, Settings, SpecArgument
from trainyard_client.cli.uploading import sent
from trainyard_client.cli.watching import follow

if TYPE_CHECKING:
    from trainyard_client.client import Client
    from trainyard_client.types import Quote

PATHS = (
    "name",
    "task",
    "architecture.name",
    "training.epochs",
    "training.batch_size",
    "training.optimizer.lr",
    "training.seed",
    "resources.pool",
    "resources.slots",
    "priority",
    "limits.max_cost",
)
"""Where in a spec each option of ``train`` goes, in the order of its options."""


MEASURING = {
    "queued": "Waiting for a free slot of the pool.",
    "running": "Measuring the speed.",
    "measured": "The speed was measured.",
    "failed": "The speed could not be measured.",
}
"""By state of a speed profile."""


def register(app: typer.Typer) -> None:
    app.command("train")(with_spec_options(train))
    app.command("quote")(with_spec_options(quote))


def with_spec_options(command: Callable[..., None]) -> Callable[..., None]:
    """``command(client, draft, …)`` as a command with the options that make a draft, before its own."""

    @wraps(command)
    def run(**given: Any) -> None:
        own = {name: given.pop(name) for name in owned}
        with connected() as client:
            command(client, drafted(client, **given), **own)

    own_signature = inspect.signature(command)
    owned = [name for name in own_signature.parameters if name not in ("client", "draft")]
    making = inspect.signature(drafted).parameters
    shown = [each for name, each in making.items() if name != "client"]
    shown += [own_signature.parameters[name] for name in owned]
    # Typer reads a function by these two.
    run.__signature__ = own_signature.replace(parameters=shown)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in shown}
    return run


def drafted(
    client: "Client",
    spec: SpecArgument = None,
    from_job: FromJob = None,
    data: options.Data = None,
    target: options.TargetOfData = None,
    dataset: options.Version = None,
    task: options.TaskOfSpec = None,
    architecture: options.Architecture = None,
    init_from: options.InitFrom = None,
    name: options.Name = None,
    preset: options.Preset = None,
    epochs: options.Epochs = None,
    batch_size: options.BatchSize = None,
    lr: options.LearningRate = None,
    seed: options.Seed = None,
    pool: options.Pool = None,
    slots: options.Slots = None,
    priority: options.Priority = None,
    max_cost: options.MaxCost = None,
    settings: Settings = None,
) -> Draft:
    """The spec that options make, change or begin with; of a dataset follows its task, and of both an architecture."""
    values = (name, task, architecture, epochs, batch_size, lr, seed, pool, slots, priority, max_cost)
    draft = Draft(client, file=spec, job=from_job)
    draft.begin_from(client, init_from)
    draft.change(dict(zip(PATHS, values, strict=True)), settings)
    draft.change({"dataset": _uploaded(client, data, target, draft) if data else dataset}, None)
    draft.task_by_default(client)
    draft.architecture_by_default(client)
    draft.name_by_default()
    draft.apply_preset(client, preset)
    return draft


def train(client: "Client", draft: Draft, watch: Watch = False, as_json: AsJson = False) -> None:
    """Submit a training job and print its id.

    The spec comes from a file, from an earlier job (--from), or from options, which change what the others say:
    trainyard train --data irises.csv --target species --task tabular_classification -a mlp --watch
    """
    job = draft.send(client.jobs.submit)
    if as_json and not watch:
        print_json(job)
    else:
        typer.echo(job.id)
    if watch:
        follow(client, job)
    else:
        hint(f"Next: trainyard jobs watch {job.id}")


def measured(client: "Client", spec: Mapping[str, Any]) -> "Quote":
    """The quote of ``spec`` after measuring, which is told of as it goes on."""
    told = set[str]()

    def tell(answer: "Quote") -> None:
        profile = answer.speed_profile
        if profile is not None and profile.state not in told:
            told.add(profile.state)
            error = f" {profile.error.message}" if profile.error else ""
            remark(f"{MEASURING[profile.state]}{error}")

    return client.jobs.measure(spec, on_change=tell)


def _uploaded(client: "Client", file: Path, target: str | None, draft: Draft) -> str:
    if "task" not in draft.content:
        raise typer.BadParameter("say what to learn with --task")
    return sent(client, file, task=draft.content["task"], options={"target": target} if target else {}).id


def quote(client: "Client", draft: Draft, measure: Measure = False, as_json: AsJson = False) -> None:
    """Print what a job would cost at most, without submitting it; takes what `trainyard train` takes."""
    answer = draft.send(partial(measured, client) if measure else client.jobs.quote)
    estimate = answer.estimate
    print_one(
        answer,
        lambda: [
            ("at most", f"{answer.cap} {answer.currency}, by {answer.limited_by}"),
            ("likely", f"{estimate.cost_low} to {estimate.cost_high} {answer.currency}" if estimate else ""),
            ("takes", f"{estimate.seconds_low:,.0f} to {estimate.seconds_high:,.0f} s" if estimate else ""),
            ("known by", f"{estimate.source}. {estimate.basis}" if estimate else ""),
            ("price", f"{answer.per_slot_second} {answer.currency} a second, {answer.slots} × {answer.pool}"),
            ("in the wallet", f"{answer.available} {answer.currency}" + ("" if answer.affordable else ": not enough")),
            ("trains", f"{answer.training.epochs} epochs of {answer.training.examples:,} examples"),
            ("stops early", answer.stops_early),
        ],
        as_json=as_json,
    )
