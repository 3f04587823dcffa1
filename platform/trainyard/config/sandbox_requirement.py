"""Sandbox of the processes that read uploads, determined when a server starts."""

import sys

from trainyard.datasets.compiler import host_sandbox
from trainyard_common.sandbox.host import SandboxRequired


def require_sandbox() -> None:
    """For control workers: ends the process with a sentence where a sandbox is required and cannot be built."""
    try:
        host_sandbox()
    except SandboxRequired as refusal:
        sys.exit(str(refusal))
