"""The steps of exports of models: asked for, waited for, downloaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from trainyard_client.core.calls import get, post
from trainyard_client.core.downloads import OnProgress, download
from trainyard_client.core.steps import Steps, blocking, clock, sleep
from trainyard_client.errors import DamagedDownload, ExportUnsuccessful, TimedOut
from trainyard_client.types import ModelExport

POLL_SECONDS = 1.0
PATIENCE_SECONDS = 300.0
"""How long the service may be away meanwhile."""


def create_export(model_id: str, layout: str) -> Steps[ModelExport]:
    """See ``Models.create_export``."""
    return post(ModelExport, f"models/{model_id}/exports", {"format": layout})


def export_to(
    model_id: str,
    directory: Path,
    *,
    layout: str,
    on_progress: OnProgress | None,
    timeout_seconds: float | None,
) -> Steps[list[Path]]:
    """See ``Models.export_to``."""
    export = yield from create_export(model_id, layout)
    path, started = f"models/{model_id}/exports/{export.id}", (yield from clock())
    while export.state not in ("succeeded", "failed"):
        if timeout_seconds is not None and (yield from clock()) - started >= timeout_seconds:
            raise TimedOut(f"{export.id} is still {export.state} after {timeout_seconds:g} seconds.")
        yield from sleep(POLL_SECONDS)
        export = yield from get(ModelExport, path, for_seconds=PATIENCE_SECONDS)
    if export.state == "failed":
        raise ExportUnsuccessful(export)
    written = []
    for file in export.files:
        target = _below(directory, file.name)
        yield from blocking(partial(target.parent.mkdir, parents=True, exist_ok=True))
        source = f"{path}/files/{file.name}"
        done = yield from download(source, target, sha256=file.sha256, size=file.bytes, on_progress=on_progress)
        written.append(done)
    return written


def _below(directory: Path, name: str) -> Path:
    """Where the file ``name`` goes, which a service could call anything. Raises ``DamagedDownload``."""
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise DamagedDownload(f"{name} is no name of a file below a directory.")
    return directory.joinpath(*parts)
