"""Answers about samples. Written by ``scripts/client_types.py``."""

from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Task


class Sample(Answer):
    name: str
    """As `POST /samples/{name}` takes it."""
    title: str
    """The name of the dataset that it becomes."""
    summary: str
    task: Task
    options: dict[str, Any]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""
    filename: str


class Samples(Answer):
    data: list[Sample]
