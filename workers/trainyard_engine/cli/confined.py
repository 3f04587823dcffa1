"""``confined``: runs another command in a sandbox, under limits, and no longer than the process that started it."""

import json
import os

from trainyard_common import sandbox
from trainyard_common.processes import signal_at_parent_death
from trainyard_common.sandbox import Policy, Sandbox, SandboxKind
from trainyard_engine import cli
from trainyard_engine.core import processes
from trainyard_spec.engine_protocol import ExitStatus


def run(arguments: list[str]) -> int:
    """``arguments`` are a JSON object and the command to run.

    The object is ``{"parent": pid, "limits": {name: value}, "sandbox": "…", "policy": {…}}``: the names of limits are
    those of ``processes.set_limits``, and the other two what ``trainyard_common.sandbox`` writes.
    """
    confinement = json.loads(arguments[0])
    confined_by = Sandbox.from_json(confinement["sandbox"])
    signal_at_parent_death()
    if os.getppid() != confinement["parent"]:
        return ExitStatus.FAILED
    if confined_by.kind is SandboxKind.NAMESPACES:
        sandbox.enter(confined_by.user)
        sandbox.delegate()
    processes.set_limits(confinement["limits"])
    sandbox.confine(Policy.from_dict(confinement["policy"]), confined_by)
    return cli.run(arguments[1:])
