"""However a training was interrupted and whatever was lost, it ends with the bits of one that was not."""

import shutil
import signal
from pathlib import Path

import pytest

from tests.support.engine_server import EngineChild, EngineServer
from tests.support.resumption import assert_same_training
from tests.support.trainings import SPECS, Undisturbed

pytestmark = pytest.mark.parametrize("case", list(SPECS)[:1], indirect=True)


def read_some(child: EngineChild, count: int) -> None:
    for _ in zip(range(count), child.lines(), strict=False):
        pass


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_stopped_on_request_and_resumed(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path, wanted: signal.Signals
) -> None:
    first = undisturbed.case.start(server, tmp_path)
    read_some(first, 4)
    first.signal(wanted)
    assert first.wait() == 3
    *_, checkpoint, stopped = (said for said in first.seen if said["type"] != "log")
    assert stopped["type"] == "stopped"
    assert (checkpoint["type"], checkpoint["step"]) == ("checkpoint", stopped["step"])

    second = undisturbed.case.start(server, tmp_path)
    assert second.wait() == 0
    assert second.of_type("started")[0]["resumed_from"] == stopped["step"]
    assert_same_training([first, second], tmp_path, undisturbed)


def test_a_flipped_bit_is_noticed_and_the_checkpoint_before_used(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    first = undisturbed.case.start(server, tmp_path)
    read_some(first, 12)
    first.signal(signal.SIGTERM)
    first.wait()
    older, newest = sorted((tmp_path / "checkpoints").iterdir())[-2:]
    weights = bytearray((newest / "weights.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 1
    (newest / "weights.safetensors").write_bytes(weights)

    second = undisturbed.case.start(server, tmp_path)
    assert second.wait() == 0
    (warning,) = (said for said in second.of_type("log") if said["level"] == "warning")
    assert f"{newest.name} is damaged" in warning["message"]
    assert second.of_type("started")[0]["resumed_from"] == int(older.name.removeprefix("step-"))
    assert_same_training([first, second], tmp_path, undisturbed)


def test_with_every_checkpoint_lost_it_starts_over(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    first = undisturbed.case.start(server, tmp_path)
    read_some(first, 6)
    first.signal(signal.SIGKILL)
    first.wait()
    shutil.rmtree(tmp_path / "checkpoints", ignore_errors=True)

    second = undisturbed.case.start(server, tmp_path)
    assert second.wait() == 0
    assert second.of_type("started")[0]["resumed_from"] is None
    assert_same_training([first, second], tmp_path, undisturbed)


def test_a_finished_training_says_its_result_again(undisturbed: Undisturbed, server: EngineServer) -> None:
    again = undisturbed.case.start(server, undisturbed.out)
    assert again.wait() == 0
    assert again.seen == [undisturbed.result]


def test_the_threads_of_the_checkpoint_win(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path) -> None:
    threads = undisturbed.case.threads
    first = undisturbed.case.start(server, tmp_path)
    read_some(first, 4)
    first.signal(signal.SIGTERM)
    first.wait()
    second = undisturbed.case.start(server, tmp_path, threads=3 - threads)
    assert second.wait() == 0
    assert second.of_type("started")[0]["threads"] == threads
    assert_same_training([first, second], tmp_path, undisturbed)
