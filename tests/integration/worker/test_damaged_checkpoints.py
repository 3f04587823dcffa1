"""A checkpoint that arrives damaged costs one generation, not the job."""

import json
from pathlib import Path

import pytest

from trainyard_worker.testing import AttemptRecord, ControlPlaneDouble

pytestmark = pytest.mark.usefixtures("supervisor")


def finished(control_plane: ControlPlaneDouble, attempt: AttemptRecord) -> str:
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    outcome: str = attempt.outcome.outcome
    return outcome


@pytest.mark.parametrize(("damaged", "resumed"), [(set(), 30), ({30}, 20), ({30, 20}, 10)])
def test_a_damaged_checkpoint_falls_back_on_the_one_before(
    control_plane: ControlPlaneDouble, tmp_path: Path, damaged: set[int], resumed: int
) -> None:
    control_plane.damaged_steps, look = damaged, tmp_path / "look"
    points = {step: {"weights": b"w%d" % step} for step in (30, 20, 10)}
    newest = points.pop(30)
    attempt = control_plane.offer([{"look": str(look)}, {"finish": 40}], resume=newest, resume_step=30, earlier=points)
    assert finished(control_plane, attempt) == "succeeded"
    found = [name for name in json.loads(look.read_text())["files"] if name.endswith("/weights")]
    assert found == [f"out/checkpoints/step-{resumed:010d}/weights"]


def test_an_attempt_none_of_whose_checkpoints_is_whole_fails(control_plane: ControlPlaneDouble) -> None:
    control_plane.damaged_steps = {30, 20}
    attempt = control_plane.offer(
        [{"finish": 40}], resume={"weights": b"w30"}, resume_step=30, earlier={20: {"weights": b"w20"}}
    )
    assert finished(control_plane, attempt) == "failed"
    assert attempt.outcome.failure.code == "download_corrupt"
