"""An engine that hangs gives its slot back."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from worker_bench import STARTED, WATCHDOG_LIMITS, supervisor_for

from trainyard_spec.states import DesiredState
from trainyard_worker.forkserver_client import ForkServerClient
from trainyard_worker.supervisor import Supervisor
from trainyard_worker.testing import ControlPlaneDouble

FIRST_STEP = {"say": {"type": "first_step", "step": 1}}


@pytest.fixture
def supervisor(
    control_plane: ControlPlaneDouble, forkserver: ForkServerClient, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Supervisor]:
    with ExitStack() as stack:
        watchdog_limits = replace(WATCHDOG_LIMITS, **request.param)
        supervisor = supervisor_for(
            control_plane, forkserver, tmp_path / "state", stack, watchdog_limits=watchdog_limits
        )
        supervisor.start()
        stack.callback(supervisor.stop, grace_seconds=0)
        yield supervisor


@pytest.mark.usefixtures("supervisor")
@pytest.mark.parametrize("supervisor", [{"floor_seconds": 0.3}], ids=[""], indirect=True)
def test_a_training_that_takes_no_step_is_killed_and_told(control_plane: ControlPlaneDouble) -> None:
    attempt = control_plane.offer([{"say": STARTED}, FIRST_STEP, {"checkpoint": 10}, {"kill": int(signal.SIGSTOP)}])
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    assert (attempt.outcome.failure.fault, attempt.outcome.failure.code) == ("hang", "hang")
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [10]


@pytest.mark.usefixtures("supervisor")
@pytest.mark.parametrize("supervisor", [{"stop_seconds": 0.3}], ids=[""], indirect=True)
def test_a_training_deaf_to_a_stop_is_killed_and_counts_as_stopped(control_plane: ControlPlaneDouble) -> None:
    deaf = [{"say": STARTED}, {"ignore": int(signal.SIGTERM)}, {"checkpoint": 10}, {"wait_for": "/never"}]
    attempt = control_plane.offer(deaf)
    control_plane.wait_until(lambda: attempt.checkpoints, "the checkpoint is registered")
    attempt.desired = DesiredState.STOP_WITH_CHECKPOINT
    control_plane.wait_until(lambda: attempt.outcome is not None, "the attempt finished")
    assert attempt.outcome.outcome == "stopped"
    assert [checkpoint.step for checkpoint in attempt.checkpoints] == [10]
