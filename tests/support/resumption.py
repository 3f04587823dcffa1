"""Whether a training that was interrupted ended as one that was not."""

import signal
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.support.engine_server import EngineChild
from tests.support.trainings import Undisturbed

Points = dict[tuple[str, int], float | None]
SAME = ("weights_sha256", "files", "test_metrics", "verdict", "val_metrics", "step", "epoch", "early_stopped")


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


def killed_at(child: EngineChild, step: int) -> EngineChild:
    """Kills ``child`` once it has told of ``step`` and has a checkpoint; its pipe has no room to tell of the end."""
    reached, kept = 0, False
    for message in child.lines():
        reached = max(reached, message.get("step", 0), *message.get("steps", ()))
        kept = kept or message["type"] == "checkpoint" or bool(message.get("resumed_from"))
        if kept and reached >= step:
            break
    child.signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL, child.seen[-1]
    return child


def assert_same_training(runs: list[EngineChild], out: Path, undisturbed: Undisturbed) -> None:
    """``runs`` in ``out``, one after the other, said and left behind what ``undisturbed`` did, to the bit."""
    messages = [message for run in runs for message in run.seen]
    result = runs[-1].of_type("result")[0]
    for key in SAME:
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
