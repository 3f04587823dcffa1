"""Answers about samples. Written by ``scripts/client_types.py``."""

from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Task


class Sample(Answer):
    name: str
    """Name for `POST /samples/{name}`."""
    title: str
    """Name of the dataset that is created."""
    summary: str
    task: Task
    options: dict[str, Any]
    """Values of a dataset's ``options``; their JSON Schema is part of the API."""
    filename: str


class Samples(Answer):
    data: list[Sample]
