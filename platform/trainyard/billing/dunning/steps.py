"""The steps of dunning, as a table: what happens how many days after an invoice was due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from trainyard.billing.dunning.models import DunningCase

Stage = DunningCase.Stage


@dataclass(frozen=True, slots=True)
class Step:
    """``after`` the invoice was due. ``charges``: the saved payment method is tried. ``stage`` holds from then on."""

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
    """What a step does: it charges the saved payment method, or without one only reminds; then it stops work."""

    CHARGE = "charge"
    REMIND = "remind"
    NO_NEW_JOBS = "no_new_jobs"
    STOP_JOBS = "stop_jobs"


_ACTION_OF = {Stage.NO_NEW_JOBS: Action.NO_NEW_JOBS, Stage.JOBS_STOPPED: Action.STOP_JOBS}


@dataclass(frozen=True, slots=True)
class NextStep:
    """What is done next, ``at`` which time by billing's calendar."""

    action: Action
    at: datetime


def next_step(case: DunningCase, *, has_payment_method: bool) -> NextStep | None:
    """What comes next in a case; None after the last step."""
    if case.next_at is None:
        return None
    step = STEPS[case.steps_done]
    charge = Action.CHARGE if has_payment_method else Action.REMIND
    return NextStep(charge if step.charges else _ACTION_OF[step.stage], case.next_at)
