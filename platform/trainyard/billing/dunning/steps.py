"""The steps of dunning as a table: the action for each number of days after the due date."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from trainyard.billing.dunning.models import DunningCase

Stage = DunningCase.Stage


@dataclass(frozen=True, slots=True)
class Step:
    """One step, ``after`` the due date.

    With ``charges`` the saved payment method is charged. ``stage`` applies from this step on.
    """

    after: timedelta
    charges: bool
    stage: DunningCase.Stage


STEPS: tuple[Step, ...] = (
    *(Step(timedelta(days=days), charges=True, stage=Stage.RETRYING) for days in (0, 1, 3, 5, 7)),
    Step(timedelta(days=8), charges=False, stage=Stage.NO_NEW_JOBS),
    Step(timedelta(days=10), charges=False, stage=Stage.JOBS_STOPPED),
)
WHAT_FOLLOWS = {
    Stage.RETRYING: "Without a payment no new jobs start 8 days after it was due.",
    Stage.NO_NEW_JOBS: "No new jobs start. Running ones stop with a checkpoint 10 days after it was due.",
    Stage.JOBS_STOPPED: "Jobs have stopped with a checkpoint, and go on once it is paid.",
}


class Action(StrEnum):
    """What a step does: charge the saved payment method, remind where none is saved, or stop work."""

    CHARGE = "charge"
    REMIND = "remind"
    NO_NEW_JOBS = "no_new_jobs"
    STOP_JOBS = "stop_jobs"


_ACTION_OF = {Stage.NO_NEW_JOBS: Action.NO_NEW_JOBS, Stage.JOBS_STOPPED: Action.STOP_JOBS}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next action, and the billing calendar time at which it is taken."""

    action: Action
    at: datetime


def next_step(case: DunningCase, *, has_payment_method: bool) -> NextStep | None:
    """What comes next in a case; None after the last step."""
    if case.next_at is None:
        return None
    step = STEPS[case.steps_done]
    charge = Action.CHARGE if has_payment_method else Action.REMIND
    return NextStep(charge if step.charges else _ACTION_OF[step.stage], case.next_at)
