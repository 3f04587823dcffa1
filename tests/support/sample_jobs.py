"""Sample jobs: what a customer uploads and submits, in one call each, for tests that are about something else."""

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
        "training": {"epochs": 2, "batch_size": 64, **training},
    }


def text_spec(version_id: str) -> dict[str, Any]:
    """Pooled embeddings of texts, small and quick to learn."""
    return {
        "name": "texts",
        "dataset": version_id,
        "task": "text_classification",
        "architecture": {"name": "text_pool", "embedding": 16, "hidden": []},
        "training": {"epochs": 8, "batch_size": 16, "optimizer": {"name": "adamw", "lr": 0.05}},
    }
