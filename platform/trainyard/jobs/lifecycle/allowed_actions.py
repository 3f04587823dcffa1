"""Allowed actions on a job: one table of which action is allowed in which state and to whom.

The operations check it, the API serves the allowed actions with each job, and clients show buttons for them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from trainyard.core.errors import Conflict
from trainyard.jobs.lifecycle.stopping import stop_requested
from trainyard.jobs.models import Job
from trainyard.tenants.permissions import is_allowed
from trainyard_spec.states import HELD_BY_A_WORKER, TERMINAL_STATES, DesiredState, JobState, Reason
from trainyard_spec.stop_rules import REQUESTED_STOPS, StopRule


class JobFinished(Conflict):
    code = "job_finished"


class JobIsCancelling(Conflict):
    code = "job_is_cancelling"


class JobNotPaused(Conflict):
    code = "job_not_paused"


class JobAction(StrEnum):
    RESUME = "resume"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class ActionRule:
    """Callers with ``permission`` may take the action in ``states``; in ``done_in`` it has been taken already.

    ``stop`` is the stop that it requests of a worker that holds the job: not allowed while a stronger one is requested.
    """

    permission: str
    states: frozenset[JobState]
    done_in: frozenset[JobState] = frozenset()
    stop: StopRule | None = None


ACTION_RULES: dict[JobAction, ActionRule] = {
    JobAction.RESUME: ActionRule("jobs.write", states=frozenset({JobState.PAUSED})),
    JobAction.PAUSE: ActionRule(
        "jobs.write",
        states=HELD_BY_A_WORKER | {JobState.QUEUED},
        done_in=frozenset({JobState.PAUSED}),
        stop=REQUESTED_STOPS[DesiredState.STOP_WITH_CHECKPOINT, Reason.USER_PAUSED],
    ),
    JobAction.CANCEL: ActionRule(
        "jobs.write",
        states=HELD_BY_A_WORKER | {JobState.QUEUED, JobState.PAUSED},
        done_in=frozenset({JobState.CANCELLED}),
        stop=REQUESTED_STOPS[DesiredState.CANCEL, Reason.USER_CANCELLED],
    ),
}


def allowed_actions(job: Job, *, role: str, scopes: Collection[str] | None) -> list[JobAction]:
    """The actions that would change ``job`` and that somebody of ``role``, or a key with ``scopes``, may take."""
    return list(_allowed(job.state, stop_requested(job), role, None if scopes is None else frozenset(scopes)))


@lru_cache(4_096)
def _allowed(state: str, asked: StopRule | None, role: str, scopes: frozenset[str] | None) -> tuple[JobAction, ...]:
    """The same for every job in ``state`` whose worker is ``asked`` for the same stop: a page has fifty of them."""
    return tuple(
        action
        for action, rule in ACTION_RULES.items()
        if state in rule.states
        and not _is_outranked(rule, asked)
        and is_allowed(rule.permission, role=role, scopes=scopes)
    )


def is_to_do(action: JobAction, job: Job) -> bool:
    """Whether the table lets ``action`` change ``job``; false where it was taken before: a repetition changes nothing.

    Raises ``JobFinished``, ``JobIsCancelling`` and ``JobNotPaused`` where it is not allowed.
    """
    rule = ACTION_RULES[action]
    if job.state in rule.done_in:
        return False
    if job.state in TERMINAL_STATES:
        raise JobFinished(f"The job has {job.state}." if job.state != JobState.CANCELLED else "The job was cancelled.")
    if job.state not in rule.states:
        raise JobNotPaused(f"The job is {job.state}.", hint="Only a paused job can be resumed.")
    if not _is_outranked(rule, stop_requested(job)):
        return True
    if action == JobAction.PAUSE and job.desired == DesiredState.CANCEL:
        raise JobIsCancelling("The job is being cancelled.")
    return False


def _is_outranked(rule: ActionRule, asked: StopRule | None) -> bool:
    """Whether a worker that is ``asked`` for a stop is asked for this one, or for something stronger."""
    return rule.stop is not None and asked is not None and asked.rank >= rule.stop.rank
