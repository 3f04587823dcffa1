"""Real tables: those that scikit-learn carries, compiled as an upload is."""

from pathlib import Path
from typing import Any

from tests.support import uploads
from tests.support.compiling import accepted
from trainyard_spec.tasks import Task


def compiled_table(directory: Path, table: Any, task: Task) -> Path:
    """One of scikit-learn's bunches; the classes of a classification become words."""
    directory.mkdir(parents=True, exist_ok=True)
    target = [f"class {label}" for label in table.target] if task.is_classification else table.target.tolist()
    names = [*table.feature_names, "target"]
    rows = [
        dict(zip(names, (*values, value), strict=True))
        for values, value in zip(table.data.tolist(), target, strict=True)
    ]
    accepted(uploads.write_csv(directory / "table.csv", rows), task, target="target")
    return directory / "compiled"
