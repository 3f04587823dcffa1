"""``trainyard tasks`` and ``trainyard architectures``."""

from __future__ import annotations

from typing import Annotated

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import AsJson, Limit
from trainyard_client.cli.output import Column, print_json, print_list, print_one, say

tasks = typer.Typer(no_args_is_help=True, help="See what can be learnt.")
architectures = typer.Typer(no_args_is_help=True, help="See which networks there are, and what can be set.")

COLUMNS = (
    Column("name", lambda each: each.name, whole=True),
    Column("title", lambda each: each.title),
    Column("tasks", lambda each: ", ".join(each.tasks)),
)
TASK_COLUMNS = (
    Column("name", lambda each: each.name, whole=True),
    Column("of", lambda each: each.data_kind),
    Column("judged by", lambda each: each.default_metric),
    Column("architectures", lambda each: ", ".join(each.architectures)),
)
FIELD_COLUMNS = (
    Column("field", lambda field: field["name"], whole=True),
    Column("default", lambda field: field["default"]),
    Column("limits", lambda field: field["limits"]),
    Column("what it is", lambda field: field["description"]),
)
LIMITS = {"minimum": "≥ {}", "exclusiveMinimum": "> {}", "maximum": "≤ {}", "exclusiveMaximum": "< {}"}


@tasks.command("list")
def list_tasks(limit: Limit = 100, as_json: AsJson = False) -> None:
    """List what can be learnt."""
    with connected() as client:
        print_list(client.tasks(), TASK_COLUMNS, limit=limit, as_json=as_json)


@tasks.command("show")
def show_task(name: str, as_json: AsJson = False) -> None:
    """Print a task: its losses, metrics, splits, columns and architectures."""
    with connected() as client:
        task = client.task(name)
    print_one(
        task,
        lambda: [
            ("name", task.name),
            ("what", task.summary),
            ("losses", f"{', '.join(task.losses)} (auto: {task.default_loss})"),
            ("judged by", task.default_metric),
            ("splits", f"{', '.join(task.splits)} (unless told: {task.default_split})"),
            ("architectures", ", ".join(task.architectures)),
        ],
        as_json=as_json,
    )


@architectures.command("list")
def list_architectures(
    task: Annotated[str | None, typer.Option(help="Only those for this task.")] = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List the catalogue."""
    with connected() as client:
        found = [each for each in client.architectures() if task is None or task in each.tasks]
    print_list(found, COLUMNS, limit=limit, as_json=as_json)


@architectures.command("show")
def show(name: str, as_json: AsJson = False) -> None:
    """Print what an architecture is for and each field of it."""
    with connected() as client:
        found = client.architecture(name)
    if as_json:
        print_json(found)
        return
    say(f"{found.title}: {found.summary}")
    say(f"For {', '.join(found.tasks)}.")
    fields = [
        {
            "name": field,
            "default": found.defaults.get(field, ""),
            "limits": ", ".join(text.format(schema[limit]) for limit, text in LIMITS.items() if limit in schema),
            "description": schema.get("description", ""),
        }
        for field, schema in found.hyperparameters.get("properties", {}).items()
        if field != "name"
    ]
    print_list(fields, FIELD_COLUMNS, limit=len(fields) or 1, as_json=False)
