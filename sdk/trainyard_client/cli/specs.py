"""Makes the spec of a job from a file, an earlier job and options, and sends it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from trainyard_client.cli.failures import USAGE
from trainyard_client.cli.output import remark
from trainyard_client.cli.spec_files import SpecFile
from trainyard_client.data.starting import begun_from, recommended, with_preset, with_sections
from trainyard_client.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from trainyard_client.client import Client
    from trainyard_client.types import Dataset

T = TypeVar("T")

SpecArgument = Annotated[
    Path | None, typer.Argument(metavar="SPEC", exists=True, dir_okay=False, help="A TrainingSpec, JSON or YAML.")
]
FromJob = Annotated[str | None, typer.Option("--from", metavar="JOB", help="Begin with the spec of an earlier job.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Any field, such as training.optimizer.lr=0.01; repeat."),
]


class Draft:
    """A spec in the making: a file's or a job's, with what options change."""

    def __init__(self, client: Client, *, file: Path | None, job: str | None) -> None:
        if file and job:
            raise typer.BadParameter("give a spec file or --from, not both")
        self._file = SpecFile(file) if file else None
        self.content: dict[str, Any] = dict(self._file.content) if self._file else {}
        if job:
            self.content = json.loads(json.dumps(client.jobs.get(job).spec))

    def begin_from(self, client: Client, model: str | None) -> None:
        """Takes over what a training from ``model`` has to have of it, where nothing else was said; None: nothing."""
        if model is not None:
            begun = begun_from(model, client.models.spec(model))
            self.content = with_sections(begun, self.content) | {"init_from": model}

    def change(self, changes: Mapping[str, Any], settings: list[str] | None) -> None:
        """Sets each field of ``changes`` by its dotted path, unless it is ``None``, and then those of ``--set``."""
        for path, value in changes.items():
            if value is not None:
                self._set(path, value)
        for setting in settings or ():
            path, equals, text = setting.partition("=")
            if not equals or not path:
                raise typer.BadParameter(f"--set takes PATH=VALUE, not {setting}")
            self._set(path, _value(text))

    def task_by_default(self, client: Client) -> None:
        """Task of the dataset, where nothing names one: a dataset is made for one task."""
        version = self.content.get("dataset")
        if "task" not in self.content and isinstance(version, str):
            self.content["task"] = dataset_of(client, version).task

    def architecture_by_default(self, client: Client) -> None:
        """The one recommended for the task and the rows of the dataset, where nothing names one; that is told."""
        version, task = self.content.get("dataset"), self.content.get("task")
        if "name" in (self.content.get("architecture") or {}) or not (isinstance(version, str) and task):
            return
        chosen = recommended(client.task(task), rows=_rows_of(client, version))
        remark(f"Architecture: {chosen['name']}, which is recommended to begin with (-a names another).")
        self.content["architecture"] = {**chosen, **self.content.get("architecture", {})}

    def name_by_default(self) -> None:
        """A spec needs a name; any will do."""
        architecture = self.content.get("architecture")
        if isinstance(architecture, dict) and "name" in architecture:
            self.content.setdefault("name", str(architecture["name"]))

    def apply_preset(self, client: Client, preset: str | None) -> None:
        """What ``preset`` comes to for this spec and its data; that is told. None: nothing."""
        if preset is None:
            return
        try:
            self.content = with_preset(self.content, preset, self.send(client.jobs.quote))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        epochs = self.content["training"]["epochs"]
        remark(f"Preset {preset}: {'as many epochs as usual' if epochs == 'auto' else f'{epochs} epochs at most'}.")

    def send(self, call: Callable[[Mapping[str, Any]], T]) -> T:
        """What ``call`` makes of the spec. Ends the command with what is wrong with it, line by line."""
        try:
            return call(self.content)
        except InvalidRequest as error:
            if self._file is None or not error.errors:
                raise
            for line in self._file.explain(error):
                remark(line)
            raise typer.Exit(USAGE) from None

    def _set(self, path: str, value: Any) -> None:
        *parents, last = path.split(".")
        section = self.content
        for name in parents:
            inner = section.get(name)
            section[name] = dict(inner) if isinstance(inner, dict) else {}
            section = section[name]
        section[last] = value


def dataset_of(client: Client, version: str) -> Dataset:
    """The dataset that has the version of this id. Raises ``NotFound``."""
    for dataset in client.datasets.list(version=version):
        return dataset
    raise NotFound(status=404, problem={"detail": f"There is no dataset version {version}."})


def _rows_of(client: Client, version: str) -> int | None:
    return client.datasets.version(dataset_of(client, version).id, version).rows


def _value(text: str) -> Any:
    """A value as JSON; what is no JSON is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
