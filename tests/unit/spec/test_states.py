"""The tables of states hold together."""

from trainyard_spec.states import (
    HELD_BY_A_WORKER,
    LIVE_ATTEMPT_STATES,
    TERMINAL_STATES,
    TRANSITIONS,
    AttemptState,
    JobState,
)


def reachable_from(start: JobState) -> set[JobState]:
    found = {start}
    while grown := {after for state in found for after in TRANSITIONS[state]} - found:
        found |= grown
    return found


def test_every_state_has_its_row() -> None:
    assert TRANSITIONS.keys() == set(JobState)


def test_nothing_leaves_a_terminal_state_and_every_other_state_can_be_left() -> None:
    assert {state for state, after in TRANSITIONS.items() if not after} == TERMINAL_STATES


def test_no_transition_stays_where_it_is() -> None:
    assert all(state not in after for state, after in TRANSITIONS.items())


def test_every_state_can_be_reached_from_the_queue() -> None:
    assert reachable_from(JobState.QUEUED) == set(JobState)


def test_every_job_can_still_end_each_way() -> None:
    for state in set(JobState) - TERMINAL_STATES:
        assert reachable_from(state) >= TERMINAL_STATES


def test_a_job_runs_only_through_a_worker() -> None:
    before_running = {state for state, after in TRANSITIONS.items() if JobState.RUNNING in after}
    assert before_running == {JobState.STARTING}
    before_success = {state for state, after in TRANSITIONS.items() if JobState.SUCCEEDED in after}
    assert before_success <= HELD_BY_A_WORKER


def test_a_worker_that_is_lost_gives_the_job_back() -> None:
    assert all(JobState.QUEUED in TRANSITIONS[state] for state in HELD_BY_A_WORKER)


def test_live_attempts_are_those_that_have_not_ended() -> None:
    assert set(AttemptState) - LIVE_ATTEMPT_STATES == {
        *(AttemptState.SUCCEEDED, AttemptState.STOPPED, AttemptState.CANCELLED),
        *(AttemptState.FAILED, AttemptState.LOST),
    }
