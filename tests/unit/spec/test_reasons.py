"""Reasons that earlier releases stored under one name."""

import pytest

from trainyard_spec.states import DesiredState, JobState, Reason, reason_of_today


@pytest.mark.parametrize(
    ("to_state", "desired", "reason"),
    [
        (JobState.QUEUED, None, Reason.USER_RESUMED),
        (JobState.PAUSED, None, Reason.USER_PAUSED),
        (JobState.CANCELLED, None, Reason.USER_CANCELLED),
        (JobState.STOPPING, DesiredState.STOP_WITH_CHECKPOINT, Reason.USER_PAUSED),
        (JobState.STOPPING, DesiredState.CANCEL, Reason.USER_CANCELLED),
        ("", DesiredState.CANCEL, Reason.USER_CANCELLED),
    ],
)
def test_a_former_reason_is_told_by_what_came_of_it(to_state: str, desired: str | None, reason: Reason) -> None:
    assert reason_of_today("user", to_state=to_state, desired=desired) == reason


@pytest.mark.parametrize("reason", [*Reason, ""])
def test_a_reason_of_today_stays(reason: str) -> None:
    assert reason_of_today(reason, to_state=JobState.QUEUED) == reason
