"""Series of any scale: what is measured of each, that units do not matter, and what is told of unknown ones."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import uploads
from tests.support.compiled import make_spec
from tests.support.compiling import accepted
from tests.support.series import FORECAST, small_loads
from tests.support.trainings import train_here
from trainyard_engine.core.checkpoint import TrainingState
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.precision import choose_compute
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.preparation import prepare
from trainyard_engine.core.statistics import table_statistics, with_target
from trainyard_engine.core.training_names import training_name
from trainyard_engine.distributed.collectives import Group
from trainyard_engine.modalities.series.scales import UNMET_SERIES, SeriesScales, measure_scales
from trainyard_engine.modalities.series.window_scaling import ScaledWindows, WindowScaling
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.preprocessing import PreprocessConfig
from trainyard_spec.series import SeriesConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
LENGTHS = (30, 40, 25)
OFFSETS = np.concatenate(([0], np.cumsum(LENGTHS)))
TRAINED = np.concatenate([np.arange(start, start + 20) for start in OFFSETS[:-1]])
COLUMNS = {"target": "y", "time": "t", "series": "s"}
DENSE = {"name": "mlp", "hidden": [8]}


def values_of(*, seed: int = 0) -> np.ndarray:
    """Three series of two channels, one in thousands, one in millions, one small; gaps in the second channel."""
    random = np.random.default_rng(seed)
    scale = np.repeat([1e3, 1e6, 1e-2], LENGTHS)[:, None]
    values = np.asarray((random.normal(5, 1, (sum(LENGTHS), 2)) * scale), dtype=np.float64)
    values[random.random(len(values)) < 0.2, 1] = np.nan
    return values


def measured(values: np.ndarray, *, offsets: np.ndarray = OFFSETS, **options: Any) -> SeriesScales:
    preprocess = PreprocessConfig(**{key: options.pop(key) for key in ("scale", "impute") if key in options})
    statistics = with_target(table_statistics(values, TRAINED, preprocess), values[:, 0], TRAINED)
    series = SeriesConfig(context=6, horizon=4, **options)
    return measure_scales(values, TRAINED, offsets, statistics, series=series, preprocess=preprocess, names=None)


def test_each_series_is_measured_on_its_training_part_alone() -> None:
    values = values_of()
    found = measured(values, residual=False)
    for number, start in enumerate(OFFSETS[:-1]):
        part = values[start : start + 20]
        np.testing.assert_allclose(found.shift[number], np.nanmean(part, axis=0))
        np.testing.assert_allclose(found.scale[number], np.nanstd(part, axis=0))
        np.testing.assert_allclose(found.fill[number], np.nanmean(part, axis=0))
        assert found.target_shift[number] == pytest.approx(part[:, 0].mean())
        assert found.target_scale[number] == pytest.approx(part[:, 0].std())
        assert found.change[number] == pytest.approx(np.abs(np.diff(part[:, 0])).mean())
        moved = part[4:, 0] - part[:-4, 0]
        assert measured(values).target_scale[number] == pytest.approx(np.sqrt((moved**2).mean()))
    np.testing.assert_allclose(found.shift[-1], np.nanmean(values[TRAINED], axis=0))
    assert len(found.shift) == 4


def test_other_ways_to_preprocess_hold_for_each_series() -> None:
    values = values_of()
    ranges = measured(values, scale="min_max", impute="median")
    np.testing.assert_allclose(ranges.shift[1], np.nanmin(values[30:50], axis=0))
    np.testing.assert_allclose(ranges.scale[1], np.nanmax(values[30:50], axis=0) - np.nanmin(values[30:50], axis=0))
    np.testing.assert_allclose(ranges.fill[1], np.nanmedian(values[30:50], axis=0))
    assert measured(values, scale="none").scale[:-1].tolist() == [[1.0, 1.0]] * 3


def test_series_that_do_not_vary_or_have_no_value_borrow_from_all() -> None:
    values = values_of()
    values[:30, 0] = 0.1
    values[30:70, 1] = np.nan
    found = measured(values)
    shared = found.scale[-1]
    assert found.scale[0, 0] == shared[0]
    assert (found.scale[1, 1], found.shift[1, 1]) == (shared[1], found.shift[-1, 1])
    assert np.isfinite([*found.target_scale, *found.fill.ravel()]).all()
    assert (found.target_scale > 0).all()


@pytest.mark.parametrize("scaling", ["global", "per_window"])
def test_series_that_share_a_scale_have_one_row(scaling: str) -> None:
    assert len(measured(values_of(), scaling=scaling).scale) == 1


@given(
    power=st.integers(-6, 6),
    offset=st.floats(-100, 100),
    scaling=st.sampled_from(["per_series", "per_window"]),
    residual=st.booleans(),
    known=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_units_do_not_matter(power: int, offset: float, scaling: str, residual: bool, known: bool) -> None:
    options = {"scaling": scaling, "residual": residual}
    values, outputs = values_of(), torch.linspace(-2, 2, 4).repeat(3, 1)
    factor = 10.0**power
    moved = values * factor + offset * factor * np.repeat([1e3, 1e6, 1e-2], LENGTHS)[:, None]
    series = torch.tensor([0, 1, 2 if known else UNMET_SERIES])
    found = []
    for version in (values, moved):
        scaling_of = WindowScaling(measured(version, **options), SeriesConfig(context=6, horizon=4, **options), CPU)
        seen = torch.from_numpy(np.stack([version[start + 10 : start + 16] for start in OFFSETS[:-1]]))
        found.append(scaling_of(seen, series, all_known=known))
    here, there = found
    torch.testing.assert_close(there.inputs, here.inputs, rtol=1e-4, atol=1e-4)
    expected = here.in_units(outputs) * factor + torch.tensor([[1e3], [1e6], [1e-2]]) * offset * factor
    size = here.scale[:, None] * factor
    torch.testing.assert_close(there.in_units(outputs) / size, expected / size, rtol=1e-6, atol=1e-6)


def series_rows(*, names: tuple[Any, ...] = (1, 2), factor: float = 1.0, offset: float = 0.0) -> list[uploads.Row]:
    """Waves with noise, each series a million times the one before."""
    random = np.random.default_rng(7)
    rows = []
    for number, name in enumerate(names):
        wave = 10 + 3 * np.sin(np.arange(60) * 2 * np.pi / 6 + number) + random.normal(0, 0.2, 60)
        for at, value in enumerate(wave.tolist()):
            rows.append({"s": name, "t": at, "y": (value + offset) * 1e6**number * factor})
    return rows


def trained(directory: Path, rows: list[uploads.Row], **series: Any) -> tuple[Path, dict[str, Any]]:
    directory.mkdir(parents=True)
    accepted(uploads.write_parquet(directory / "t.parquet", rows), FORECAST, **COLUMNS)
    spec = make_spec(
        "time_series_forecasting",
        DENSE,
        epochs=20,
        batch_size=16,
        optimizer={"name": "adamw", "lr": 0.01},
        series={"context": 8, "horizon": 3, **series},
    )
    return directory / "out", train_here(spec, directory / "compiled", directory / "out")[-1]["test_metrics"]


def asked(rows: list[uploads.Row], name: Any) -> list[uploads.Row]:
    return [row for row in rows if row["s"] == name][-8:]


def test_a_small_series_is_learnt_beside_a_large_one(tmp_path: Path) -> None:
    rows = series_rows()
    _, by_itself = trained(tmp_path / "own", rows)
    _, together = trained(tmp_path / "global", rows, scaling="global")
    # What repeating the last value would score is about 1.4 of either series' change.
    assert by_itself["mase"] < 0.5
    assert together["mase"] > 2 * by_itself["mase"]


@pytest.mark.parametrize("scaling", ["per_series", "per_window"])
def test_forecasts_of_a_rescaled_series_are_rescaled(tmp_path: Path, scaling: str) -> None:
    plain, moved = series_rows(), series_rows(factor=1e3, offset=50.0)
    here, there = (
        load_model(trained(tmp_path / name, rows, scaling=scaling)[0], "cpu", threads=1)
        for name, rows in (("here", plain), ("there", moved))
    )
    for number, name in enumerate((1, 2)):
        ((first,), (second,)) = (predict(model, [asked(rows, name)]) for model, rows in ((here, plain), (there, moved)))
        expected = [(value + 50.0 * 1e6**number) * 1e3 for value in first["values"]]
        assert second["values"] == pytest.approx(expected, rel=1e-3)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory, _ = trained(tmp_path_factory.mktemp("series") / "model", series_rows())
    return load_model(directory, "cpu", threads=1)


@pytest.mark.parametrize("name", [2, 2.0, "2", "2.0", " 2"])
def test_a_known_series_is_known_however_its_name_is_written(model: Any, name: Any) -> None:
    rows = asked(series_rows(), 2)
    first, second = predict(model, [rows, [{**row, "s": name} for row in rows]])
    assert first == second
    assert not first["warnings"]


@pytest.mark.parametrize("name", [3, "north", None])
def test_an_unknown_series_is_scaled_by_itself_and_the_answer_says_so(model: Any, name: Any) -> None:
    rows = asked(series_rows(), 2)
    as_small = [{**row, "s": name, "y": row["y"] * 1e-9} for row in rows]
    as_large = [{**row, "s": name} for row in rows]
    small, large, known = predict(model, [as_small, as_large, rows])
    assert [value * 1e9 for value in small["values"]] == pytest.approx(large["values"], rel=1e-3)
    assert large["values"] == pytest.approx(known["values"], rel=0.2)
    for answer in (small, large):
        (warning,) = answer["warnings"]
        assert (warning["code"], warning["column"]) == ("unknown_series", "s")
        assert ("north" in warning["message"]) == (name == "north")
    assert not known["warnings"]


def test_a_window_that_does_not_vary_is_forecast_too(model: Any) -> None:
    rows = [{"s": name, "t": at, "y": 0.1} for name in (1, "new") for at in range(8)]
    for answer in predict(model, [rows[:8], rows[8:]]):
        assert np.isfinite(answer["values"]).all()


def test_a_single_series_needs_no_name(tmp_path: Path) -> None:
    directory, _ = trained(tmp_path / "one", series_rows(names=("only",)))
    rows = asked(series_rows(names=("only",)), "only")
    named, nameless = predict(load_model(directory, "cpu", threads=1), [rows, [{"y": row["y"]} for row in rows]])
    assert named == nameless
    assert not named["warnings"]


def test_a_model_from_before_forecasts_as_it_did(tmp_path: Path) -> None:
    directory, metrics = trained(tmp_path / "old", series_rows(), scaling="global", residual=False)
    rows = [asked(series_rows(), name) for name in (1, 2)]
    expected = predict(load_model(directory, "cpu", threads=1), rows)
    for file, path in (("manifest.json", ("spec",)), ("config.json", ("spec",))):
        content = json.loads((directory / file).read_text())
        series = content[path[0]]["training"]["series"]
        del series["scaling"], series["residual"], series["season"]
        if file == "manifest.json":
            changed = {"series.safetensors", "config.json"}
            content["files"] = [entry for entry in content["files"] if entry["name"] not in changed]
        (directory / file).write_text(json.dumps(content))
    (directory / "series.safetensors").unlink()
    old = load_model(directory, "cpu", threads=1)
    assert predict(old, rows) == expected
    dataset = open_dataset(tmp_path / "old/compiled")
    prepared = handler_for(FORECAST).prepare(dataset, old.config.spec, preprocessing=old.preprocessing)
    evaluation = old.objective.evaluation(final=True)
    for batch in prepared.open_source(CPU).batches(prepared.split.test, size=64):
        evaluation.add(old, batch)
    found, _ = evaluation.result()
    assert {name: found[name] for name in ("mae", "loss")} == {name: metrics[name] for name in ("mae", "loss")}


def test_a_training_from_before_goes_on_as_it_began(tmp_path: Path) -> None:
    compiled = small_loads(tmp_path)
    spec = parse_training_spec(make_spec("time_series_forecasting", DENSE, series={"context": 8, "horizon": 3}))
    begun = TrainingState(training="t", step=1, epoch=0, threads=1, val_metrics={})
    found = {
        has_scales: prepare(
            spec,
            open_dataset(compiled),
            choose_compute("cpu", "fp32"),
            begun=begun.model_copy(update={"has_scales": has_scales}),
            name="t",
            threads=1,
            group=Group(),
            warn=pytest.fail,
        )
        for has_scales in (True, False)
    }
    values = np.load(compiled / "values.npy")
    for has_scales, training in found.items():
        (batch,), mean = training.source.batches(np.array([0]), size=1), training.model.config.target_mean
        assert ScaledWindows(*batch.raw).shift.tolist() == [values[7, 0] if has_scales else mean]
        assert training.snapshot().state.has_scales == has_scales


def test_what_is_new_renames_no_training() -> None:
    """The name is that which a release without these options gave."""
    spec = parse_training_spec(make_spec("time_series_forecasting", DENSE, series={"context": 8, "horizon": 3}))
    named = "c205b94905cfdfe632faa5a4cf95d68162587906bf090138007f52608af88e4f"
    assert training_name(spec, SimpleNamespace(sha256="d" * 64)) == named  # type: ignore[arg-type]


def test_what_is_chosen_stands_in_the_manifest(tmp_path: Path) -> None:
    directory, _ = trained(tmp_path / "m", series_rows())
    series = json.loads((directory / "manifest.json").read_text())["spec"]["training"]["series"]
    assert (series["scaling"], series["residual"]) == ("per_series", True)


def test_a_window_that_is_standardized_by_itself_takes_no_other_scale() -> None:
    options = {"series": {"scaling": "per_window"}, "preprocess": {"scale": "min_max"}}
    with pytest.raises(InvalidSpec, match="per_window standardizes each window"):
        parse_training_spec(make_spec("time_series_forecasting", DENSE, **options))


def test_a_random_walk_with_a_trend_is_forecast_as_well_as_by_its_last_value(tmp_path: Path) -> None:
    """Before, however long it was trained: 1.7 to 3 times the error of the last value."""
    random = np.random.default_rng(5)
    walk = 1_628 * np.exp(np.cumsum(random.normal(0.00065, 0.0103, 1_860)))
    rows = [{"s": "index", "t": at, "y": value} for at, value in enumerate(walk.tolist())]
    (tmp_path / "t").mkdir()
    accepted(uploads.write_parquet(tmp_path / "t" / "t.parquet", rows), FORECAST, **COLUMNS)
    spec = make_spec(
        "time_series_forecasting", {"name": "mlp", "hidden": [32]}, epochs=5, series={"context": 20, "horizon": 5}
    )
    found = train_here(spec, tmp_path / "t" / "compiled", tmp_path / "t" / "out")[-1]["test_metrics"]
    assert found["mae"] < 1.03 * found["naive_mae"]
