"""A language model sharded over two processes (FSDP2): the same training in half the memory, exact when resumed."""

import json
import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.support.compiled import make_spec, write_json
from tests.support.conversations import small_conversations
from tests.support.engine_server import ROOT, EngineChild, EngineServer, engine_server
from tests.support.fault_scale import SEED, time_limit, times
from tests.support.insider import LANDLOCK, NAMESPACES, run
from tests.support.resumption import assert_same_training, killed_at
from tests.support.tiny_language_model import register_language_model
from tests.support.trainings import Case, Undisturbed, train_here
from trainyard_common.sandbox import Policy, Sandbox
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE

pytestmark = time_limit(quick=300, full=1_800)

CROWDED = ROOT / "tests/support/sharding_forkserver.py"
HIDDEN = 40
"""Not divided by three, as little as half of it: with three processes the parts are not equal."""
FULL = {"name": "causal_lm", "model": "llama", "method": "full"}
TRAINING: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 3,
    "accumulate": 3,
    "optimizer": {"name": "adamw", "lr": 0.01},
    "regularization": {"clip_norm": 0.5, "l2": 0.001},
    "tuning": {"packing": False, "max_length": 64},
    "checkpoint": {"every_steps": 2},
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    for kind in ("llama", "qwen2", "gpt2"):
        register_language_model(directory, kind, kind=kind, hidden=HIDDEN)
    return directory


@pytest.fixture(scope="module")
def server(models: Path) -> Iterator[EngineServer]:
    """One in whose trainings a process may be told to have little memory."""
    with engine_server(
        sys.executable, "-P", str(CROWDED), "--socket-fd", environment={MODELS_VARIABLE: str(models)}
    ) as running:
        yield running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_conversations(tmp_path_factory.mktemp("conversations") / "data", rows=40)


def case(
    models: Path,
    data: Path,
    *,
    sharding: str = "full",
    slots: int = 2,
    architecture: dict[str, Any] = FULL,
    **more: Any,
) -> Case:
    spec = make_spec("instruction_tuning", architecture, **{**TRAINING, "sharding": sharding, **more})
    return Case(
        name="sharded",
        spec=spec | {"resources": {"slots": slots}},
        data=data,
        threads=slots,
        environment={MODELS_VARIABLE: str(models)},
    )


def ended(child: EngineChild) -> EngineChild:
    assert child.wait() == 0, child.seen[-1]
    return child


def weights_of(out: Path) -> dict[str, torch.Tensor]:
    return safetensors.torch.load_file(out / "model.safetensors")


def last_checkpoint(out: Path) -> Path:
    return max((out / "checkpoints").glob("step-*"))


@pytest.fixture(scope="module")
def undisturbed(
    models: Path, data: Path, server: EngineServer, tmp_path_factory: pytest.TempPathFactory
) -> Undisturbed:
    """With all that a checkpoint can hold of a process: parts of weights, optimizer, best weights and average."""
    own = case(models, data, ema={"decay": 0.5}, early_stopping={"metric": "val_loss", "patience": 100})
    out = tmp_path_factory.mktemp("undisturbed")
    return Undisturbed(own, out, ended(own.start(server, out)))


@pytest.fixture(scope="module")
def sharded(models: Path, data: Path, server: EngineServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(case(models, data), server, tmp_path_factory.mktemp("sharded"))


def trained(own: Case, server: EngineServer, out: Path) -> Path:
    ended(own.start(server, out))
    return out


def assert_same_weights(one: Path, other: Path) -> None:
    """But for the order of sums."""
    own, others = weights_of(one), weights_of(other)
    assert own.keys() == others.keys()
    for name, weight in own.items():
        torch.testing.assert_close(weight, others[name], rtol=1e-3, atol=2e-5)


def test_it_trains_what_one_slot_and_data_parallelism_train(
    models: Path, data: Path, server: EngineServer, sharded: Path, tmp_path: Path
) -> None:
    """One weight of a step, the norm of all gradients, and as many parts for all, of rows that do not divide."""
    parallel = trained(case(models, data, sharding="none"), server, tmp_path / "parallel")
    alone = trained(case(models, data, sharding="none", slots=1), server, tmp_path / "alone")
    assert_same_weights(sharded, parallel)
    assert_same_weights(sharded, alone)


@pytest.mark.parametrize("model", ["qwen2", "gpt2"])
def test_low_rank_adapters_over_three_processes_whose_parts_are_not_equal(
    models: Path, data: Path, server: EngineServer, tmp_path: Path, model: str
) -> None:
    """Fixed weights are sharded with the others; the outputs of these models share the inputs' vectors."""
    adapters = {"name": "causal_lm", "model": model, "rank": 2, "gradient_checkpointing": model == "qwen2"}
    runs: dict[str, dict[str, Any]] = {"sharded": {"slots": 3}, "alone": {"slots": 1, "sharding": "none"}}
    outs = [
        trained(case(models, data, architecture=adapters, epochs=1, **more), server, tmp_path / name)
        for name, more in runs.items()
    ]
    assert_same_weights(*outs)


def test_each_process_keeps_its_part_of_weights_and_optimizer(undisturbed: Undisturbed) -> None:
    newest = last_checkpoint(undisturbed.out)
    whole = {name: tensor.numel() for name, tensor in weights_of(undisturbed.out).items()}
    for kind, copies in {"weights": 1, "best": 1, "average": 1, "optimizer": 2}.items():
        parts = [
            sum(tensor.numel() for tensor in safetensors.torch.load_file(path).values())
            for path in sorted(newest.glob(f"{kind}-*"))
        ]
        assert [path.name for path in sorted(newest.glob(f"{kind}-*"))] == [
            f"{kind}-0000{rank}-of-00002.safetensors" for rank in (1, 2)
        ]
        expected = copies * sum(whole.values()) / 2
        assert parts == [pytest.approx(expected, rel=0.01)] * 2


def test_killed_at_a_random_step_it_ends_with_the_same_bits(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    own, half = undisturbed.case, undisturbed.result["step"] // 2
    chance = random.Random(f"{SEED} {own.name}")
    for attempt in range(times(quick=1, full=12)):
        out = tmp_path / str(attempt)
        runs = [killed_at(own.start(server, out), chance.randint(1, half)), ended(own.start(server, out))]
        assert runs[-1].of_type("started")[0]["resumed_from"] > 0
        assert_same_training(runs, out, undisturbed)


def test_a_checkpoint_with_a_damaged_part_is_passed_over_by_all_processes(
    undisturbed: Undisturbed, server: EngineServer, tmp_path: Path
) -> None:
    out = tmp_path / "damaged"
    shutil.copytree(undisturbed.out / "checkpoints", out / "checkpoints")
    part = last_checkpoint(out) / "optimizer-00002-of-00002.safetensors"
    part.write_bytes(part.read_bytes()[:-1] + b"?")
    resumed = ended(undisturbed.case.start(server, out))
    newest = int(part.parent.name.removeprefix("step-"))
    assert resumed.of_type("started")[0]["resumed_from"] < newest
    assert resumed.seen[-1]["weights_sha256"] == undisturbed.result["weights_sha256"]


def test_what_two_began_neither_one_nor_three_go_on_with(undisturbed: Undisturbed, tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    shutil.copytree(undisturbed.out / "checkpoints", checkpoints)
    before = sorted(path.name for path in checkpoints.iterdir())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_VARIABLE, undisturbed.case.environment[MODELS_VARIABLE])
        with pytest.raises(EngineFault, match="begun by 2 processes") as caught:
            train_here(undisturbed.case.spec, undisturbed.case.data, tmp_path)
    assert caught.value.failed.code == "other_processes"
    assert sorted(path.name for path in checkpoints.iterdir()) == before


@pytest.mark.parametrize("place", ["forward", "backward"])
def test_where_one_has_little_memory_all_begin_the_step_again_with_fewer_rows(
    models: Path, data: Path, server: EngineServer, sharded: Path, tmp_path: Path, place: str
) -> None:
    """Though it finds out between what the processes do together; and what was added up by then is forgotten."""
    own = case(models, data)
    little = {"CROWDED_RANK": "1", "CROWDED_TOKENS": "30", "CROWDED_PASS": place}
    out = tmp_path / place
    child = ended(replace(own, environment={**own.environment, **little}).start(server, out))
    warnings = [message["message"] for message in child.of_type("log") if message["level"] == "warning"]
    assert warnings[-1].endswith("from now on 1 rows are computed at a time.")
    assert_same_weights(out, sharded)


def test_too_little_memory_for_one_row_is_told_as_what_it_is(
    models: Path, data: Path, server: EngineServer, tmp_path: Path
) -> None:
    own = case(models, data, batch_size=4, accumulate=1)
    little = {"CROWDED_RANK": "1", "CROWDED_TOKENS": "0", "CROWDED_PASS": "backward"}
    child = replace(own, environment={**own.environment, **little}).start(server, tmp_path)
    assert child.wait() == 4
    (failed,) = child.of_type("failed")
    assert (failed["fault"], failed["code"]) == ("user", "out_of_memory")


def test_in_bf16_it_learns_what_it_learns_in_float32(
    models: Path, data: Path, server: EngineServer, sharded: Path, tmp_path: Path
) -> None:
    out = trained(case(models, data, precision="bf16"), server, tmp_path / "half")
    loss, exact = (json.loads((path / "result.json").read_bytes())["test_metrics"]["loss"] for path in (out, sharded))
    assert loss == pytest.approx(exact, rel=0.03)
    assert {weight.dtype for weight in weights_of(out).values()} == {torch.float32}


@pytest.mark.parametrize("sandbox", [NAMESPACES, LANDLOCK], ids=lambda sandbox: sandbox.kind.value)
def test_confined_as_a_worker_confines_it_it_is_the_same(
    models: Path, data: Path, sharded: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    if (refused := run("", Policy(), sandbox)).status != 0:
        pytest.skip(f"this host has none: {refused.stderr}")
    own, out, temporary = case(models, data), tmp_path / "out", tmp_path / "tmp"
    for directory in (out, temporary):
        directory.mkdir()
    spec = write_json(tmp_path / "spec.json", own.spec)
    with engine_server(sandbox=sandbox, environment={MODELS_VARIABLE: str(models)}) as server:
        child = server.start(
            *("train", "--spec", spec, "--data", data, "--out", out, "--threads", 2),
            directory=tmp_path,
            environment={**own.environment, "TMPDIR": str(temporary), "CUDA_VISIBLE_DEVICES": ""},
            policy=Policy(readable=(spec, data, models), writable=(out, temporary), loopback=True),
        )
        ended(child)
    assert (out / "model.safetensors").read_bytes() == (sharded / "model.safetensors").read_bytes()


def test_its_model_is_a_model_like_any_other(sharded: Path, models: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_VARIABLE, str(models))
        model = load_model(sharded, "cpu", threads=1)
    (answer,) = predict(model, ["Count to three"])
    assert isinstance(answer["text"], str)
