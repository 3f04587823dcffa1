"""Sends a file as a version of a dataset and waits until it has been checked."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainyard_client.cli.output import stderr
from trainyard_client.resources.datasets import is_address

if TYPE_CHECKING:
    from trainyard_client.client import Client
    from trainyard_client.core.uploads import OnProgress
    from trainyard_client.types import DatasetVersion


def sent(
    client: Client,
    file: Path | str,
    *,
    task: str = "",
    name: str = "",
    options: Mapping[str, Any],
    dataset_id: str = "",
    resume: str = "",
) -> DatasetVersion:
    """The ready version that the file is now: of a new dataset, of ``dataset_id``, or of the upload to ``resume``.

    ``file`` may be an address, which the service fetches.
    """
    called = Path(file).name
    with shown(called) as on_progress:
        if dataset_id and is_address(file):
            made = client.datasets.import_from(dataset_id, str(file), on_progress=on_progress)
        elif dataset_id or resume:
            made = client.datasets.upload(dataset_id, file, on_progress=on_progress, resume=resume or None)
        else:
            made = client.datasets.create_from(file, task=task, name=name, options=options, on_progress=on_progress)
    with stderr().status(f"Checking {called} …"):
        return client.datasets.wait(made.dataset_id, made.id)


@contextmanager
def shown(name: str) -> Iterator[OnProgress | None]:
    """A bar of bytes in a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=stderr(), transient=True) as progress:
        bar = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
