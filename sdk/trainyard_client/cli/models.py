"""``trainyard models``."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from trainyard_client.cli.connection import connected
from trainyard_client.cli.failures import USAGE
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit, Yes
from trainyard_client.cli.output import Column, hint, number, print_json, print_list, print_one, remark, say, size
from trainyard_client.cli.uploading import shown

commands = typer.Typer(no_args_is_help=True, help="Download finished models and predict with them.")


def _score(model: Any) -> str:
    return "  ".join(f"{name} {number(value)}" for name, value in list(model.test_metrics.items())[:2])


COLUMNS = (
    Column("id", lambda model: model.id, whole=True),
    Column("name", lambda model: model.name),
    Column("task", lambda model: model.task),
    Column("architecture", lambda model: model.architecture),
    Column("test", _score),
)


@commands.command("list")
def list_models(
    init_from: Annotated[str | None, typer.Option(metavar="MODEL", help="Those that started from this one.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List models, newest first."""
    with connected() as client:
        print_list(client.models.list(init_from=init_from, limit=limit + 1), COLUMNS, limit=limit, as_json=as_json)


@commands.command("show")
def show(model_id: str, as_json: AsJson = False) -> None:
    """Print a model: the essentials in a terminal, all of it as JSON elsewhere."""
    with connected() as client:
        model = client.models.get(model_id)
    fields = [
        ("id", model.id),
        ("name", model.name),
        ("task", f"{model.task}, {model.architecture} on {model.dataset_version}"),
        ("job", model.job_id),
        ("from", model.init_from or ""),
        ("test", "  ".join(f"{name} {number(value)}" for name, value in model.test_metrics.items())),
        ("worth", model.verdict.sentence if model.verdict else ""),
        ("parameters", f"{model.parameters:,}"),
        ("files", ", ".join(f"{file.name} ({size(file.bytes)})" for file in model.files)),
        ("weights", model.weights_sha256),
    ]
    print_one(model, lambda: fields, as_json=as_json)
    hint(f"Next: trainyard models predict {model.id} INPUTS")


@commands.command("download")
def download(model_id: str, directory: Path) -> None:
    """Download a model's weights, configuration and manifest, verified by their SHA-256."""
    with connected() as client, shown(model_id) as on_progress:
        paths = client.models.download(model_id, directory, on_progress=on_progress)
    for path in paths:
        typer.echo(path)


@commands.command("predict")
def predict(
    model_id: str,
    inputs: Annotated[
        list[Path],
        typer.Argument(
            exists=True, dir_okay=False, help='JSON: {"inputs": […]}; a table: CSV or JSON lines; images or recordings.'
        ),
    ],
) -> None:
    """Predict with a model and print the answers as JSON; what it did not know of an input goes to standard error."""
    found = [each for path in inputs for each in _inputs(path)]
    with connected() as client:
        answers = client.predict(model_id, found)
    print_json(answers)
    for index, answer in enumerate(answers):
        for warning in answer.get("warnings", ()):
            remark(f"Input {index}: {warning['message']}", style="yellow")


@commands.command("import")
def import_adapter(
    adapter: Annotated[
        Path, typer.Argument(exists=True, help="Directory that peft's save_pretrained wrote, or a zip.")
    ],
    base: Annotated[str, typer.Option(metavar="NAME", help="The registered language model that it adapts.")],
    name: Annotated[str | None, typer.Option(help="Name of the model; that of the directory if omitted.")] = None,
    as_json: AsJson = False,
) -> None:
    """Register a LoRA adapter as a model: to ask, and to start jobs from."""
    with connected() as client, shown(adapter.name) as on_progress:
        model = client.models.import_adapter(adapter, base=base, name=name, on_progress=on_progress)
    print_one(model, lambda: [("id", model.id), ("name", model.name), ("base", model.base)], as_json=as_json)
    hint(f"Next: trainyard models predict {model.id} INPUTS")


@commands.command("export")
def export(
    model_id: str,
    directory: Path,
    layout: Annotated[
        str, typer.Option("--format", help="merged: the whole network, adapters added into its weights.")
    ] = "merged",
) -> None:
    """Have a model written as transformers reads it by itself, and download it, verified by its SHA-256."""
    with connected() as client, shown(model_id) as on_progress:
        paths = client.models.export_to(model_id, directory, format=layout, on_progress=on_progress)
    for path in paths:
        typer.echo(path)


@commands.command("delete")
def delete(model_id: str, yes: Yes = False) -> None:
    """Delete a model; the job that made it and its bill stay."""
    if not yes:
        typer.confirm(f"Delete {model_id} and its files?", abort=True)
    with connected() as client:
        client.models.delete(model_id)
    say(f"{model_id} is deleted.")


def _inputs(path: Path) -> list[Any]:
    """What a file holds to be predicted; of one that is no JSON or table the file itself."""
    try:
        match path.suffix.lower():
            case ".json":
                content = json.loads(path.read_text(encoding="utf-8-sig"))
                return list(content["inputs"] if isinstance(content, dict) and "inputs" in content else content)
            case ".jsonl" | ".ndjson":
                return [json.loads(line) for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
            case ".csv":
                with path.open(newline="", encoding="utf-8-sig") as file:
                    return [{name: cell or None for name, cell in row.items()} for row in csv.DictReader(file)]
            case ".txt":
                return [path.read_text(encoding="utf-8-sig")]
            case _:
                return [path]
    except (ValueError, TypeError) as error:
        remark(f"{path} cannot be read: {error}.", style="red")
        raise typer.Exit(USAGE) from None
