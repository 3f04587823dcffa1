"""Fields that do not go together, or that would change nothing, are refused by name."""

from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.tasks import Task
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec

IMAGES, TEXTS, SPEECH = "image_classification", "text_classification", "speech_recognition"
NUMBERS, FORECAST, ITEMS = "tabular_regression", "time_series_forecasting", "recommendation"
USUAL = {
    IMAGES: "cnn", TEXTS: "text_pool", SPEECH: "speech_rnn", NUMBERS: "mlp", FORECAST: "mlp", ITEMS: "two_tower",
    "translation": "seq2seq",
}  # fmt: skip


def problems_of(task: str, architecture: dict[str, Any] | None = None, **training: Any) -> list[tuple[str, str]]:
    """Fields and messages; ``split`` stands beside ``training`` in a spec."""
    split = training.pop("split", None)
    data = make_spec(task, architecture or {"name": USUAL[task]}, **training)
    try:
        parse_training_spec(data | ({"split": split} if split else {}))
    except InvalidSpec as error:
        return [(problem.field, problem.message) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("task", "training", "field", "sentence"),
    [
        (IMAGES, {"loss": "mse"}, "loss", "Loss mse does not fit image_classification."),
        (SPEECH, {"regularization": {"label_smoothing": 0.1}}, "regularization.label_smoothing", "The loss ctc has no"),
        (
            NUMBERS,
            {"regularization": {"label_smoothing": 0.1}},
            "regularization.label_smoothing",
            "The loss mse has no",
        ),
        (IMAGES, {"focal_gamma": 3}, "focal_gamma", "Focal_gamma is of the loss focal alone."),
        (SPEECH, {"class_weights": [1, 2]}, "class_weights", "Class_weights is for classes, and speech_recognition"),
        (NUMBERS, {"balance_classes": True}, "balance_classes", "Balance_classes is for classes"),
        (IMAGES, {"balance_classes": True, "class_weights": [1, 2]}, "class_weights", "Balance_classes works the"),
        (NUMBERS, {"early_stopping": {"metric": "val_accuracy"}}, "early_stopping.metric", "Val_accuracy is not a"),
        (IMAGES, {"early_stopping": {"metric": "val_wer"}}, "early_stopping.metric", "Val_wer is not a metric"),
        (SPEECH, {"early_stopping": {"metric": "val_ndcg_at_10"}}, "early_stopping.metric", "Val_ndcg_at_10 is not"),
        (NUMBERS, {"schedule": {"name": "plateau", "metric": "val_cer"}}, "schedule.metric", "Val_cer is not a metric"),
        (NUMBERS, {"augment": [{"name": "flip"}]}, "augment.0.name", "Augment flip is for images, not for the tables"),
        (IMAGES, {"augment": [{"name": "mixup"}, {"name": "flip"}]}, "augment.0.name", "Mixup or cutmix comes last"),
        (IMAGES, {"preprocess": {"impute": "median"}}, "preprocess.impute", "Preprocess.impute is for tables and"),
        (TEXTS, {"preprocess": {"scale": "none"}}, "preprocess.scale", "Preprocess.scale is for stored numbers"),
        (IMAGES, {"text": {"max_length": 8}}, "text", "Training.text says how texts are read, and this task"),
        (SPEECH, {"audio": {"hop_ms": 30}}, "audio.hop_ms", "Hop_ms must not be above window_ms"),
        (
            NUMBERS,
            {"optimizer": {"name": "sgd", "momentum": 0, "nesterov": True}},
            "optimizer.nesterov",
            "Nesterov needs a momentum above 0.",
        ),
    ],
)
def test_an_option_that_the_task_cannot_use_is_named(
    task: str, training: dict[str, Any], field: str, sentence: str
) -> None:
    [(named, message)] = problems_of(task, **training)
    assert named == f"training.{field}"
    assert message.startswith(sentence)


@pytest.mark.parametrize(
    ("task", "architecture", "training", "field"),
    [
        (NUMBERS, {"name": "cnn"}, {}, "architecture.name"),
        (TEXTS, {"name": "pretrained", "method": "full", "rank": 4}, {}, "architecture.rank"),
        (TEXTS, {"name": "pretrained"}, {"text": {"tokenizer": "bpe"}}, "training.text.tokenizer"),
        (TEXTS, {"name": "pretrained"}, {"init": "he"}, "training.init"),
        (TEXTS, {"name": "pretrained"}, {"augment": [{"name": "token_dropout"}]}, "training.augment"),
        (TEXTS, {"name": "transformer", "d_model": 6, "num_heads": 4}, {}, "architecture.num_heads"),
        ("translation", {"name": "seq2seq", "variant": "lstm", "num_heads": 2}, {}, "architecture.num_heads"),
        (SPEECH, {"name": "speech_rnn", "pooling": "last"}, {}, "architecture.pooling"),
        (SPEECH, {"name": "speech_rnn", "subsampling": 1, "channels": 8}, {}, "architecture.channels"),
        (ITEMS, {"name": "matrix_factorization"}, {"init": "he"}, "training.init"),
    ],
)
def test_an_architecture_and_what_it_cannot_use_are_named(
    task: str, architecture: dict[str, Any], training: dict[str, Any], field: str
) -> None:
    assert [named for named, _ in problems_of(task, architecture, **training)] == [field]


def test_an_architecture_of_another_task_is_answered_with_those_that_fit() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(make_spec(SPEECH, {"name": "mlp"}))
    [problem] = caught.value.problems
    assert (problem.field, problem.hint) == (
        "architecture.name",
        "Architectures of speech_recognition: speech_rnn, pretrained.",
    )


def test_all_violations_are_told_at_once() -> None:
    found = problems_of(SPEECH, regularization={"label_smoothing": 0.1}, augment=[{"name": "flip"}])
    assert [field for field, _ in found] == ["training.regularization.label_smoothing", "training.augment.0.name"]


@pytest.mark.parametrize("task", Task)
@pytest.mark.parametrize("section", [{"early_stopping": {}}, {"schedule": {"name": "plateau"}}])
def test_a_metric_that_a_hint_names_is_taken(task: Task, section: dict[str, dict[str, str]]) -> None:
    [(name, options)] = section.items()
    architecture = next({"name": name} for name, config in ARCHITECTURES.items() if task in config.tasks)

    def judged_by(metric: str) -> dict[str, Any]:
        return make_spec(task, architecture, **{name: options | {"metric": metric}})

    wrong = "val_wer" if task != Task.SPEECH_RECOGNITION else "val_accuracy"
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(judged_by(wrong))
    [problem] = caught.value.problems
    for metric in problem.hint.removeprefix("Use ").removesuffix(".").replace(",", " or").split(" or "):
        assert parse_training_spec(judged_by(metric.strip()))


@pytest.mark.parametrize("by", ["random", "group"])
def test_a_forecast_is_not_split_by_chance(by: str) -> None:
    assert [field for field, _ in problems_of(FORECAST, split={"by": by})] == ["split.by"]
    for split in ({}, {"seed": 3}, {"by": "time"}):
        spec = parse_training_spec(make_spec(FORECAST, {"name": "mlp"}) | {"split": split})
        assert spec.split.by == "time"
        assert TrainingSpec.model_validate_json(spec.model_dump_json()) == spec


def test_defaults_fit_every_architecture_in_each_of_its_tasks() -> None:
    for name, config in ARCHITECTURES.items():
        for task in config.tasks:
            spec = parse_training_spec(make_spec(Task(task), {"name": name}))
            assert TrainingSpec.model_validate_json(spec.model_dump_json()) == spec
