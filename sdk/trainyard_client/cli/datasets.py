"""``trainyard datasets``."""

from __future__ import annotations

import sys
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trainyard_client.cli import options
from trainyard_client.cli.connection import connected
from trainyard_client.cli.options import DEFAULT_LIMIT, AsJson, Limit
from trainyard_client.cli.output import Column, hint, print_json, print_list, print_one, remark, say, size
from trainyard_client.cli.specs import dataset_of
from trainyard_client.cli.uploading import sent
from trainyard_client.errors import NotFound
from trainyard_client.resources.datasets import is_address

if TYPE_CHECKING:
    from trainyard_client.client import Client
    from trainyard_client.types import DatasetImport

commands = typer.Typer(no_args_is_help=True, help="Upload data and see what was found in it.")

VERSION_PREFIX = "dsv_"
OPTIONS = (
    "target",
    "targets",
    "label_separator",
    "text",
    "time",
    "series",
    "user",
    "item",
    "group",
    "split",
    "image_size",
    "sample_rate",
    "max_seconds",
)
"""A dataset's options, in the order of those of ``upload``."""
COLUMNS = (
    Column("id", lambda dataset: dataset.id, whole=True),
    Column("name", lambda dataset: dataset.name),
    Column("task", lambda dataset: dataset.task),
    Column("state", lambda dataset: dataset.latest_version.state if dataset.latest_version else "empty", whole=True),
    Column("rows", lambda dataset: dataset.latest_version.rows if dataset.latest_version else "", right=True),
)
UPLOAD_COLUMNS = (
    Column("id", lambda upload: upload.id, whole=True),
    Column("file", lambda upload: upload.filename),
    Column("arrived", lambda upload: f"{size(upload.offset)} of {size(upload.length)}", right=True),
    Column("finished", lambda upload: upload.finished_at),
    Column("kept until", lambda upload: None if upload.finished_at else upload.expires_at),
)
IMPORT_COLUMNS = (
    Column("id", lambda found: found.id, whole=True),
    Column("state", lambda found: found.state, whole=True),
    Column("arrived", lambda found: arrived(found), right=True),
    Column("version", lambda found: found.version_id),
    Column("from", lambda found: found.url),
    Column("problem", lambda found: found.error.message if found.error else ""),
)
SAMPLE_COLUMNS = (
    Column("name", lambda sample: sample.name, whole=True),
    Column("task", lambda sample: sample.task, whole=True),
    Column("what it is", lambda sample: sample.summary),
)
VERSION_COLUMNS = (
    Column("version", lambda version: version.id, whole=True),
    Column("#", lambda version: version.number, right=True),
    Column("state", lambda version: version.state, whole=True),
    Column("rows", lambda version: version.rows, right=True),
    Column("size", lambda version: size(version.bytes), right=True),
    Column("file", lambda version: version.filename),
)


@commands.command("upload")
def upload(
    file: options.FileOrAddress,
    task: options.Task = "",
    dataset: options.Dataset = "",
    resume: options.Resume = "",
    name: options.DatasetName = "",
    target: options.Target = None,
    targets: options.Targets = None,
    label_separator: options.LabelSeparator = None,
    text: options.Text = None,
    time: options.Time = None,
    series: options.SeriesColumn = None,
    user: options.User = None,
    item: options.Item = None,
    group: options.Group = None,
    split: options.Split = None,
    image_size: options.ImageSize = None,
    sample_rate: options.SampleRate = None,
    max_seconds: options.MaxSeconds = None,
    as_json: AsJson = False,
) -> None:
    """Upload a file as a new dataset, wait for its validation, print the id to train on.

    A file at an address is fetched by the service, where its operators allow that source. After a rejection mend the
    file or the options and repeat the command: it is the same dataset.
    """
    _check_upload(file, task=task, dataset=dataset, resume=resume)
    columns = (target, targets or None, label_separator, text, time, series, user, item, group, split)
    chosen = _chosen(*columns, image_size, sample_rate, max_seconds)
    with connected() as client:
        version = sent(client, file, task=task, name=name, options=chosen, dataset_id=dataset, resume=resume)
    for warning in version.warnings:
        remark(str(warning), style="yellow")
    if as_json:
        print_json(version)
        return
    remark(f"{version.rows} rows are ready.")
    typer.echo(version.id)
    hint(f"Next: trainyard train --dataset {version.id} --watch")


def _chosen(*values: Any) -> dict[str, Any]:
    """The ``OPTIONS`` that were given, by name."""
    return {name: value for name, value in zip(OPTIONS, values, strict=True) if value is not None}


def _check_upload(file: str, *, task: str, dataset: str, resume: str) -> None:
    if sum(map(bool, (task, dataset, resume))) != 1:
        raise typer.BadParameter("give --task for a new dataset, --dataset for another version of one, or --resume")
    if not is_address(file) and not Path(file).is_file():
        raise typer.BadParameter(f"there is no file {file}")
    if is_address(file) and resume:
        raise typer.BadParameter("--resume goes on with an upload from this machine")


@commands.command("uploads")
def list_uploads(limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List uploads of large files, newest first; an unfinished one goes on with `datasets upload FILE --resume`."""
    with connected() as client:
        print_list(client.datasets.uploads(limit=limit + 1), UPLOAD_COLUMNS, limit=limit, as_json=as_json)


@commands.command("imports")
def list_imports(dataset_id: str, limit: Limit = DEFAULT_LIMIT, as_json: AsJson = False) -> None:
    """List files that the service fetched, or fetches, into a dataset from an address, newest first."""
    with connected() as client:
        print_list(client.datasets.imports(dataset_id, limit=limit + 1), IMPORT_COLUMNS, limit=limit, as_json=as_json)


@commands.command("cancel-import")
def cancel_import(dataset_id: str, import_id: str) -> None:
    """Stop fetching a file; what has come of it is deleted."""
    with connected() as client:
        client.datasets.cancel_import(dataset_id, import_id)
    say(f"{import_id} is cancelled.")


@commands.command("samples")
def list_samples(as_json: AsJson = False) -> None:
    """List sample datasets, for a first model without a file of one's own."""
    with connected() as client:
        samples = client.datasets.samples()
    print_list(samples.data, SAMPLE_COLUMNS, limit=len(samples.data), as_json=as_json)


@commands.command("sample")
def take_sample(name: Annotated[str, typer.Argument(help="As `samples` lists it.")], as_json: AsJson = False) -> None:
    """Make a dataset of a sample, wait for its validation, print the id to train on."""
    with connected() as client:
        taken = client.datasets.take_sample(name)
        version = client.datasets.wait(taken.dataset_id, taken.id)
    if as_json:
        print_json(version)
        return
    remark(f"{version.rows} rows are ready.")
    typer.echo(version.id)
    hint(f"Next: trainyard train --dataset {version.id} --watch")


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Its name.")],
    task: Annotated[str, typer.Option(help="Such as image_classification or tabular_regression.")],
    option: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Such as target=y; repeat.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a dataset without versions and print its id."""
    chosen: dict[str, Any] = {}
    for each in option or ():
        key, equals, value = each.partition("=")
        if not equals:
            raise typer.BadParameter(f"--option takes NAME=VALUE, not {each}")
        chosen[key] = int(value) if value.isdecimal() else value
    with connected() as client:
        dataset = client.datasets.create(name=name, task=task, options=chosen)
    if as_json:
        print_json(dataset)
    else:
        typer.echo(dataset.id)
        hint(f"Next: trainyard datasets upload FILE --dataset {dataset.id}")


@commands.command("list")
def list_datasets(
    task: Annotated[str | None, typer.Option(help="Only datasets for this task.")] = None,
    search: Annotated[str | None, typer.Option(help="Only those with this in their name.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """List datasets, newest first."""
    with connected() as client:
        print_list(
            client.datasets.list(task=task, search=search, limit=limit + 1), COLUMNS, limit=limit, as_json=as_json
        )


@commands.command("show")
def show(dataset_id: str, version_id: Annotated[str, typer.Argument()] = "", as_json: AsJson = False) -> None:
    """Print a dataset and its versions, or one version, whose id alone will do, with what was found in it."""
    with connected() as client:
        dataset_id, version_id = _of_version(client, dataset_id, version_id)
        if version_id:
            version = client.datasets.version(dataset_id, version_id)
            fields = [(column.name, column.of(version)) for column in VERSION_COLUMNS]
            problems = "\n".join(map(str, [*version.problems, *version.warnings]))
            print_one(version, lambda: [*fields, ("problems", problems)], as_json=as_json)
            return
        dataset = client.datasets.get(dataset_id)
    if as_json or not sys.stdout.isatty():
        print_json(dataset)
        return
    say(f"{dataset.name}: {dataset.task}, {', '.join(f'{k} {v}' for k, v in dataset.options.items() if v is not None)}")
    print_list(dataset.versions, VERSION_COLUMNS, limit=DEFAULT_LIMIT, as_json=False)


@commands.command("preview")
def preview(
    dataset_id: str,
    version_id: Annotated[str, typer.Argument(help="The newest if omitted.")] = "",
    limit: Limit = DEFAULT_LIMIT,
    as_json: AsJson = False,
) -> None:
    """Print the first rows of a ready version, whose id alone will do, or what its first images are."""
    with connected() as client:
        dataset_id, version_id = _of_version(client, dataset_id, version_id)
        glance = client.datasets.preview(dataset_id, version_id or _newest(client, dataset_id))
    if as_json:
        print_json(glance)
        return
    names = list(dict.fromkeys(name for row in glance.rows for name in row))
    columns = [Column(name, methodcaller("get", name)) for name in names]
    if glance.rows:
        print_list(glance.rows, columns, limit=limit, as_json=False)
    for image in glance.images[:limit]:
        say(f"an image: {image.label}")


@commands.command("delete")
def delete(dataset_id: str, yes: options.Yes = False) -> None:
    """Delete a dataset; jobs that train on one of its versions go on."""
    if not yes:
        typer.confirm(f"Delete {dataset_id} with all its versions?", abort=True)
    with connected() as client:
        client.datasets.delete(dataset_id)
    say(f"{dataset_id} is deleted.")


def arrived(found: DatasetImport) -> str:
    """How much of a file is here."""
    return size(found.bytes) if found.total_bytes is None else f"{size(found.bytes)} of {size(found.total_bytes)}"


def _of_version(client: Client, dataset_id: str, version_id: str) -> tuple[str, str]:
    """Ids of dataset and version, where the first one given may be a version's."""
    if dataset_id.startswith(VERSION_PREFIX):
        return dataset_of(client, dataset_id).id, dataset_id
    return dataset_id, version_id


def _newest(client: Client, dataset_id: str) -> str:
    newest = client.datasets.get(dataset_id).latest_version
    if newest is None:
        raise NotFound(status=404, problem={"detail": f"{dataset_id} has no version yet."})
    return newest.id
