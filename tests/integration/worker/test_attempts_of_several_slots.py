"""An attempt of several slots: it takes them together, and they become free together."""

import json
from pathlib import Path

from worker_bench import STARTED, Devices, eventually

from trainyard_worker.testing import AttemptRecord, ControlPlaneDouble


def finished(control_plane: ControlPlaneDouble, attempt: AttemptRecord) -> None:
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")


def a_beat_later(control_plane: ControlPlaneDouble) -> None:
    heard = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > heard + 1, "time to claim has passed")


def test_it_takes_all_its_slots_and_gives_all_back(
    control_plane: ControlPlaneDouble, devices: Devices, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    wide = control_plane.offer([{"say": STARTED}, {"wait_for": str(gate)}, {"finish": 1}], slots=2)
    control_plane.wait_until(lambda: wide.said("started"), "training started")
    waiting = control_plane.offer([{"finish": 1}])
    a_beat_later(control_plane)
    assert control_plane.waiting == [waiting]
    gate.touch()
    finished(control_plane, waiting)
    assert sorted(devices.cleared[:2]) == [0, 1]


def test_it_waits_until_as_many_are_free(control_plane: ControlPlaneDouble, devices: Devices, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    narrow = control_plane.offer([{"say": STARTED}, {"wait_for": str(gate)}, {"finish": 1}])
    control_plane.wait_until(lambda: narrow.said("started"), "training started")
    wide = control_plane.offer([{"finish": 1}], slots=2)
    a_beat_later(control_plane)
    assert control_plane.waiting == [wide]
    gate.touch()
    finished(control_plane, wide)


def test_its_engine_gets_the_threads_of_all_its_slots(
    control_plane: ControlPlaneDouble, devices: Devices, tmp_path: Path
) -> None:
    look = tmp_path / "look"
    finished(control_plane, control_plane.offer([{"look": str(look)}, {"finish": 1}], slots=2))
    arguments = json.loads(look.read_text())["arguments"]
    assert arguments[arguments.index("--threads") + 1] == "2"


def test_a_slot_that_cannot_be_cleared_keeps_no_other_from_being_cleared(
    control_plane: ControlPlaneDouble, devices: Devices
) -> None:
    devices.broken.add(0)
    finished(control_plane, control_plane.offer([{"finish": 1}], slots=2))
    fault = "Slot 0: Its memory was not cleared: 999"
    control_plane.wait_until(lambda: control_plane.heartbeats[-1].fault == fault, "the fault is told")
    eventually(lambda: devices.cleared == [1], "the other slot is cleared")
