"""Job states, their transitions and the reasons for them, as tables."""

from enum import StrEnum


class JobState(StrEnum):
    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
HELD_BY_A_WORKER = frozenset({JobState.STARTING, JobState.RUNNING, JobState.STOPPING})

TRANSITIONS: dict[JobState, dict[JobState, str]] = {
    JobState.QUEUED: {
        JobState.STARTING: "a worker claims it",
        JobState.PAUSED: "pause, no funds for a stretch",
        JobState.CANCELLED: "cancel",
        JobState.FAILED: "cannot run",
    },
    JobState.STARTING: {
        JobState.RUNNING: "first step comes next",
        JobState.STOPPING: "pause, cancel, drain, preemption",
        JobState.QUEUED: "worker lost, fault",
        JobState.PAUSED: "no room to keep work, too many faults",
        JobState.FAILED: "user fault, too many faults with nothing kept",
    },
    JobState.RUNNING: {
        JobState.SUCCEEDED: "model registered",
        JobState.STOPPING: "pause, cancel, limit, drain, preemption",
        JobState.QUEUED: "worker lost, fault",
        JobState.PAUSED: "no room to keep work, too many faults",
        JobState.FAILED: "user fault, too many faults with nothing kept",
    },
    JobState.STOPPING: {
        JobState.PAUSED: "paused, limit reached, too many faults",
        JobState.QUEUED: "drained, preempted, worker lost",
        JobState.CANCELLED: "cancelled",
        JobState.SUCCEEDED: "it was quicker",
        JobState.FAILED: "user fault, too many faults with nothing kept",
    },
    JobState.PAUSED: {
        JobState.QUEUED: "resume, room again",
        JobState.CANCELLED: "cancel",
    },
    JobState.SUCCEEDED: {},
    JobState.FAILED: {},
    JobState.CANCELLED: {},
}
"""Where each state leads, with what leads there."""


class Reason(StrEnum):
    """Why a job is in its state: machine-readable, stored with every transition."""

    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    TRAINING = "training"
    COMPLETED = "completed"
    USER_PAUSED = "user_paused"
    USER_CANCELLED = "user_cancelled"
    USER_RESUMED = "user_resumed"
    CAP_REACHED = "cap_reached"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    PAYMENT_OVERDUE = "payment_overdue"
    MAX_RUNTIME = "max_runtime"
    WORKER_LOST = "worker_lost"
    PREEMPTED = "preempted"
    DRAINED = "drained"
    QUARANTINED = "quarantined"
    SUSPENDED = "suspended"
    INFRASTRUCTURE = "infrastructure"
    HANG = "hang"
    USER_FAULT = "user_fault"
    STORAGE = "storage"
    ROOM_AGAIN = "room_again"
    FUNDS_AGAIN = "funds_again"


FORMER_USER_REASON = "user"
"""Stood for all three of ``USER_…`` in earlier releases, and stands in the events that they stored."""


def reason_of_today(reason: str, *, to_state: str, desired: str | None = None) -> str:
    """The reason of an event, under today's name.

    Parameters
    ----------
    reason
        As it was stored, perhaps by an earlier release.
    to_state
        The state that the event led to; empty where it left the state as it was.
    desired
        What the job's worker was asked for by it, if anything.
    """
    if reason != FORMER_USER_REASON:
        return reason
    if to_state == JobState.CANCELLED or desired == DesiredState.CANCEL:
        return Reason.USER_CANCELLED
    return Reason.USER_RESUMED if to_state == JobState.QUEUED else Reason.USER_PAUSED


class DesiredState(StrEnum):
    """Desired state of a running attempt; the reply to every report."""

    RUN = "run"
    STOP_WITH_CHECKPOINT = "stop_with_checkpoint"
    CANCEL = "cancel"


class AttemptState(StrEnum):
    """``claimed`` until training starts, then ``training``; the other states say how the attempt ended."""

    CLAIMED = "claimed"
    TRAINING = "training"
    SUCCEEDED = "succeeded"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"
    LOST = "lost"


LIVE_ATTEMPT_STATES = frozenset({AttemptState.CLAIMED, AttemptState.TRAINING})


class DatasetState(StrEnum):
    VALIDATING = "validating"
    READY = "ready"
    REJECTED = "rejected"
