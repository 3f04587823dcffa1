"""Job states, the transitions between them and the reasons that may stand beside one, as tables."""

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

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.STARTING, JobState.PAUSED, JobState.CANCELLED, JobState.FAILED}),
    JobState.STARTING: frozenset({JobState.RUNNING, JobState.STOPPING, JobState.QUEUED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.STOPPING, JobState.QUEUED}),
    JobState.STOPPING: frozenset(
        {JobState.PAUSED, JobState.QUEUED, JobState.CANCELLED, JobState.SUCCEEDED, JobState.FAILED}
    ),
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Reason(StrEnum):
    """Why a job is in its state; machine-readable, beside every transition."""

    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    TRAINING = "training"
    COMPLETED = "completed"
    USER = "user"
    CAP_REACHED = "cap_reached"
    MAX_RUNTIME = "max_runtime"
    WORKER_LOST = "worker_lost"
    DRAINED = "drained"
    INFRASTRUCTURE = "infrastructure"
    USER_FAULT = "user_fault"


class DesiredState(StrEnum):
    """What the control plane wants of a running attempt; the reply to every report."""

    RUN = "run"
    STOP_WITH_CHECKPOINT = "stop_with_checkpoint"
    CANCEL = "cancel"


class AttemptState(StrEnum):
    """``claimed`` until training starts; the others say how the attempt ended."""

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
