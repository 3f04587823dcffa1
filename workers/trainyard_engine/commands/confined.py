"""``confined``: runs another command under resource limits, and no longer than the process that started it."""

import json
import os

from trainyard_engine import commands, processes
from trainyard_spec.engine_protocol import ExitStatus


def run(arguments: list[str]) -> int:
    """``arguments`` are a JSON object ``{"parent": pid, "limits": {name: value}}`` and the command to run.

    The names of limits are those of ``processes.set_limits``.
    """
    confinement = json.loads(arguments[0])
    processes.die_with_parent()
    if os.getppid() != confinement["parent"]:
        return ExitStatus.FAILED
    processes.set_limits(confinement["limits"])
    return commands.run(arguments[1:])
