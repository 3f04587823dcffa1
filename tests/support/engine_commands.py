"""Commands of the engine in the test's own process: as one each they import torch and transformers for seconds."""

from importlib import import_module
from io import StringIO

import pytest

from trainyard_engine.cli import COMMANDS
from trainyard_engine.core.messages import Messages


def run_command(name: str, *arguments: object) -> int:
    """The exit status. What the command would print goes nowhere: standard output is pytest's."""
    command = import_module(COMMANDS[name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "claim_stdout", lambda: Messages(StringIO()))
        status: int = command.run([str(argument) for argument in arguments])
    return status
