"""Attempts of the double: what was offered, and all that was accepted about each."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from trainyard_spec.files import FileEntry
from trainyard_spec.states import DesiredState
from trainyard_spec.worker_protocol import CheckpointRegistration, Claim, ResumePoint


def entry_of(name: str, content: bytes) -> FileEntry:
    return FileEntry(name=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def resume_point(step: int, files: dict[str, bytes]) -> ResumePoint:
    return ResumePoint(step=step, files=tuple(entry_of(*file) for file in files.items()))


class ProtocolProblem(Exception):
    """An answer that is an RFC 9457 problem."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass
class AttemptRecord:
    """One attempt and everything that was accepted about it."""

    claim: Claim
    files: dict[str, bytes]
    resume_files: dict[int, dict[str, bytes]]
    desired: DesiredState = DesiredState.RUN
    lost: bool = False
    holder: str = ""
    """The token of the worker that claimed it; to others it does not exist."""
    sequence: int = 0
    messages: list[Any] = field(default_factory=list)
    uploads: dict[tuple[int, str], bytes] = field(default_factory=dict)
    checkpoints: list[CheckpointRegistration] = field(default_factory=list)
    messages_before: dict[int, int] = field(default_factory=dict)
    """How many messages had been accepted when the checkpoint of a step was registered."""
    model: dict[str, bytes] = field(default_factory=dict)
    outcome: Any = None

    def said(self, kind: str) -> list[Any]:
        return [message for message in self.messages if message.type == kind]

    def check_fence(self, fence: int) -> None:
        if self.lost or fence != self.claim.fence:
            raise ProtocolProblem(409, "stale_fence")

    def check_open(self, fence: int) -> None:
        """Nothing more is taken of an attempt that has ended."""
        self.check_fence(fence)
        if self.outcome is not None:
            raise ProtocolProblem(409, "stale_fence")
