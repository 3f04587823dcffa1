"""Answers about architectures. Written by ``scripts/client_types.py``."""

from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import Task


class Architecture(Answer):
    name: str
    title: str
    summary: str
    tasks: list[Task]
    hyperparameters: dict[str, Any]
    """JSON Schema; limits stand beside each field."""
    defaults: dict[str, Any]
    """The value of each hyperparameter that a spec leaves out."""
