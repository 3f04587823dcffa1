"""Cells of tables that training never met: answers that no untrained weight has a say in, and what is said of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.support.compiled import COLOURS, make_spec, small_table, with_parts, write_table
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.atomic_io import describe
from trainyard_engine.core.coverage import MISSING, NEVER_SEEN
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.tabular.substitutes import DRAWS, Substitutes
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

CASE = Path(__file__).parents[2] / "cases" / "unseen-category-untrained" / "table.csv"
CPU = torch.device("cpu")
MLP = {"name": "mlp", "hidden": [16]}
QUICK = {"epochs": 6, "optimizer": {"name": "adam", "lr": 0.02}}


def trained(data: Path, out: Path, task: str = "tabular_classification", **training: Any) -> LoadedModel:
    split = training.pop("split", {})
    train_here(make_spec(task, MLP, **QUICK | training) | {"split": split}, data, out)
    return load_model(out, "cpu", threads=1)


def codes_of(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(warning["code"], warning["column"]) for warning in answer["warnings"]]


@pytest.mark.parametrize("seed", range(10))
def test_what_training_never_met_answers_by_the_class_shares(tmp_path: Path, seed: int) -> None:
    """Each class has half of the rows. Random weights said 0.12 to 0.82 over these seeds."""
    shutil.copy(CASE, tmp_path)
    accepted(tmp_path / "table.csv", Task.TABULAR_CLASSIFICATION, target="y")
    model = trained(tmp_path / "compiled", tmp_path / "out", seed=seed)
    rows = [{"plan": "gold", "amount": 0.5}, {"plan": None, "amount": 0.5}, {"amount": 0.5}]
    *unknown, stays, leaves = predict(model, [*rows, *({"plan": plan, "amount": 0.5} for plan in ("basic", "pro"))])
    assert stays["probabilities"]["stay"] > 0.9
    assert leaves["probabilities"]["stay"] < 0.1
    assert [answer["probabilities"]["stay"] for answer in unknown] == pytest.approx([0.5] * 3, abs=0.05)
    assert [codes_of(answer) for answer in unknown] == [
        [("unknown_category", "plan")], [("missing_value", "plan")], [("column_missing", "plan")],
    ]  # fmt: skip
    assert stays["warnings"] == leaves["warnings"] == []


def test_shares_that_are_not_alike_are_met_too(tmp_path: Path) -> None:
    categorical = (np.arange(200)[:, None] % 5 == 0).astype(np.int32)
    data = write_table(
        tmp_path / "data", np.random.default_rng(0).normal(size=(200, 1)), categorical, categorical[:, 0]
    )
    for loss in ("cross_entropy", "bce", "focal"):
        model = trained(data, tmp_path / loss, loss=loss, epochs=12)
        (answer,) = predict(model, [{"n0": 0.0, "k0": "gold"}])
        assert answer["probabilities"]["c1"] == pytest.approx(0.2, abs=0.06)


def test_the_answer_is_the_mean_over_what_might_stand_there(tmp_path: Path) -> None:
    """By the known categories' own answers, weighted by their shares in training, to within a draw each."""
    model = trained(small_table(tmp_path / "data", is_regression=True), tmp_path / "out", "tabular_regression")
    row = {"n0": 5.0, "n1": 4.0, "n2": 3.0, "n3": 2.0, "k1": COLOURS[1]}
    *known, unknown = predict(model, [{**row, "k0": value} for value in (*COLOURS, None, "mauve")])
    assert model.config.coverage is not None
    counts = np.array(model.config.coverage.categorical[0])
    values = np.array([answer["value"] for answer in known])
    assert unknown["value"] == pytest.approx(values @ counts / counts.sum(), abs=np.ptp(values) * len(counts) / DRAWS)
    # An empty cell is none of these: training met it, and has learnt what it tells.
    assert known[3]["warnings"] == []


def test_a_category_of_other_parts_alone_is_judged_as_it_is_predicted(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    parts = np.arange(120) % 3
    categorical = np.where(parts == 0, random.integers(0, 2, 120), random.integers(0, 3, 120)).astype(np.int32)
    numeric, target = random.normal(size=(120, 1)), (categorical == 1).astype(np.int64)
    data = with_parts(write_table(tmp_path / "data", numeric, categorical[:, None], target), parts)
    model = trained(data, tmp_path / "out", split={"by": "given"})
    dataset = open_dataset(data)
    prepared = handler_for(Task.TABULAR_CLASSIFICATION).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )
    (batch,) = prepared.open_source(CPU).batches(prepared.split.test, size=1000)
    judged = model.outputs(batch.raw).softmax(dim=1)[:, 1].tolist()
    rows = [{"n0": numeric[row, 0], "k0": COLOURS[categorical[row]]} for row in prepared.split.test]
    answers = predict(model, rows)
    assert [answer["probabilities"]["c1"] for answer in answers] == pytest.approx(judged, abs=1e-6)
    said = [codes_of(answer) == [("unknown_category", "k0")] for answer in answers]
    assert said == (categorical[prepared.split.test] == 2).tolist()
    assert any(said)


def test_a_number_that_never_varied_in_training_moves_nothing(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    parts = np.arange(90) % 3
    numeric = np.stack((random.normal(size=90), np.where(parts == 0, 7.0, random.normal(size=90))), axis=1)
    target = (numeric[:, 0] > 0).astype(np.int64)
    data = with_parts(write_table(tmp_path / "data", numeric, np.zeros((90, 1), dtype=np.int32), target), parts)
    model = trained(data, tmp_path / "out", split={"by": "given"}, preprocess={"scale": "none"})
    row = {"n0": 0.3, "k0": COLOURS[0]}
    usual, *others = predict(model, [{**row, "n1": value} for value in (7.0, 0.0, 1e6)])
    assert {answer["probabilities"]["c1"] for answer in others} == {usual["probabilities"]["c1"]}
    assert [codes_of(answer) for answer in (usual, *others)] == [[], *[[("out_of_range", "n1")]] * 2]


def test_a_row_is_told_what_the_model_did_not_use_or_know(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    lines = [f"{number},always,{'ab'[number % 2]},{'yes' if number % 2 else 'no'}" for number in range(60)]
    table.write_text("\n".join(["n,same,k,y", *lines]))
    accepted(table, Task.TABULAR_CLASSIFICATION, target="y")
    model = trained(tmp_path / "compiled", tmp_path / "out")
    own, far, lost = predict(
        model, [{"n": 5, "k": "a", "y": "yes"}, {"n": -1e9, "k": "a", "same": "always"}, {"k": "", "n": None}]
    )
    assert own["warnings"] == []
    assert codes_of(far) == [("column_left_out", "same"), ("out_of_range", "n")]
    assert codes_of(lost) == [("missing_value", "k"), ("missing_value", "n")]


def test_a_long_cell_is_not_repeated_whole(tmp_path: Path) -> None:
    model = trained(small_table(tmp_path / "data"), tmp_path / "out", epochs=1)
    (answer,) = predict(model, [{"k0": "x" * 100_000}])
    assert max(len(warning["message"]) for warning in answer["warnings"]) < 300


def test_a_model_of_an_earlier_release_answers_as_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    trained(small_table(tmp_path / "data"), out, epochs=1)
    config, manifest = json.loads((out / "config.json").read_bytes()), json.loads((out / "manifest.json").read_bytes())
    del config["coverage"]
    content = json.dumps(config).encode()
    (out / "config.json").write_bytes(content)
    entry = describe("config.json", content).model_dump()
    manifest["files"] = [entry if file["name"] == "config.json" else file for file in manifest["files"]]
    (out / "manifest.json").write_text(json.dumps(manifest))
    missing, unknown = predict(load_model(out, "cpu", threads=1), [{"k0": None}, {"k0": "gold"}])
    assert missing == unknown
    assert missing["warnings"] == []


def test_coverage_is_that_of_the_training_rows(tmp_path: Path) -> None:
    data = small_table(tmp_path / "data")
    model = trained(data, tmp_path / "out", epochs=1)
    dataset, coverage = open_dataset(data), model.config.coverage
    train = split_examples(dataset, SplitConfig()).train
    numeric, categorical = dataset.features["numeric"][train], dataset.features["categorical"][train]
    assert coverage is not None
    assert [column.minimum for column in coverage.numeric] == np.nanmin(numeric, axis=0).tolist()
    assert [column.maximum for column in coverage.numeric] == np.nanmax(numeric, axis=0).tolist()
    assert [column.missing for column in coverage.numeric] == np.isnan(numeric).sum(axis=0).tolist()
    for place, counts in enumerate(coverage.categorical):
        assert counts == tuple(int((categorical[:, place] == code).sum()) for code in (0, 1, 2, MISSING))


@given(counts=st.lists(st.integers(0, 50), min_size=2, max_size=9).filter(any))
def test_substitutes_come_as_often_as_training_met_them(counts: list[int]) -> None:
    codes = torch.tensor([[NEVER_SEEN]], dtype=torch.int32)
    substitutes = Substitutes([counts], CPU)
    drawn = torch.cat(list(substitutes.filled(codes, substitutes.unknown(codes))))
    assert drawn.dtype == torch.int32
    assert not substitutes.unknown(drawn).any()
    slots = torch.where(drawn == MISSING, len(counts) - 1, drawn).flatten()
    shares = torch.bincount(slots, minlength=len(counts)) / DRAWS
    assert shares.tolist() == pytest.approx([count / sum(counts) for count in counts], abs=1 / DRAWS)


@given(code=st.integers(NEVER_SEEN, 2), counts=st.lists(st.integers(0, 2), min_size=4, max_size=4).filter(any))
def test_known_is_what_a_training_row_held(code: int, counts: list[int]) -> None:
    """Of three categories and an empty cell, whose count is the last; nothing else in the row changes."""
    codes = torch.tensor([[code, 1]], dtype=torch.int32)
    unknown = Substitutes([counts, [0, 1, 0, 0]], CPU).unknown(codes)
    assert unknown.tolist() == [[code == NEVER_SEEN or counts[code] == 0, False]]


def test_columns_are_substituted_independently() -> None:
    """Two columns of two categories: each pair is drawn about a quarter of the time."""
    substitutes = Substitutes([[1, 1, 0]] * 2, CPU)
    codes = torch.full((1, 2), NEVER_SEEN, dtype=torch.int32)
    pairs = [tuple(drawn[0].tolist()) for drawn in substitutes.filled(codes, substitutes.unknown(codes))]
    assert all(DRAWS / 8 <= pairs.count((one, other)) <= 3 * DRAWS / 8 for one in (0, 1) for other in (0, 1))
