"""One spec learns one model, whatever is computed at once: by the commands, from a file."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.cases import case
from tests.support.compiled import make_spec
from tests.support.engine_server import EngineChild, EngineServer
from tests.support.trainings import Case

GROUPINGS: dict[str, dict[str, Any]] = {
    "one batch of 16": {},
    "two of 8": {"batch_size": 8, "accumulate": 2},
    "eight of 2": {"batch_size": 2, "accumulate": 8},
    "two slots": {"slots": 2},
}


@pytest.fixture(scope="module")
def data(server: EngineServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("skewed")
    source = case("accumulate-not-equivalent/table.csv", directory)
    options = ("--task", "tabular_classification", "--target", "y", "--out", directory / "data")
    ended(server.start("compile", "--source", source, *options, directory=directory))
    return directory / "data"


def ended(child: EngineChild) -> EngineChild:
    assert child.wait() == 0, child.seen
    return child


@pytest.mark.parametrize("is_balanced", [True, False])
def test_a_step_of_rare_classes_is_the_same_however_it_is_computed(
    data: Path, server: EngineServer, tmp_path: Path, is_balanced: bool
) -> None:
    first_losses, test_losses = [], []
    for name, grouping in GROUPINGS.items():
        training = {"batch_size": 16, "balance_classes": is_balanced, "optimizer": {"name": "sgd"}, "seed": 1}
        slots = grouping.get("slots", 1)
        training |= {option: value for option, value in grouping.items() if option != "slots"}
        spec = make_spec("tabular_classification", {"name": "mlp"}, **training) | {"resources": {"slots": slots}}
        child = ended(Case(name=name, spec=spec, data=data, threads=1).start(server, tmp_path / name))
        first_losses.append(child.of_type("metrics")[0]["values"]["train_loss"][0])
        test_losses.append(child.of_type("result")[0]["test_metrics"]["loss"])
    assert first_losses == pytest.approx([first_losses[0]] * len(GROUPINGS), rel=1e-5)
    assert test_losses == pytest.approx([test_losses[0]] * len(GROUPINGS), rel=1e-4)
