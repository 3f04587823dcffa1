"""``make bench-engine`` takes the engine and its hand-tuned peer as they are: both must go on working there."""

from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.engine import report, rounds, window
from benchmarks.engine.competitors import engine, plain, tuned
from benchmarks.engine.rounds import ContestantFailed, compare
from benchmarks.engine.window import Pace
from benchmarks.engine.workloads import Workload, images

SMALL = Workload("small", {"name": "mlp", "hidden": [4]}, 8, images(60, 1, 4, 4))


@pytest.mark.parametrize("competitor", [engine, tuned, plain], ids=lambda module: module.__name__.rpartition(".")[2])
def test_a_contestant_trains_until_its_round_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, competitor: ModuleType
) -> None:
    monkeypatch.setattr(window, "WARM_UP_SECONDS", 0.0)

    pace = competitor.prepare(SMALL, SMALL.write(tmp_path), threads=1)(0.01)

    assert pace.wall > 0
    assert pace.cpu > 0


class Scripted:
    """A competitor's process that trains as fast as its name is long; ``broken`` fails in its second round."""

    def __init__(self, name: str, *_: object, **__: object) -> None:
        self._name = name
        self._rounds = 0

    def await_ready(self) -> None:
        if self._name == "absent":
            raise ContestantFailed(self._name)

    def train(self, _seconds: float) -> tuple[Pace, int]:
        self._rounds += 1
        if self._name == "broken" and self._rounds == 2:
            raise ContestantFailed(self._name)
        return Pace(wall=len(self._name), cpu=len(self._name)), 1_000_000

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None: ...


def test_a_contestant_that_fails_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CompetitorProcess", Scripted)

    found = compare("w", tmp_path, ["engine", "absent", "broken", "own"], threads=1, rounds=3, seconds=1.0)

    assert found.failed == ("absent", "broken")
    assert (found.ratio("own"), len(found.paces["own"])) == (2.0, 3)
    assert "| broken | did not run |" in report.speeds([found])


def test_without_the_engine_there_is_no_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "CompetitorProcess", Scripted)
    monkeypatch.setattr(rounds, "ENGINE", "absent")

    with pytest.raises(ContestantFailed):
        compare("w", tmp_path, ["absent", "own"], threads=1, rounds=1, seconds=1.0)
