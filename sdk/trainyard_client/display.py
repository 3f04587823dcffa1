"""Live progress bars of jobs in a terminal."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from trainyard_client.types import Job

SHOWN_METRICS = {"loss": ("val_loss", "train_loss"), "accuracy": ("val_accuracy", "train_accuracy"), "r2": ("val_r2",)}
"""What is shown, by label: the first of these series that the job has."""
BAR_WIDTH = 20


class JobBars:
    """One bar a job: name, percent, loss and accuracy. A context manager; ``show`` it every new look at a job."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(BAR_WIDTH),
            TaskProgressColumn(),
            TextColumn("{task.fields[state]}"),
            TextColumn("{task.fields[metrics]}"),
            console=console,
        )
        self._bars: dict[str, TaskID] = {}

    def show(self, job: Job) -> None:
        if job.id not in self._bars:
            self._bars[job.id] = self._progress.add_task(job.name, total=100, state="", metrics="")
        self._progress.update(
            self._bars[job.id],
            completed=100 if job.state == "succeeded" else job.progress.percent or 0,
            state=job.state,
            metrics=metrics_line(job.metrics.latest),
        )

    def __rich__(self) -> RenderableType:
        return self._progress.get_renderable()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def metrics_line(latest: Mapping[str, float | None]) -> str:
    """The newest loss and quality, in a few words."""
    shown = []
    for label, names in SHOWN_METRICS.items():
        value = next((latest[name] for name in names if latest.get(name) is not None), None)
        if value is not None:
            shown.append(f"{label} {value:.4f}")
    return "  ".join(shown)
