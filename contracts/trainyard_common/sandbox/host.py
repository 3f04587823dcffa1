"""Sandbox support of the host, probed in a separate process because the current process may have threads."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from trainyard_common.sandbox.policy import Sandbox, SandboxKind, SandboxMode

PROBE_SECONDS = 60.0
SWITCHED_OFF = "The operator has switched it off (TRAINYARD_SANDBOX=off): engines are not confined."


class SandboxRequired(Exception):
    """The operator requires a sandbox that this host does not support; the message says why."""


def sandbox_of_host(mode: SandboxMode, *, python: Path, environment: Mapping[str, str]) -> Sandbox:
    """The strongest that ``python``, which will run the engines in ``environment``, can build here.

    Raises ``SandboxRequired`` where ``mode`` asks for more.
    """
    if mode is SandboxMode.OFF:
        return Sandbox(missing=(SWITCHED_OFF,))
    found = _ask(python, environment)
    if mode is SandboxMode.REQUIRED and found.kind is not SandboxKind.NAMESPACES:
        raise SandboxRequired(
            f"TRAINYARD_SANDBOX is required, and this host cannot build one: {' '.join(found.missing)} "
            "Allow namespaces to unprivileged users, or set TRAINYARD_SANDBOX=auto."
        )
    return found


def _ask(python: Path, environment: Mapping[str, str]) -> Sandbox:
    command = [str(python), "-P", "-m", "trainyard_common.sandbox"]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=True
        )
        return Sandbox.from_json(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        return Sandbox(missing=(f"What this host allows could not be found out: {error}.",))
