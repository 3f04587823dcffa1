"""Speed profiles on a worker: measured on free slots, within their time, and given up for a job at once."""

from pathlib import Path
from typing import Any

import pytest

from trainyard_spec.worker_protocol import ProfileFinish
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ControlPlaneDouble

PROFILED: dict[str, Any] = {
    "say": {
        "type": "profiled",
        "timings": {"steps_per_epoch": 9, "first_step_seconds": 1, "steps": 4, "steps_seconds": 2},
    }
}
BETTER: dict[str, Any] = {
    "say": {"type": "profiled", "timings": {**PROFILED["say"]["timings"], "validations": 1, "validations_seconds": 3}}
}
TOO_LARGE = {"say": {"type": "failed", "fault": "user", "code": "out_of_memory", "message": "It does not fit."}}
FOR_EVER = {"wait_for": "/never"}


def ended(control_plane: ControlPlaneDouble, profile: str) -> ProfileFinish:
    control_plane.wait_until(lambda: profile in control_plane.profile_ends, "the profile has ended")
    (finish,) = control_plane.profile_ends[profile]
    return finish


def test_the_last_that_was_measured_is_told(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
) -> None:
    finish = ended(control_plane, control_plane.offer_profile([PROFILED, {"print": "noise"}, BETTER]))
    assert finish.failure is None
    assert finish.timings is not None
    assert (finish.timings.step_seconds, finish.timings.validations_seconds) == (0.5, 3)
    assert not any((tmp_path / "state" / "predictions").iterdir())


def test_when_time_is_up_what_was_measured_until_then_counts(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    finish = ended(control_plane, control_plane.offer_profile([PROFILED, FOR_EVER], seconds=0.5))
    assert finish.timings is not None
    assert finish.timings.validations == 0


@pytest.mark.parametrize(
    ("script", "fault", "code"),
    [
        ([TOO_LARGE], "user", "out_of_memory"),
        ([PROFILED, TOO_LARGE], "user", "out_of_memory"),
        ([{"kill": 11}], "infrastructure", "engine_crashed"),
        ([FOR_EVER], "user", "profile_too_long"),
    ],
)
def test_what_cannot_be_measured_says_why(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, script: list[dict[str, Any]], fault: str, code: str
) -> None:
    failure = ended(control_plane, control_plane.offer_profile(script, seconds=0.5)).failure
    assert failure is not None
    assert (failure.fault, failure.code) == (fault, code)


def test_data_that_stay_damaged_are_no_fault_of_the_spec(
    control_plane: ControlPlaneDouble, supervisor: Supervisor
) -> None:
    control_plane.corrupt = 100
    failure = ended(control_plane, control_plane.offer_profile([PROFILED])).failure
    assert failure is not None
    assert (failure.fault, failure.code) == ("infrastructure", "profile_unavailable")


def test_a_job_takes_the_slots_of_a_profile_at_once(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    profile = control_plane.offer_profile([{"look": str(started)}, FOR_EVER], slots=2, seconds=600)
    control_plane.wait_until(lambda: profile in control_plane.profiles and started.exists(), "it is being measured")
    attempt = control_plane.offer([{"finish": 1}])
    supervisor.ring()
    control_plane.wait_until(lambda: attempt.outcome is not None, "the job has finished")
    assert attempt.outcome.outcome == "succeeded"
    assert ended(control_plane, profile) == ProfileFinish()


def test_a_job_beside_a_profile_leaves_it_alone(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
) -> None:
    started, go_on = tmp_path / "started", tmp_path / "go_on"
    script = [{"look": str(started)}, {"wait_for": str(go_on)}, PROFILED]
    profile = control_plane.offer_profile(script, seconds=600)
    control_plane.wait_until(lambda: profile in control_plane.profiles and started.exists(), "it is being measured")
    attempt = control_plane.offer([{"finish": 1}])
    supervisor.ring()
    control_plane.wait_until(lambda: attempt.outcome is not None, "the job has finished")
    assert profile not in control_plane.profile_ends
    go_on.touch()
    assert ended(control_plane, profile).timings is not None


def test_a_worker_that_stops_gives_its_profile_back(
    control_plane: ControlPlaneDouble, supervisor: Supervisor, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    profile = control_plane.offer_profile([{"look": str(started)}, FOR_EVER], seconds=600)
    control_plane.wait_until(lambda: profile in control_plane.profiles and started.exists(), "it is being measured")
    supervisor.stop(grace_seconds=5)
    assert ended(control_plane, profile) == ProfileFinish()
