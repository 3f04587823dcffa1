"""``make bench-engine`` takes the engine and its hand-tuned peer as they are: both must go on working there."""

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.engine import window
from benchmarks.engine.contestants import engine, plain, tuned
from benchmarks.engine.workloads import Workload, images

SMALL = Workload("small", {"name": "mlp", "hidden": [4]}, 8, images(60, 1, 4, 4))


@pytest.mark.parametrize("contestant", [engine, tuned, plain], ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_contestant_trains_until_its_round_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, contestant: ModuleType
) -> None:
    monkeypatch.setattr(window, "WARM_UP_SECONDS", 0.0)

    pace = contestant.prepare(SMALL, SMALL.write(tmp_path), threads=1)(0.01)

    assert pace.wall > 0
    assert pace.cpu > 0
