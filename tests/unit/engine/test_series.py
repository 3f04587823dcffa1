"""Series on their way to a network: batches, trainings that resume, predictions."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.series import FORECAST, load_rows, run_rows, small_loads, small_runs
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.augment import augment
from trainyard_engine.modalities.encode import SeriesEncoder
from trainyard_engine.modalities.series import dataset as series_module
from trainyard_engine.modalities.series.dataset import SequenceSource, WindowSource
from trainyard_engine.modalities.series.scales import SeriesScales
from trainyard_engine.modalities.series.window_scaling import ScaledWindows, WindowScaling
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.augmentation import JitterAugment
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
CASES = Path(__file__).parents[2] / "cases"
ARCHITECTURES: list[dict[str, Any]] = [
    {"name": "tcn", "channels": [4, 6]},
    {"name": "rnn", "embedding": 6, "hidden": 5, "num_layers": 2, "pooling": "attention"},
    {"name": "transformer", "d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 12},
]
DENSE: dict[str, Any] = {"name": "mlp", "hidden": [8]}


def forecast_spec(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec(
        "time_series_forecasting",
        architecture,
        **{"regularization": {"dropout": 0.2}, "series": {"context": 8, "horizon": 3}, **training},
    )


def sequence_spec(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec("sequence_classification", architecture, **{"regularization": {"dropout": 0.2}, **training})


@pytest.fixture(params=[True, False], ids=["resident", "from disk"])
def _where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(series_module, "RESIDENT_BYTES", 0)


@pytest.mark.usefixtures("_where")
def test_a_batch_of_windows_is_what_slicing_gives(tmp_path: Path) -> None:
    dataset = open_dataset(small_loads(tmp_path))
    values = dataset.features["values"]
    starts = np.array([0, 40, 60, 97, 3])
    spec = SeriesConfig(context=8, horizon=3, scaling="global", residual=False)
    statistics = Statistics(shift=(5.0, 1.0), scale=(2.0, 4.0), fill=(0.0, 3.0), target_mean=7.0, target_std=3.0)
    scaling = WindowScaling(SeriesScales.shared(statistics), spec, CPU)
    source = WindowSource(dataset, starts, scaling, context=8, horizon=3)
    found = list(source.batches(np.array([4, 3, 0, 2, 1]), size=2, first=1))
    for batch, chosen, series in zip(found, ([0, 60], [40]), ([0, 1], [0]), strict=True):
        windows, seen = ScaledWindows(*batch.raw), np.stack([values[at : at + 8] for at in chosen]).astype(np.float64)
        filled = np.where(np.isnan(seen), (0, 3), seen)
        np.testing.assert_array_equal(windows.inputs.numpy(), ((filled - (5, 1)) / (2, 4)).astype(np.float32))
        np.testing.assert_array_equal(windows.history.numpy(), seen[:, :, 0])
        told = [values[at + 8 : at + 11, 0] for at in chosen]
        np.testing.assert_array_equal(batch.target[:, 1].numpy(), told)
        np.testing.assert_allclose(windows.in_units(batch.target[:, 0]).numpy(), told, rtol=1e-15)
        assert windows.series.tolist() == series


@pytest.mark.usefixtures("_where")
def test_a_batch_of_sequences_is_padded_to_its_longest(tmp_path: Path) -> None:
    dataset = open_dataset(small_runs(tmp_path))
    values, offsets = dataset.features["values"], dataset.features["values_offsets"]
    rows = np.array([35, 9, 0])
    (batch,) = SequenceSource(dataset, max_length=10, device=CPU).batches(rows, size=4)
    steps, lengths = batch.raw
    assert steps.shape == (3, 10, 2)
    assert lengths.tolist() == [10, 4, 4]
    assert batch.target.tolist() == [2, 0, 0]
    for row, length, read in zip(rows, lengths.tolist(), steps.numpy(), strict=True):
        np.testing.assert_array_equal(read[:length], values[offsets[row] :][:length])


def test_the_encoder_fills_scales_and_masks() -> None:
    statistics = Statistics(shift=(10.0, 1.0), scale=(2.0, 0.5), fill=(10.0, 3.0))
    raw = torch.tensor([[[12.0, torch.nan], [8.0, 2.0]], [[11.0, 1.0], [0.0, 0.0]]])
    values, mask = SeriesEncoder(statistics, 2, CPU)((raw, torch.tensor([2, 1])))
    assert values[0].tolist() == [[1.0, 4.0], [-1.0, 2.0]]
    assert values[1, 0].tolist() == [0.5, 0.0]
    assert mask.tolist() == [[True, True], [True, False]]


def test_jitter_adds_noise_in_proportion_to_each_channel() -> None:
    seed_torch("steps")
    steps = torch.randn(40, 50, 3) * torch.tensor([1.0, 100.0, 0.0]) + torch.tensor([5.0, -7.0, 3.0])
    steps[0, :10, 1] = torch.nan
    (changed,), _ = augment((steps,), [JitterAugment(name="jitter", deviation=0.2)])
    noise = changed - steps
    assert torch.equal(changed.isnan(), steps.isnan())
    assert noise[:, :, 0].std().item() == pytest.approx(0.2, rel=0.1)
    assert noise[:, :, 1][1:].std().item() == pytest.approx(20, rel=0.1)
    assert not noise[:, :, 2].any()
    assert abs(noise[:, :, 0].mean().item()) < 0.02


def test_statistics_come_from_the_training_part_alone(tmp_path: Path) -> None:
    dataset = open_dataset(small_loads(tmp_path))
    spec = parse_training_spec(forecast_spec(DENSE))
    statistics = handler_for(spec.task).prepare(dataset, spec).preprocessing.statistics
    values = dataset.features["values"].astype(np.float64)
    trained = np.concatenate((values[:48], values[60:98]))
    assert statistics.target_mean == pytest.approx(trained[:, 0].mean())
    assert statistics.target_std == pytest.approx(trained[:, 0].std())
    assert statistics.shift == pytest.approx(np.nanmean(trained, axis=0))
    changes = np.concatenate((np.diff(values[:48, 0]), np.diff(values[60:98, 0])))
    assert statistics.target_change == pytest.approx(np.abs(changes).mean())


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, DENSE], ids=lambda a: a["name"])
def test_a_finished_forecast_predicts_and_evaluates_as_it_was_tested(
    tmp_path: Path, architecture: dict[str, Any]
) -> None:
    data, spec = small_loads(tmp_path / "data"), forecast_spec(architecture)
    result = train_here(spec, data, tmp_path / "out")[-1]
    model, dataset = load_model(tmp_path / "out", "cpu", threads=1), open_dataset(data)
    prepared = handler_for(model.config.spec.task).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )
    found, report = evaluate_finally(model, prepared.open_source(CPU), prepared.split.test)
    assert (found, report) == (result["test_metrics"], None)

    rows = load_rows()[:20]
    whole, last = predict(model, [rows, [{k: v for k, v in row.items() if k != "day"} for row in rows[-8:]]])
    assert whole["values"] == pytest.approx(last["values"], rel=1e-6)
    assert len(whole["values"]) == 3


@pytest.mark.parametrize("scaling", ["per_series", "per_window", "global"])
@pytest.mark.parametrize("residual", [True, False])
def test_a_prediction_is_what_the_test_of_the_same_window_computed(
    tmp_path: Path, scaling: str, residual: bool
) -> None:
    data = small_loads(tmp_path / "data")
    spec = forecast_spec(DENSE, epochs=1)
    spec["training"]["series"] |= {"scaling": scaling, "residual": residual}
    train_here(spec, data, tmp_path / "out")
    model, dataset = load_model(tmp_path / "out", "cpu", threads=1), open_dataset(data)
    prepared = handler_for(model.config.spec.task).prepare(
        dataset, model.config.spec, preprocessing=model.preprocessing
    )
    (batch,) = prepared.open_source(CPU).batches(prepared.split.test, size=1024)
    windows, rows = ScaledWindows(*batch.raw), load_rows()
    assert set(windows.series.tolist()) == {0, 1}
    loads = np.array([row["load"] for row in rows])
    firsts = [int(np.abs(loads - history[0]).argmin()) for history in windows.history.numpy()]
    answers = predict(model, [rows[first : first + 8] for first in firsts])
    np.testing.assert_allclose(
        [answer["values"] for answer in answers], windows.in_units(model.outputs(batch.raw)).numpy(), rtol=1e-5
    )
    assert not any(answer["warnings"] for answer in answers)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a["name"])
def test_a_finished_classifier_tells_the_class_of_series_of_any_length(
    tmp_path: Path, architecture: dict[str, Any]
) -> None:
    spec = sequence_spec(architecture, epochs=25, batch_size=8, optimizer={"name": "adamw", "lr": 0.02})
    train_here(spec, small_runs(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    rows = run_rows()
    inputs = [[row for row in rows if row["run"] == run] for run in (2, 7, 35)]
    answers = predict(model, inputs)
    assert [answer["label"] for answer in answers] == ["up", "flat", "up"]
    (alone,) = predict(model, inputs[:1])
    assert alone["probabilities"] == pytest.approx(answers[0]["probabilities"], abs=1e-5)


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("forecaster")
    train_here(forecast_spec(DENSE, epochs=1), small_loads(directory / "data"), directory / "out")
    return load_model(directory / "out", "cpu", threads=1)


DAY, METER = "inputs.1.7.day", "inputs.1.7.meter"


@pytest.mark.parametrize(
    ("value", "problem", "field"),
    [
        ([], "is not a list of the steps", "inputs.1"),
        ({"load": 1}, "is not a list of the steps", "inputs.1"),
        ([1.0] * 8, "must be a list of objects with load, temperature", "inputs.1"),
        ([{"load": 1}] * 7, "has 7 steps; a forecast needs the last 8", "inputs.1"),
        ([{"load": 1}] * 7 + [{"temperature": 1}], "row 7, lacks a value of load", "inputs.1.7.load"),
        ([{"load": 1}] * 7 + [{"laod": 1}], "row 7, has a column laod", "inputs.1.7.laod"),
        ([{"load": 1}] * 7 + [{"load": "much"}], "row 7, has 'much' in column load", "inputs.1.7.load"),
        ([{"load": 1}] * 7 + [5], "row 7, is not an object", "inputs.1.7"),
        ([{"load": 1, "day": at} for at in (1, 2, 3, 4, 5, 6, 7, "7.0")], "row 7, has the same time as row 6", DAY),
        ([{"load": 1, "day": at} for at in (1, 2, 3, 4, 5, 6, 7, None)], "row 7, has no time", DAY),
        ([{"load": 1, "day": at} for at in (1, 2, 3, 4, 5, 6, 7, True)], "row 7, has the time True, which is", DAY),
        ([{"load": 1, "day": at} for at in (1, 2, 3, 4, 5, 6, 7, "soon")], "row 7, has the time 'soon', which", DAY),
        ([{"load": 1, "day": f"2026-01-{at}"} for at in range(25, 33)], "row 7, has the time '2026-01-32'", DAY),
        (
            [{"load": 1, "meter": at} for at in "mmmmmmmn"],
            "row 7, belongs to series 'n', and row 0 to series 'm'",
            METER,
        ),
        ([{"load": 1, "meter": at} for at in ["m"] * 7 + [""]], "row 7, belongs to no series", METER),
    ],
)
def test_steps_that_cannot_be_read_are_named(forecaster: Any, value: Any, problem: str, field: str) -> None:
    with pytest.raises(EngineFault, match=f"Input 1,? {problem}") as caught:
        predict(forecaster, [[{"load": 1}] * 8, value])
    assert caught.value.failed.field == field


@pytest.mark.parametrize(
    "time",
    [
        lambda at: at,
        lambda at: f"{at}.0",
        lambda at: 1_700_000_000 + 60 * at,
        lambda at: f"2026-01-{at + 1:02}",
        lambda at: f"2026/1/{at + 1}",
        lambda at: f"2026-01-01T{at:02}:30:00{('Z', '+00:00', '')[at % 3]}",
        lambda at: f"20{at + 10}Q1",
    ],
)
def test_steps_with_times_are_read_in_their_order(forecaster: Any, time: Callable[[int], Any]) -> None:
    rows = [{"load": 100 + at**2, "day": time(at), "meter": "m0"} for at in range(12)]
    shuffled = [rows[place] for place in (3, 11, 0, 8, 7, 1, 10, 2, 5, 4, 9, 6)]
    without = [{"load": row["load"], "meter": "m0"} for row in rows]
    answers = predict(forecaster, [rows, rows[::-1], shuffled, without, without[::-1]])
    ordered, newest_first, mixed, as_listed, reversed_as_listed = (answer["values"] for answer in answers)
    assert ordered == newest_first == mixed == as_listed
    assert reversed_as_listed != as_listed


def test_the_case_of_rows_newest_first(tmp_path: Path) -> None:
    source = Path(shutil.copy(CASES / "forecast-newest-first" / "series.csv", tmp_path))
    accepted(source, FORECAST, target="y", time="t")
    train_here(forecast_spec(DENSE, epochs=2), tmp_path / "compiled", tmp_path / "out")
    with source.open() as file:
        rows = list(csv.DictReader(file))[-20:]
    oldest_first, newest_first = predict(load_model(tmp_path / "out", "cpu", threads=1), [rows, rows[::-1]])
    assert oldest_first == newest_first


@pytest.mark.parametrize("ids", [[3, 3.0, "3", "3.0", " 3"], ["a", "a ", " a", "a", "a"]])
def test_a_series_has_one_name_however_it_is_written(forecaster: Any, ids: list[Any]) -> None:
    rows = [{"load": 1, "meter": name} for name in (ids * 2)[:8]]
    assert len(predict(forecaster, [rows])) == 1


def test_a_spec_of_series_spells_out_what_it_depends_on() -> None:
    spec = make_spec("time_series_forecasting", {"name": "tcn"})
    assert parse_training_spec(spec).training.series == SeriesConfig(context=96, horizon=24, stride=1)
    spec = make_spec("sequence_classification", {"name": "tcn"})
    assert parse_training_spec(spec).training.sequence == SequenceConfig(max_length=4096)


@pytest.mark.parametrize(
    ("task", "architecture", "training", "sentence"),
    [
        ("sequence_classification", "tcn", {"series": {}}, "this task has no forecasts"),
        ("time_series_forecasting", "tcn", {"sequence": {}}, "this task has none"),
        ("time_series_forecasting", "tcn", {"loss": "focal"}, "loss focal does not fit"),
        ("time_series_forecasting", "cnn", {}, "architecture cnn does not serve"),
        ("sequence_classification", "mlp", {}, "architecture mlp does not serve"),
        ("time_series_forecasting", "tcn", {"early_stopping": {"metric": "val_accuracy"}}, "val_accuracy is not"),
    ],
)
def test_a_spec_that_does_not_fit_series_is_refused(
    task: str, architecture: str, training: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidSpec, match=f"(?i){sentence}"):
        parse_training_spec(make_spec(task, {"name": architecture}, **training))
