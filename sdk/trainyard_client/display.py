"""Live progress bars of jobs in a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from trainyard_client.types import Job

SHOWN_METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy", "val_r2")


class JobBars:
    """One bar a job: name, percent, loss and accuracy. A context manager; ``show`` it every new look at a job."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
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
            metrics=_metrics(job),
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def _metrics(job: Job) -> str:
    latest = job.metrics.latest
    return "  ".join(f"{name} {latest[name]:.4f}" for name in SHOWN_METRICS if latest.get(name) is not None)
