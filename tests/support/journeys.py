"""What a customer does, in one call each, for tests that are about something else."""

from pathlib import Path
from typing import Any

from demo.data import TABLE_TARGET, write_table
from trainyard_client import Client


def upload_table(client: Client, directory: Path) -> str:
    """Uploads a real table and returns the id of its ready version."""
    table = directory / "table.csv"
    write_table(table)
    dataset = client.datasets.create(name="table", task="tabular_classification", options={"target": TABLE_TARGET})
    return client.datasets.wait(dataset.id, client.datasets.upload(dataset.id, table).id).id


def table_spec(version_id: str, **training: Any) -> dict[str, Any]:
    """A small multi-layer perceptron on that table; ``training`` overrides the section of that name."""
    return {
        "name": "small",
        "dataset": version_id,
        "task": "tabular_classification",
        "architecture": {"name": "mlp", "hidden": [8]},
        "training": {"epochs": 2, **training},
    }
