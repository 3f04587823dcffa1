"""The common cases in a call each: train on what is at hand, predict on what is at hand."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from trainyard_client.core.calls import get, get_json, post, raw, whole
from trainyard_client.core.methods import M, Resource, method
from trainyard_client.core.steps import Steps, blocking
from trainyard_client.core.uploads import OnProgress
from trainyard_client.data.predictions import answers_as, inputs_of
from trainyard_client.data.starting import begun_from, recommended, with_preset, with_sections
from trainyard_client.data.uploads import material
from trainyard_client.resources.datasets import create_from, wait_until_ready
from trainyard_client.resources.jobs import wait_for_job
from trainyard_client.resources.models import predict, spec_of
from trainyard_client.types import (
    Architecture,
    Job,
    Model,
    ModelDetail,
    Prediction,
    PresetName,
    Quote,
    TaskEntry,
    TrainingSpec,
)

BATCH = 256
"""Inputs of one request at most."""


class Shortcuts(Resource[M]):
    """What most programs need, in a call each; the parameters are those of ``prepare`` and ``train``.

    Parameters
    ----------
    data
        The name of a file, a pandas DataFrame, a dictionary of columns, a NumPy array of rows or images, a list of
        Pillow images or of texts.
    target, options
        The column to predict; of arrays, images and texts the values themselves. Further options of the dataset.
    task, architecture
        Told from the target, and the task's usual one, if omitted; of a file the task has to be named.
    preset
        How much training: ``fast``, ``balanced`` or ``best``; sets epochs and early stopping by the data.
    training, sections
        Further sections of the spec: ``training={"epochs": 5}``, ``split={"by": "time"}``, ``resources=…``.
    max_cost
        A decimal: the job stops with a checkpoint before it costs more.
    init_from
        A model to start from, or its id; task, architecture and how inputs are read are its unless said otherwise.
    """

    @method
    def prepare(
        self,
        /,
        data: Any,
        *,
        target: Any = None,
        task: str | None = None,
        architecture: str | Mapping[str, Any] | None = None,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        preset: PresetName | None = None,
        training: Mapping[str, Any] | None = None,
        max_cost: str | None = None,
        init_from: str | Model | ModelDetail | None = None,
        on_progress: OnProgress | None = None,
        **sections: Any,
    ) -> Steps[TrainingSpec]:
        """Uploads ``data``, waits until it is ready and returns a spec; raises ``DatasetRejected`` with problems.

        Its parameters are those of ``Shortcuts``.
        """
        return _prepared(
            data,
            target=target,
            task=task,
            architecture=architecture,
            name=name,
            options=options,
            init_from=init_from,
            preset=preset,
            on_progress=on_progress,
            sections=_sections(training, max_cost, sections),
        )

    @method
    def train(
        self,
        /,
        data: Any,
        *,
        target: Any = None,
        task: str | None = None,
        architecture: str | Mapping[str, Any] | None = None,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        preset: PresetName | None = None,
        training: Mapping[str, Any] | None = None,
        max_cost: str | None = None,
        init_from: str | Model | ModelDetail | None = None,
        on_progress: OnProgress | None = None,
        on_change: Callable[[Job], None] | None = None,
        timeout_seconds: float | None = None,
        **sections: Any,
    ) -> Steps[ModelDetail]:
        """Uploads ``data``, trains on it and returns the model: ``model = client.train(frame, target="y")``.

        Its parameters are those of ``Shortcuts``, and those of ``jobs.wait``. Raises ``DatasetRejected``,
        ``JobUnsuccessful`` if there is no model in the end, and ``TimedOut``.
        """
        spec = yield from _prepared(
            data,
            target=target,
            task=task,
            architecture=architecture,
            name=name,
            options=options,
            init_from=init_from,
            preset=preset,
            on_progress=on_progress,
            sections=_sections(training, max_cost, sections),
        )
        job = yield from post(Job, "jobs", spec)
        job = yield from wait_for_job(job.id, on_change=on_change, timeout_seconds=timeout_seconds, check=True)
        return (yield from get(ModelDetail, f"models/{job.model_id}"))

    @method
    def predict(self, model: str | Model | ModelDetail, data: Any) -> Steps[Any]:
        """What ``model`` says of each row, image, text or file of ``data``, however many there are.

        Of a DataFrame a DataFrame with the same index: ``prediction``, and ``probability_<class>`` of each class. Of an
        array an array of labels or values. Of all else a list of ``Prediction``.
        """
        model_id = model if isinstance(model, str) else model.id
        inputs = yield from blocking(lambda: inputs_of(data))
        found: list[Prediction] = []
        for start in range(0, len(inputs), BATCH):
            found += yield from predict(model_id, inputs[start : start + BATCH])
        return answers_as(data, found)

    @method
    def call(self, verb: str, path: str, body: Any = None, *, query: Mapping[str, Any] | None = None) -> Steps[Any]:
        """Any operation of the API, by its ``path`` below ``/api/v1``: the JSON of its answer, its text where it is
        something else, ``None`` where it is empty.

        Raises ``OutsideApi`` for a path that would lead elsewhere.
        """
        return raw(verb, path, body, query=query)

    @method
    def architectures(self) -> Steps[list[Architecture]]:
        """The catalogue: name, tasks and the JSON Schema of each architecture's hyperparameters."""
        return whole(Architecture, "architectures")

    @method
    def tasks(self) -> Steps[list[TaskEntry]]:
        """What can be learnt: each task with its losses, metrics, splits, options and architectures."""
        return whole(TaskEntry, "tasks")

    @method
    def task(self, name: str) -> Steps[TaskEntry]:
        """One task."""
        return get(TaskEntry, f"tasks/{name}")

    @method
    def spec_schema(self) -> Steps[dict[str, Any]]:
        """The JSON Schema of a training spec."""
        return get_json("spec-schema")

    @method
    def architecture(self, name: str) -> Steps[Architecture]:
        """One of the catalogue."""
        return get(Architecture, f"architectures/{name}")


def _prepared(
    data: Any,
    *,
    target: Any,
    task: str | None,
    architecture: str | Mapping[str, Any] | None,
    name: str | None,
    options: Mapping[str, Any] | None,
    init_from: str | Model | ModelDetail | None,
    preset: PresetName | None,
    on_progress: OnProgress | None,
    sections: dict[str, Any],
) -> Steps[TrainingSpec]:
    begun: dict[str, Any] = {}
    if init_from is not None:
        parent = init_from if isinstance(init_from, str) else init_from.id
        begun = begun_from(parent, (yield from spec_of(parent)))
        sections, task = with_sections(begun, sections), task or begun["task"]
    directory = Path((yield from blocking(lambda: tempfile.mkdtemp(prefix="trainyard-"))))
    try:
        made = yield from blocking(lambda: material(data, target=target, task=task, directory=directory))
        chosen = name or (made.path.stem if made.path.parent != directory else f"{made.task}-{directory.name[-8:]}")
        every = {**made.options, **(options or {})}
        sent = yield from create_from(made.path, task=made.task, name=chosen, options=every, on_progress=on_progress)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    version = yield from wait_until_ready(sent.dataset_id, sent.id)
    section = {"name": architecture} if isinstance(architecture, str) else architecture
    if section is None:
        section = begun.get("architecture")
    if section is None:
        section = recommended((yield from get(TaskEntry, f"tasks/{made.task}")), rows=version.rows)
    spec = {**sections, "name": chosen, "dataset": version.id, "task": made.task, "architecture": section}
    if preset is not None:
        spec = with_preset(spec, preset, (yield from post(Quote, "jobs/quote", spec)))
    return cast("TrainingSpec", spec)  # the service checks what callers add


def _sections(training: Mapping[str, Any] | None, max_cost: str | None, others: dict[str, Any]) -> dict[str, Any]:
    sections = dict(others)
    if training:
        sections["training"] = dict(training)
    if max_cost is not None:
        sections["limits"] = {**sections.get("limits", {}), "max_cost": str(max_cost)}
    return sections
