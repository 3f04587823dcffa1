"""Test double of the worker API, for who writes or changes a worker: ``running_control_plane`` serves it on loopback.

It and the control plane's own API pass one conformance suite, ``tests/integration/worker_api/test_conformance.py``.
"""

from trainyard_worker.testing.control_plane import ENROLMENT_TOKEN, ControlPlaneDouble
from trainyard_worker.testing.records import AttemptRecord, ProtocolProblem, entry_of, resume_point
from trainyard_worker.testing.server import running_control_plane

__all__ = [
    "ENROLMENT_TOKEN",
    "AttemptRecord",
    "ControlPlaneDouble",
    "ProtocolProblem",
    "entry_of",
    "resume_point",
    "running_control_plane",
]
