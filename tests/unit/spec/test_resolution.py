"""What ``auto`` becomes: enough steps on few rows, no batch that a norm cannot take; what is stated stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.compiled import make_spec
from tests.support.profiles import PENGUINS, series
from trainyard_spec.datasets import (
    ImageProfile,
    InteractionProfile,
    RecordingProfile,
    SeriesProfile,
    TableProfile,
    TextProfile,
)
from trainyard_spec.resolution import (
    LARGEST_BATCH,
    MOST_EPOCHS,
    MOST_SCORES,
    ResolvedTraining,
    estimated_examples,
    resolve_training,
    smallest_batch,
)
from trainyard_spec.schedules import ConstantSchedule
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec

AUTO = {"epochs": "auto", "batch_size": "auto", "schedule": "auto"}
TABLE = TableProfile(target="species", columns=())


def spec_of(task: str, architecture: str, **training: Any) -> TrainingSpec:
    return parse_training_spec(make_spec(task, {"name": architecture}, **AUTO | training))


def resolved(examples: int, **training: Any) -> ResolvedTraining:
    return resolve_training(spec_of("tabular_regression", "mlp", **training), examples=examples, profile=TABLE)


def test_a_spec_that_says_nothing_leaves_all_three_to_the_data() -> None:
    data = make_spec("tabular_regression", {"name": "mlp"})
    spec = parse_training_spec({**data, "training": {}})
    assert (spec.training.epochs, spec.training.batch_size, spec.training.schedule) == ("auto", "auto", "auto")
    assert parse_training_spec(json.loads(spec.model_dump_json())) == spec


def test_few_rows_are_seen_often_enough() -> None:
    few = resolved(96)
    assert few.epochs * few.steps_per_epoch >= 1_000
    many = resolved(1_000_000)
    assert many.epochs == 5
    assert many.batch_size == LARGEST_BATCH


def test_what_is_stated_stays() -> None:
    training = resolved(1_000, epochs=7, batch_size=33, schedule={"name": "constant"}, accumulate=2)
    assert training == ResolvedTraining(
        examples=1_000, epochs=7, batch_size=33, accumulate=2, schedule=ConstantSchedule()
    )


def test_what_is_not_stated_follows_from_what_is() -> None:
    assert resolved(1_000, batch_size=1_000).epochs == MOST_EPOCHS
    assert resolved(1_000, epochs=3).batch_size == resolved(1_000).batch_size
    few, many = resolved(1_000, epochs=1).schedule, resolved(1_000, epochs=50).schedule
    assert few.name == many.name == "cosine"
    assert few.warmup_steps < many.warmup_steps


@given(
    examples=st.integers(2, 5_000_000),
    slots=st.integers(1, 8),
    accumulate=st.integers(1, 16),
    task=st.sampled_from(["tabular_regression", "tabular_classification"]),
)
def test_no_batch_of_a_single_row_is_left_over(examples: int, slots: int, accumulate: int, task: str) -> None:
    data = make_spec(task, {"name": "mlp"}, **AUTO, accumulate=accumulate) | {"resources": {"slots": slots}}
    training = resolve_training(parse_training_spec(data), examples=examples, profile=TABLE)
    smallest = smallest_batch(examples, batch_size=training.batch_size, accumulate=accumulate, slots=slots)
    assert smallest >= 2
    assert training.batch_size >= 2 * slots
    assert training.schedule.warmup_steps < training.epochs * training.steps_per_epoch


def test_batches_of_large_examples_are_small() -> None:
    images = [ImageProfile(channels=3, height=size, width=size, resized=0) for size in (8, 224, 512)]
    spec = spec_of("image_classification", "cnn")
    sizes = [resolve_training(spec, examples=100_000, profile=profile).batch_size for profile in images]
    assert sizes == [256, 83, 16]
    texts = TextProfile(shortest=1, longest=9, mean=4.0)
    spec = spec_of("text_classification", "rnn")
    assert resolve_training(spec, examples=100_000, profile=texts).batch_size == 64
    items = InteractionProfile(user="u", item="i", users=9, items=10_000_000)
    spec = spec_of("recommendation", "two_tower")
    assert resolve_training(spec, examples=100_000, profile=items).batch_size <= MOST_SCORES // 10_000_000


def test_a_forecast_trains_on_windows_and_a_language_model_on_blocks() -> None:
    spec = spec_of("time_series_forecasting", "mlp", series={"context": 10, "horizon": 2})
    profile = SeriesProfile.model_validate(series(100, 200)["profile"])
    assert estimated_examples(spec, rows=2, profile=profile) == (80 - 11) + (160 - 11)
    blocks = spec_of("language_modelling", "gpt", text={"tokenizer": "characters", "max_length": 64})
    documents = TextProfile(shortest=1, longest=9, mean=639.0)
    assert estimated_examples(blocks, rows=20, profile=documents) == 20 * 640 * 0.8 / 64
    table = spec_of("tabular_regression", "mlp")
    assert estimated_examples(table, rows=PENGUINS["rows"], profile=TABLE) == 800


@pytest.mark.parametrize("name", ["epochs", "batch_size", "schedule"])
def test_another_word_is_refused_with_the_one_that_is_known(name: str) -> None:
    with pytest.raises(InvalidSpec) as raised:
        spec_of("tabular_regression", "mlp", **{name: "automatic"})
    (problem,) = raised.value.problems
    assert problem.field == f"training.{name}"
    assert '"auto"' in problem.hint


@pytest.mark.parametrize(
    ("task", "architecture", "training", "metric"),
    [
        ("tabular_regression", "mlp", {}, "val_loss"),
        ("time_series_forecasting", "tcn", {}, "val_loss"),
        ("language_modelling", "gpt", {}, "val_loss"),
        ("tabular_regression", "mlp", {"epochs": 30}, None),
        ("tabular_classification", "mlp", {}, None),
        ("tabular_classification", "mlp", {"early_stopping": {"metric": "val_accuracy"}}, "val_accuracy"),
        ("tabular_regression", "mlp", {"epochs": 30, "early_stopping": {"metric": "val_loss"}}, "val_loss"),
    ],
)
def test_auto_epochs_end_on_the_best_one_where_the_loss_is_what_counts(
    task: str, architecture: str, training: dict[str, Any], metric: str | None
) -> None:
    profiles = {
        "time_series_forecasting": SeriesProfile.model_validate(series(400)["profile"]),
        "language_modelling": TextProfile(shortest=1, longest=9, mean=4.0),
    }
    found = resolve_training(spec_of(task, architecture, **training), examples=300, profile=profiles.get(task, TABLE))
    assert (found.early_stopping and found.early_stopping.metric) == metric


@pytest.mark.parametrize(("target", "stops"), [("stars", True), (None, False)])
def test_ratings_end_on_the_best_epoch_and_orders_do_not(target: str | None, stops: bool) -> None:
    profile = InteractionProfile(user="u", item="i", target=target, users=9, items=9)
    found = resolve_training(spec_of("recommendation", "matrix_factorization"), examples=300, profile=profile)
    assert (found.early_stopping is not None) is stops


def test_speech_takes_more_and_smaller_steps() -> None:
    profile = RecordingProfile(sample_rate=8_000, shortest=0.5, longest=1.0, mean=0.7, resampled=0, mixed=0)
    sizes = {
        task: resolve_training(spec_of(task, "speech_rnn"), examples=210, profile=profile).batch_size
        for task in ("audio_classification", "speech_recognition")
    }
    assert sizes == {"audio_classification": 16, "speech_recognition": 8}
