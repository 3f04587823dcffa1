"""Two processes that train one model, over gloo on this machine's loopback.

They are started warm, as ``torchrun`` would start them: what it tells each process is in their environment.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from torch.distributed import TCPStore

from tests.support.compiled import make_spec, small_images, write_json
from tests.support.engine_server import SOURCE_ROOTS, EngineChild, EngineServer
from tests.support.fault_scale import SEED, time_limit, times
from tests.support.pairs import Datasets, Pair, every_pair
from tests.support.resumption import assert_same_training, killed_at
from tests.support.trainings import Case, Undisturbed, train_here
from trainyard_engine.faults import EngineFault

pytestmark = time_limit(quick=240, full=1_800)

TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
NAMES = {"cnn-image_classification", "rnn-text_classification", "seq2seq-translation"}
PAIRS = [pair for pair in every_pair() if pair.name in NAMES]
PLAIN = make_spec("image_classification", {"name": "cnn", "channels": [4], "hidden": [8]}, epochs=3)


@dataclass(frozen=True)
class Started:
    """``first`` speaks for both; ``store`` is where they meet."""

    first: EngineChild
    second: EngineChild
    store: TCPStore

    def ended(self) -> EngineChild:
        """The one that spoke, after both have succeeded."""
        assert [self.first.wait(), self.second.wait()] == [0, 0], self.first.seen[-1]
        return self.first

    def killed(self, step: int) -> EngineChild:
        """The one that spoke, after both were killed at ``step`` or soon after."""
        killed_at(self.first, step)
        self.second.signal(signal.SIGKILL)
        self.second.wait()
        return self.first


def start(case: Case, server: EngineServer, out: Path) -> Started:
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    group = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "TORCHELASTIC_USE_AGENT_STORE": "True"}
    group |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(store.port)}
    first, second = (
        replace(case, environment={**group, "RANK": rank, "LOCAL_RANK": rank}).start(server, out) for rank in "01"
    )
    return Started(first, second, store)


@pytest.fixture(scope="module", params=PAIRS, ids=lambda pair: pair.name)
def undisturbed(
    request: pytest.FixtureRequest, datasets: Datasets, server: EngineServer, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    pair: Pair = request.param
    case, out = datasets.case(pair), tmp_path_factory.mktemp("parallel")
    return Undisturbed(case, out, start(case, server, out).ended())


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
        runs = [start(case, server, out).killed(chance.randint(1, half)), start(case, server, out).ended()]
        assert runs[-1].of_type("started")[0]["resumed_from"] > 0
        assert_same_training(runs, out, undisturbed)


def test_what_two_began_one_does_not_go_on_with(undisturbed: Undisturbed, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.out / "checkpoints", tmp_path / "checkpoints")
    with pytest.raises(EngineFault, match="begun by 2 processes") as caught:
        train_here(undisturbed.case.spec, undisturbed.case.data, tmp_path)
    assert caught.value.failed.hint == "Set resources.slots to 2, or start it with torchrun --nproc-per-node 2."


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Without draws and batch statistics, which are each process's own."""
    data = small_images(tmp_path_factory.mktemp("plain") / "data")
    return Case(name="plain", spec=PLAIN, data=data, threads=1)


def test_two_processes_compute_the_gradients_of_one(plain: Case, server: EngineServer, tmp_path: Path) -> None:
    """Only the order of sums differs."""
    alone = train_here(plain.spec, plain.data, tmp_path / "alone")[-1]
    together = start(plain, server, tmp_path / "together").ended().seen[-1]
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
    warm = start(plain, server, tmp_path / "warm").ended().seen[-1]
    assert result["weights_sha256"] == warm["weights_sha256"]
