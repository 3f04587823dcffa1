"""What one attempt leaves on a slot's device is cleared before the next."""

from worker_bench import Devices

from trainyard_worker.testing import ControlPlaneDouble


def test_a_slot_is_cleared_after_every_attempt(control_plane: ControlPlaneDouble, devices: Devices) -> None:
    for number in (1, 2):
        attempt = control_plane.offer([{"finish": 1}])
        control_plane.wait_until(lambda attempt=attempt: attempt.outcome is not None, "the attempt finished")
        heard = len(control_plane.heartbeats)
        control_plane.wait_until(lambda heard=heard: len(control_plane.heartbeats) > heard + 1, "a heartbeat later")
        assert devices.cleared == [0] * number


def test_a_slot_that_cannot_be_cleared_is_not_used_again_and_the_control_plane_hears_why(
    control_plane: ControlPlaneDouble, devices: Devices
) -> None:
    devices.broken.add(0)
    attempt = control_plane.offer([{"finish": 1}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    fault = "Slot 0: Its memory was not cleared: 999"
    control_plane.wait_until(lambda: control_plane.heartbeats[-1].fault == fault, "the fault is told")
    waiting = control_plane.offer([{"finish": 1}])
    heard = len(control_plane.heartbeats)
    control_plane.wait_until(lambda: len(control_plane.heartbeats) > heard + 1, "time to claim has passed")
    assert control_plane.waiting == [waiting]
