"""The sandbox of processes that read untrusted input: compilations, trainings and predictions.

``enter`` moves the process that will start them into new namespaces, ``fork`` gives each of them a PID namespace, and
``confine`` is called by the confined process before it reads its first byte. ``python -m trainyard_common.sandbox``
reports what this host supports.
"""

from trainyard_common.sandbox.confinement import confine, prepare
from trainyard_common.sandbox.entering import delegate, enter, fork
from trainyard_common.sandbox.errors import CannotConfine
from trainyard_common.sandbox.policy import Policy, Sandbox, SandboxKind, SandboxMode

__all__ = [
    "CannotConfine",
    "Policy",
    "Sandbox",
    "SandboxKind",
    "SandboxMode",
    "confine",
    "delegate",
    "enter",
    "fork",
    "prepare",
]
