"""Steps of series that training never met the like of: channels that learnt nothing, and what is said of them."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiled import make_spec, small_recordings, with_parts
from tests.support.compiling import accepted
from tests.support.series import FORECAST, run_rows, small_runs
from tests.support.speech import recording_bytes
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.coverage import NumericCoverage, steps_coverage
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict

DENSE: dict[str, Any] = {"name": "mlp", "hidden": [8]}
SPEECH: dict[str, Any] = {"name": "speech_rnn", "hidden": 4, "channels": 3, "num_layers": 1}
STEPS = 60
TRAINED = 48
"""Of each series the first four fifths."""


def sales(*, promotion: list[float | None]) -> list[uploads.Row]:
    """Of two shops, whose ``promotion`` is as given in training, each its own, and changes afterwards."""
    random = np.random.default_rng(5)
    return [
        {
            "shop": f"s{shop}",
            "day": step,
            "sold": 100 * (1 + shop) + random.normal(),
            "rain": random.normal(),
            "promotion": promotion[shop] if step < TRAINED else float(step % 3),
        }
        for shop in range(2)
        for step in range(STEPS)
    ]


def forecast_spec(**series: Any) -> dict[str, Any]:
    return make_spec("time_series_forecasting", DENSE, series={"context": 6, "horizon": 2, **series})


def sequence_spec(**training: Any) -> dict[str, Any]:
    return make_spec("sequence_classification", {"name": "rnn", "embedding": 4, "hidden": 4}, **training)


def compiled(directory: Path, rows: list[uploads.Row]) -> Path:
    directory.mkdir(parents=True)
    accepted(uploads.write_csv(directory / "sales.csv", rows), FORECAST, target="sold", time="day", series="shop")
    return directory / "compiled"


def trained(spec: dict[str, Any], data: Path, out: Path) -> LoadedModel:
    train_here(spec, data, out)
    return load_model(out, "cpu", threads=1)


def codes_of(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(warning["code"], warning["column"]) for warning in answer["warnings"]]


@pytest.mark.parametrize(
    ("promotion", "scaling", "is_held"),
    [
        ([2.0, 2.0], "global", True),
        ([2.0, 2.0], "per_series", True),
        ([2.0, 2.0], "per_window", True),
        ([None, None], "per_series", True),
        # Where each series has a constant of its own, scaling it by itself leaves nothing to learn from.
        ([1.0, 2.0], "per_series", True),
        ([1.0, 2.0], "per_window", True),
        ([1.0, 2.0], "global", False),
    ],
)
@pytest.mark.parametrize("shop", ["s0", "elsewhere"])
def test_a_channel_that_never_varied_in_training_moves_no_forecast(
    tmp_path: Path, promotion: list[float | None], scaling: str, is_held: bool, shop: str
) -> None:
    data = compiled(tmp_path / "data", sales(promotion=promotion))
    model = trained(forecast_spec(scaling=scaling), data, tmp_path / "out")
    rows = [{"shop": shop, "sold": 100.0 + step, "rain": 0.5} for step in range(6)]
    changing = [[{**row, "promotion": at * step} for step, row in enumerate(rows)] for at in (0.0, 1.0, 1e6)]
    usual, *others = (answer["values"] for answer in predict(model, changing))
    assert np.allclose(others, [usual, usual], rtol=1e-6) == is_held


def test_the_targets_own_history_always_counts(tmp_path: Path) -> None:
    rows = [{**row, "sold": 7.0 if int(str(row["day"])) < TRAINED else row["sold"]} for row in sales(promotion=[1, 2])]
    model = trained(forecast_spec(), compiled(tmp_path / "data", rows), tmp_path / "out")
    given = [[{"shop": "s0", "sold": sold, "rain": 0.0, "promotion": 1}] * 6 for sold in (7.0, 50.0)]
    same, other = (answer["values"][0] for answer in predict(model, given))
    assert other - same == pytest.approx(43, abs=1)


def test_the_steps_of_a_forecast_are_told_what_training_did_not_meet(tmp_path: Path) -> None:
    """Once for each column and input, by the first row, and of the rows alone that are read."""
    rows = [{**row, "note": "same"} for row in sales(promotion=[1.0, 2.0])]
    model = trained(forecast_spec(), compiled(tmp_path / "data", rows), tmp_path / "out")
    row = {"shop": "s0", "sold": 100.0, "rain": 0.0, "promotion": 1.0}
    far_before = [{**row, "rain": 1e9}, {**row, "rain": None}, *[row] * 6]
    holes = [row, {**row, "rain": ""}, row, {**row, "rain": None}, row, {**row, "sold": 1e4}]
    lacking = [{"shop": "s0", "sold": 100.0, "rain": 0.0, "note": "same"}] * 6
    usual, before, holey, less = predict(model, [[row] * 6, far_before, holes, lacking])
    assert usual["warnings"] == before["warnings"] == []
    assert codes_of(holey) == [("out_of_range", "sold"), ("missing_value", "rain")]
    assert [warning["message"].split(",")[0] for warning in holey["warnings"]] == [
        "10000 in the column sold in row 5 is far outside the values in training",
        "The column rain has no value in row 1 and 1 more",
    ]
    assert codes_of(less) == [("column_left_out", "note"), ("column_missing", "promotion")]


def test_rows_are_numbered_as_they_were_sent(tmp_path: Path) -> None:
    model = trained(forecast_spec(), compiled(tmp_path / "data", sales(promotion=[1.0, 2.0])), tmp_path / "out")
    rows = [{"shop": "s0", "day": at, "sold": 100.0, "rain": 0.0, "promotion": 1.0} for at in range(6)][::-1]
    rows[1]["rain"] = None
    (answer,) = predict(model, [rows])
    assert "no value in row 1," in answer["warnings"][0]["message"]


def test_a_channel_that_never_varied_in_training_moves_no_class(tmp_path: Path) -> None:
    parts = np.arange(36) // 3 % 3
    data = with_parts(small_runs(tmp_path / "data"), parts)
    values, lengths = np.load(data / "values.npy"), np.diff(np.load(data / "values_offsets.npy"))
    values[np.repeat(parts == 0, lengths), 1] = 7.0
    np.save(data / "values.npy", values)
    model = trained(sequence_spec() | {"split": {"by": "given"}}, data, tmp_path / "out")
    steps = [{"height": float(at), "speed": 7.0} for at in range(5)]
    usual, *others = predict(model, [steps, *([{**step, "speed": speed} for step in steps] for speed in (0.0, 1e6))])
    assert {answer["probabilities"]["up"] for answer in others} == {usual["probabilities"]["up"]}
    assert [codes_of(answer) for answer in (usual, *others)] == [[], *[[("out_of_range", "speed")]] * 2]


def test_a_series_is_told_what_is_cut_off_and_lacking(tmp_path: Path) -> None:
    model = trained(sequence_spec(sequence={"max_length": 6}), small_runs(tmp_path / "data"), tmp_path / "out")
    steps = [{key: row[key] for key in ("height", "speed")} for row in run_rows()[:9]]
    long, short, holey = predict(
        model, [[*steps[:6], {"height": None, "speed": 1e9}], [{"height": 0.1}] * 3, [*steps[:2], {"height": 0.1}]]
    )
    assert codes_of(long) == [("truncated", None)]
    assert long["warnings"][0]["message"] == "The series has 7 steps, of which the first 6 are read."
    assert codes_of(short) == [("column_missing", "speed")]
    assert codes_of(holey) == [("missing_value", "speed")]


def test_places_behind_the_longest_series_of_training_say_nothing(tmp_path: Path) -> None:
    network = {"name": "transformer", "d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 8, "positions": "learned"}
    spec = make_spec("sequence_classification", network, sequence={"max_length": 40})
    model = trained(spec, small_runs(tmp_path / "data"), tmp_path / "out")
    assert model.config.coverage is not None
    assert 4 <= model.config.coverage.longest <= 12
    positions = model.network.get_parameter("positions")
    assert positions[: model.config.coverage.longest].any(dim=1).all()
    assert not positions[model.config.coverage.longest :].any()


def test_a_recording_is_told_what_is_cut_off(tmp_path: Path) -> None:
    spec = make_spec("audio_classification", SPEECH, audio={"max_seconds": 0.2}, epochs=1)
    model = trained(spec, small_recordings(tmp_path / "data"), tmp_path / "out")
    noise = np.random.default_rng(0).normal(0, 0.1, 4000)
    whole, cut = predict(
        model, [base64.b64encode(recording_bytes(samples)).decode() for samples in (noise[:1600], noise)]
    )
    assert whole["warnings"] == []
    assert [warning["message"] for warning in cut["warnings"]] == [
        "The recording lasts 0.5 seconds, of which the first 0.2 are read."
    ]
    assert codes_of(cut) == [("truncated", None)]


def test_a_stopped_forecast_with_a_held_channel_ends_in_the_same_bits(tmp_path: Path) -> None:
    data = compiled(tmp_path / "data", sales(promotion=[1.0, 2.0]))
    whole = train_here(forecast_spec(), data, tmp_path / "whole")[-1]
    parts = interrupted_here(forecast_spec(), data, tmp_path / "parts", after=(2, 3))[-1]
    assert (parts["weights_sha256"], parts["test_metrics"]) == (whole["weights_sha256"], whole["test_metrics"])


def test_steps_are_measured_over_all_and_within_each_series() -> None:
    nan = np.nan
    values = np.array([[1, 5, 1, nan], [2, 5, nan, nan], [3, 6, 2, nan], [4, 6, 2, 3], [9, 9, 9, 9]], dtype=np.float32)
    found = steps_coverage(values, np.arange(4), np.array([0, 2, 5]), by_series=True)
    assert found == (
        NumericCoverage(minimum=1, maximum=4, missing=0),
        NumericCoverage(minimum=5, maximum=6, missing=0, is_steady=True),
        NumericCoverage(minimum=1, maximum=2, missing=1, is_steady=True),
        NumericCoverage(minimum=3, maximum=3, missing=3, is_steady=True),
    )
    alone = steps_coverage(values, np.arange(4), np.array([0, 2, 5]), by_series=False)
    assert [channel.is_constant for channel in alone] == [False, False, False, True]
