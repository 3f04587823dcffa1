"""The sandbox around processes that read what strangers wrote: compilations, trainings and predictions.

``enter`` makes the process that will start them the first one of namespaces of its own, ``fork``
gives each a namespace of processes, and ``confine`` is what it does to itself before it reads its first byte.
``python -m trainyard_common.sandbox`` finds out what this host allows.
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
