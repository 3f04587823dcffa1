"""Finished models: their files, and what they predict."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from trainyard_client.core.calls import delete, get, pages, post
from trainyard_client.core.downloads import OnProgress, download
from trainyard_client.core.methods import M, Resource, listing, method
from trainyard_client.core.steps import Flow, Steps, blocking
from trainyard_client.core.uploads import upload
from trainyard_client.resources.model_exports import create_export, export_to
from trainyard_client.types import Evaluation, Job, Model, ModelDetail, ModelExport, Prediction, Predictions, TestRow

if TYPE_CHECKING:
    import builtins


ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
PICKLE = "adapter_model.bin"
CONFIG_FILE = "config.json"


class Models(Resource[M]):
    """Finished models."""

    @method
    def get(self, model_id: str) -> Steps[ModelDetail]:
        """The model, with what happened to each class in its test."""
        return get(ModelDetail, f"models/{model_id}")

    @method
    def spec(self, model_id: str) -> Steps[dict[str, Any]]:
        """The spec of the job that made it; of an imported adapter, that by which a job goes on from it."""
        return spec_of(model_id)

    @method
    def predict(self, model_id: str, inputs: Sequence[Any]) -> Steps[builtins.list[Prediction]]:
        """One prediction an input: rows are objects, texts strings, images and recordings base64 text.

        ``warnings`` of each says what the model did not know of its input. For data frames, arrays and images there is
        ``client.predict``.
        """
        return predict(model_id, inputs)

    @method
    def download(
        self, model_id: str, directory: Path | str, *, on_progress: OnProgress | None = None
    ) -> Steps[builtins.list[Path]]:
        """Writes the model's files into ``directory``, which is made if missing; each is verified by its SHA-256.

        Raises ``DamagedDownload`` if a file arrives damaged twice.
        """
        there = Path(directory)
        yield from blocking(lambda: there.mkdir(parents=True, exist_ok=True))
        model = yield from get(ModelDetail, f"models/{model_id}")
        written = []
        for file in model.files:
            path, target = f"models/{model_id}/files/{file.name}", there / Path(file.name).name
            done = yield from download(path, target, sha256=file.sha256, size=file.bytes, on_progress=on_progress)
            written.append(done)
        return written

    @method
    def evaluation(
        self,
        model_id: str,
        *,
        target: str | None = None,
        label: str | None = None,
        step: str | None = None,
        series: str | None = None,
    ) -> Steps[Evaluation]:
        """How the model did on its test rows: of one target, label, step ahead or series, where there are several."""
        return get(Evaluation, f"models/{model_id}/evaluation", target=target, label=label, step=step, series=series)

    @listing
    def test_rows(
        self,
        model_id: str,
        *,
        order: str | None = None,
        truth: str | None = None,
        prediction: str | None = None,
        wrong: bool | None = None,
        target: str | None = None,
        limit: int | None = None,
    ) -> Flow[TestRow]:
        """Its test rows with what it answered: those of which all that is given holds."""
        asked = None if wrong is None else str(wrong).lower()
        narrowed = {"order": order, "truth": truth, "prediction": prediction, "wrong": asked, "target": target}
        return pages(TestRow, f"models/{model_id}/test-rows", limit=limit, **narrowed)

    @method
    def import_adapter(
        self, adapter: Path | str, *, base: str, name: str | None = None, on_progress: OnProgress | None = None
    ) -> Steps[Model]:
        """Registers a LoRA adapter that peft wrote, a directory or a zip of one, as a model on the model ``base``.

        Of a directory the two files that are read are sent: ``adapter_config.json`` and ``adapter_model.safetensors``.
        """
        return import_adapter(Path(adapter), base=base, name=name, on_progress=on_progress)

    @method
    def export_to(
        self,
        model_id: str,
        directory: Path | str,
        *,
        format: str = "merged",  # noqa: A002  as the service calls it
        on_progress: OnProgress | None = None,
        timeout_seconds: float | None = None,
    ) -> Steps[builtins.list[Path]]:
        """Has the model written as transformers reads it by itself, waits, and downloads it into ``directory``.

        ``merged``: the whole network, adapters added into its weights, with tokenizer and configuration. Raises
        ``ExportUnsuccessful``, ``DamagedDownload`` and ``TimedOut``.
        """
        there = Path(directory)
        return export_to(model_id, there, layout=format, on_progress=on_progress, timeout_seconds=timeout_seconds)

    @method
    def create_export(self, model_id: str, *, format: str = "merged") -> Steps[ModelExport]:  # noqa: A002  likewise
        """Has the model exported in the background; the files are kept for a day."""
        return create_export(model_id, format)

    @method
    def get_export(self, model_id: str, export_id: str) -> Steps[ModelExport]:
        """One export: how far it is, its files, or why it failed."""
        return get(ModelExport, f"models/{model_id}/exports/{export_id}")

    @listing
    def exports(self, model_id: str, *, limit: int | None = None) -> Flow[ModelExport]:
        """Exports of the model that are kept, newest first."""
        return pages(ModelExport, f"models/{model_id}/exports", limit=limit)

    @method
    def delete(self, model_id: str) -> Steps[None]:
        """Deletes the model; the job that made it and its bill stay."""
        return delete(f"models/{model_id}")

    @listing
    def list(self, *, init_from: str | None = None, limit: int | None = None) -> Flow[Model]:
        """Models, newest first; with ``init_from`` those whose training started from that one."""
        return pages(Model, "models", limit=limit, init_from=init_from)


def spec_of(model_id: str) -> Steps[dict[str, Any]]:
    """See ``Models.spec``."""
    model = yield from get(ModelDetail, f"models/{model_id}")
    if model.job_id:
        return cast("dict[str, Any]", (yield from get(Job, f"jobs/{model.job_id}")).spec)
    (file,) = (each for each in model.files if each.name == CONFIG_FILE)
    path = f"models/{model_id}/files/{CONFIG_FILE}"
    with tempfile.TemporaryDirectory() as scratch:
        written = yield from download(path, Path(scratch) / CONFIG_FILE, sha256=file.sha256, size=file.bytes)
        content = yield from blocking(written.read_bytes)
    return cast("dict[str, Any]", json.loads(content)["spec"])


def predict(model_id: str, inputs: Sequence[Any]) -> Steps[list[Prediction]]:
    """The steps of ``Models.predict``."""
    return (yield from post(Predictions, f"models/{model_id}/predict", {"inputs": [*inputs]})).predictions


def import_adapter(adapter: Path, *, base: str, name: str | None, on_progress: OnProgress | None) -> Steps[Model]:
    """See ``Models.import_adapter``."""
    fields = {"base": base, "name": name or adapter.stem}
    if not adapter.is_dir():
        return Model((yield from upload("models/import", adapter, fields=fields, on_progress=on_progress)))
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch) / f"{adapter.name or 'adapter'}.zip"
        yield from blocking(lambda: _pack(adapter, packed))
        return Model((yield from upload("models/import", packed, fields=fields, on_progress=on_progress)))


def _pack(adapter: Path, packed: Path) -> None:
    """Files that are not there are missed by the service, which says so; a pickle is named and not sent."""
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in ADAPTER_FILES:
            if (adapter / name).is_file():
                archive.write(adapter / name, name)
        if (adapter / PICKLE).is_file():
            archive.writestr(PICKLE, b"")
