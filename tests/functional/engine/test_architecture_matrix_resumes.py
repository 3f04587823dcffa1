"""Every architecture with every task that it serves: killed at a random step and resumed, it ends with the same bits.

Weights, the model's files, the optimizer's state, every checkpoint and every metric point are compared with those of a
training that nobody disturbed. The pairs are those of the catalogue.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.architecture_matrix import Datasets, Pair, architecture_matrix
from tests.support.engine_server import EngineServer, engine_server
from tests.support.fault_scale import SEED, time_limit, times
from tests.support.pretrained import register_all
from tests.support.resumption import assert_same_training, killed_at
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import Undisturbed
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_spec.engine_protocol import ExitStatus

pytestmark = time_limit(quick=600, full=1_800)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all pretrained models of the matrix are registered."""
    return register_language_model(register_all(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[EngineServer]:
    """As a host's that has registered models: what they need is imported once, and not for each of 3 starts a pair."""
    with engine_server(environment={MODELS_VARIABLE: str(models)}) as running:
        yield running


def test_a_server_of_pretrained_models_keeps_to_one_thread(server: EngineServer, tmp_path: Path) -> None:
    """A forked child has only the thread that forked it."""
    assert server.start("no-such-command", directory=tmp_path).wait() == ExitStatus.INVALID_INPUT
    assert len(list(Path(f"/proc/{server.process.pid}/task").iterdir())) == 1


@pytest.mark.parametrize("pair", list(architecture_matrix()), ids=lambda pair: pair.name)
def test_killed_at_a_random_step_and_resumed(
    pair: Pair, datasets: Datasets, models: Path, server: EngineServer, tmp_path: Path
) -> None:
    case = datasets.case(pair, environment={MODELS_VARIABLE: str(models)})
    undisturbed = Undisturbed(case, tmp_path / "undisturbed", case.start(server, tmp_path / "undisturbed"))
    assert undisturbed.child.wait() == 0, undisturbed.child.seen[-1]
    half = undisturbed.result["step"] // 2
    chance = random.Random(f"{SEED} {pair.name}")
    for attempt in range(times(quick=1, full=12)):
        out = tmp_path / f"killed-{attempt}"
        steps = sorted(chance.choices(range(1, half + 1), k=times(quick=1, full=3)))
        runs = [killed_at(case.start(server, out), step) for step in steps]
        runs.append(case.start(server, out))
        assert runs[-1].wait() == 0, runs[-1].seen[-1]
        assert runs[-1].of_type("started")[0]["resumed_from"] > 0
        assert_same_training(runs, out, undisturbed)
