"""Two processes that train one model, over gloo on this machine's loopback.

They are started warm, by a spec that asks for two slots; ``torchrun`` starts the same.
"""

import json
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.architecture_matrix import Datasets, Pair, architecture_matrix
from tests.support.compiled import make_spec, small_images, write_json
from tests.support.engine_server import SOURCE_ROOTS, EngineChild, EngineServer
from tests.support.fault_scale import SEED, time_limit, times
from tests.support.resumption import assert_same_training, killed_at
from tests.support.trainings import Case, Undisturbed, train_here
from trainyard_engine.core.faults import EngineFault

pytestmark = time_limit(quick=600, full=1_800)

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
NAMES = {"cnn-image_classification", "rnn-text_classification", "seq2seq-translation"}
PAIRS = [pair for pair in architecture_matrix() if pair.name in NAMES]
PLAIN = make_spec("image_classification", {"name": "cnn", "channels": [4], "hidden": [8]}, epochs=3)


def in_two(case: Case) -> Case:
    return replace(case, spec={**case.spec, "resources": {"slots": 2}})


def ended(child: EngineChild) -> EngineChild:
    assert child.wait() == 0, child.seen[-1]
    return child


@pytest.fixture(scope="module", params=PAIRS, ids=lambda pair: pair.name)
def undisturbed(
    request: pytest.FixtureRequest, datasets: Datasets, server: EngineServer, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    pair: Pair = request.param
    case, out = in_two(datasets.case(pair)), tmp_path_factory.mktemp("parallel")
    return Undisturbed(case, out, ended(case.start(server, out)))


def test_one_process_speaks_for_both(undisturbed: Undisturbed) -> None:
    kinds = [message["type"] for message in undisturbed.child.seen]
    assert (kinds.count("started"), kinds.count("result")) == (1, 1)


def test_killed_at_a_random_step_both_end_with_the_same_bits(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    case, half = undisturbed.case, undisturbed.result["step"] // 2
    chance = random.Random(f"{SEED} {case.name}")
    for attempt in range(times(quick=1, full=12)):
        out = tmp_path / str(attempt)
        runs = [killed_at(case.start(server, out), chance.randint(1, half)), ended(case.start(server, out))]
        assert runs[-1].of_type("started")[0]["resumed_from"] > 0
        assert_same_training(runs, out, undisturbed)


def test_what_two_began_one_does_not_go_on_with(undisturbed: Undisturbed, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.out / "checkpoints", tmp_path / "checkpoints")
    with pytest.raises(EngineFault, match="begun by 2 processes") as caught:
        train_here({**undisturbed.case.spec, "resources": {}}, undisturbed.case.data, tmp_path)
    assert caught.value.failed.hint == "Set resources.slots to 2, or start it with torchrun --nproc-per-node 2."


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Without draws and batch statistics, which are each process's own."""
    data = small_images(tmp_path_factory.mktemp("plain") / "data")
    return Case(name="plain", spec=PLAIN, data=data, threads=1)


def test_two_processes_compute_the_gradients_of_one(plain: Case, server: EngineServer, tmp_path: Path) -> None:
    """Only the order of sums differs."""
    alone = train_here(plain.spec, plain.data, tmp_path / "alone")[-1]
    together = ended(in_two(plain).start(server, tmp_path / "together")).seen[-1]
    assert together["step"] == alone["step"]
    assert together["test_metrics"]["loss"] == pytest.approx(alone["test_metrics"]["loss"], rel=1e-4)


def test_torchrun_starts_both(plain: Case, server: EngineServer, tmp_path: Path) -> None:
    arguments = {"spec": write_json(tmp_path / "spec.json", plain.spec), "data": plain.data, "out": tmp_path / "out"}
    options = [word for name, value in arguments.items() for word in (f"--{name}", str(value))]
    environment = {
        "PYTHONPATH": SOURCE_ROOTS,
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "OMP_NUM_THREADS": "1",
    }
    command = [*TORCHRUN, "-m", "trainyard_engine", "train", *options, "--threads", "2"]
    lines = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    result: dict[str, Any] = json.loads(lines[-1])
    warm = ended(in_two(plain).start(server, tmp_path / "warm")).seen[-1]
    assert result["weights_sha256"] == warm["weights_sha256"]
