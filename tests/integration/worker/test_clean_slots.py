"""What one attempt leaves on a slot's device is cleared before the next."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from worker_bench import supervisor_for

from tests.support.control_plane_double import ControlPlaneDouble
from trainyard_worker.forkserver import ForkServer
from trainyard_worker.gpu_memory import NotCleared


class Device:
    def __init__(self) -> None:
        self.cleared: list[int] = []
        self.broken: set[int] = set()

    def clear(self, slot: int) -> None:
        if slot in self.broken:
            raise NotCleared("Its memory was not cleared: 999")
        self.cleared.append(slot)


@pytest.fixture
def device(control_plane: ControlPlaneDouble, forkserver: ForkServer, tmp_path: Path) -> Iterator[Device]:
    """Two slots of a supervisor at work."""
    device = Device()
    with ExitStack() as stack:
        supervisor = supervisor_for(control_plane, forkserver, tmp_path / "state", stack, clear_slot=device.clear)
        supervisor.start()
        stack.callback(supervisor.stop, grace_seconds=0)
        yield device


def test_a_slot_is_cleared_after_every_attempt(control_plane: ControlPlaneDouble, device: Device) -> None:
    for number in (1, 2):
        attempt = control_plane.offer([{"finish": 1}])
        control_plane.wait_until(lambda attempt=attempt: attempt.outcome is not None, "the attempt finished")
        heard = len(control_plane.heartbeats)
        control_plane.wait_until(lambda heard=heard: len(control_plane.heartbeats) > heard + 1, "a heartbeat later")
        assert device.cleared == [0] * number


def test_a_slot_that_cannot_be_cleared_is_not_used_again_and_the_control_plane_hears_why(
    control_plane: ControlPlaneDouble, device: Device
) -> None:
    device.broken.add(0)
    attempt = control_plane.offer([{"finish": 1}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    fault = "Slot 0: Its memory was not cleared: 999"
    control_plane.wait_until(lambda: control_plane.heartbeats[-1].fault == fault, "the fault is told")
    waiting = control_plane.offer([{"finish": 1}])
    heard = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > heard + 1, "time to claim has passed")
    assert control_plane.waiting == [waiting]
