"""A training that was interrupted, however often and wherever, ends with the bits of one that was not."""

import random
import shutil
import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_server import EngineChild, EngineServer
from tests.support.trainings import Undisturbed

Points = dict[tuple[str, int], float | None]


def points_of(messages: Iterable[dict[str, Any]]) -> Points:
    """Every metric point said; a point said twice must have been the same."""
    points: Points = {}
    for message in messages:
        for name, values in message.get("values", {}).items():
            for step, value in zip(message["steps"], values, strict=True):
                assert points.setdefault((name, step), value) == value
    return points


def checkpoint_files(messages: Iterable[dict[str, Any]]) -> dict[int, dict[str, str]]:
    """SHA-256 of each file of each checkpoint, by step; a step written twice must have the same bytes."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for message in messages:
        for entry in message["files"] if message["type"] == "checkpoint" else ():
            assert found[message["step"]].setdefault(entry["name"], entry["sha256"]) == entry["sha256"]
    return dict(found)


def assert_same_training(runs: list[EngineChild], out: Path, undisturbed: Undisturbed) -> None:
    messages = [message for run in runs for message in run.seen]
    result = runs[-1].of_type("result")[0]
    for key in ("weights_sha256", "test_metrics", "val_metrics", "step", "epoch", "early_stopped"):
        assert result[key] == undisturbed.result[key]
    assert points_of(messages) == points_of(undisturbed.child.seen)
    # A process killed between a checkpoint and its line leaves one unsaid, and a stop adds one.
    checkpoints, expected = checkpoint_files(messages), checkpoint_files(undisturbed.child.seen)
    common = checkpoints.keys() & expected.keys()
    assert len(common) > 1
    assert {step: checkpoints[step] for step in common} == {step: expected[step] for step in common}
    assert last_checkpoint(out) == last_checkpoint(undisturbed.out)


def last_checkpoint(out: Path) -> tuple[str, bytes]:
    """Name and manifest, which holds the SHA-256 of weights, optimizer and state."""
    newest = max((out / "checkpoints").glob("step-*"))
    return newest.name, (newest / "manifest.json").read_bytes()


def read_some(child: EngineChild, count: int) -> None:
    for _ in zip(range(count), child.lines(), strict=False):
        pass


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_anywhere_and_resumed(undisturbed: Undisturbed, server: EngineServer, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    runs = []
    for _ in range(4):
        child = undisturbed.case.start(server, tmp_path)
        read_some(child, chance.randrange(1, 9))
        child.signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
        runs.append(child)
    runs.append(undisturbed.case.start(server, tmp_path))
    assert runs[-1].wait() == 0
    assert runs[-1].of_type("started")[0]["resumed_from"] > 0
    assert_same_training(runs, tmp_path, undisturbed)


@pytest.mark.parametrize("wanted", [signal.SIGTERM, signal.SIGINT])
def test_stopped_on_request_and_resumed(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path, wanted: signal.Signals
) -> None:
    first = undisturbed.case.start(server, tmp_path)
    read_some(first, 4)
    first.signal(wanted)
    assert first.wait() == 3
    *_, checkpoint, stopped = first.seen
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
    (warning,) = second.of_type("log")
    assert warning["level"] == "warning"
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
