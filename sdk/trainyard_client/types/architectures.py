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
    """JSON Schema of the hyperparameters, with their bounds."""
    defaults: dict[str, Any]
    """Default value of each hyperparameter."""
