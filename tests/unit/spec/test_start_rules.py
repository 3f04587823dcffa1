"""Which models a training may start from, and what is said where it may not."""

from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_spec.datasets import CategoricalColumn, DatasetSummary, ImageProfile, NumericColumn, TableProfile
from trainyard_spec.resolution import STARTED_STEPS, resolve_training
from trainyard_spec.start_rules import StartingModel, keeps_head, start_violations
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CLASSES = ("cat", "dog")


def spec_of(task: str = "image_classification", architecture: str = "cnn", **changes: Any) -> TrainingSpec:
    training = {name: changes.pop(name) for name in ("fine_tuning", "preprocess", "epochs", "loss") if name in changes}
    return parse_training_spec(make_spec(task, {"name": architecture, **changes}, **training) | {"init_from": "mdl_1"})


def images(*, size: int = 8, channels: int = 1, classes: tuple[str, ...] = CLASSES) -> DatasetSummary:
    profile = ImageProfile(channels=channels, height=size, width=size, resized=0)
    return DatasetSummary(task="image_classification", rows=100, classes=classes, profile=profile)


def start(spec: TrainingSpec | None = None, data: DatasetSummary | None = None) -> StartingModel:
    data = data or images()
    return StartingModel(spec=spec or spec_of(), classes=data.classes, profile=data.profile)


def refusals(spec: TrainingSpec, data: DatasetSummary, model: StartingModel) -> list[tuple[str, str]]:
    return [(violation.field, violation.code) for violation in start_violations(spec, data, model)]


def test_the_same_network_on_data_of_the_same_form_goes_on() -> None:
    assert refusals(spec_of(), images(), start()) == []
    assert keeps_head(spec_of(), images(), start())


def test_other_classes_or_another_task_get_a_new_head() -> None:
    others = images(classes=("cow", "hen"))
    assert refusals(spec_of(), others, start()) == []
    assert not keeps_head(spec_of(), others, start())
    assert not keeps_head(spec_of(fine_tuning={"head": "new"}), images(), start())
    assert not keeps_head(spec_of(loss="bce"), images(), start())
    numbers = DatasetSummary(task="image_regression", rows=9, profile=images().profile)
    assert refusals(spec_of("image_regression"), numbers, start()) == []
    assert not keeps_head(spec_of("image_regression"), numbers, start())


@pytest.mark.parametrize(
    ("spec", "data", "model", "refusal"),
    [
        (spec_of(), images(size=16), start(), ("init_from", "start_shape_mismatch")),
        (spec_of(), images(channels=3), start(), ("init_from", "start_shape_mismatch")),
        (spec_of(architecture="resnet"), images(), start(), ("architecture.name", "start_architecture_mismatch")),
        (spec_of(channels=[4]), images(), start(), ("architecture.channels", "start_architecture_mismatch")),
        (
            spec_of(preprocess={"scale": "none"}),
            images(),
            start(),
            ("training.preprocess", "start_input_mismatch"),
        ),
        (
            spec_of(fine_tuning={"head": "keep"}),
            images(classes=("cow",)),
            start(),
            ("training.fine_tuning.head", "start_head"),
        ),
        (
            spec_of(architecture="mlp", task="tabular_classification"),
            images(),
            start(),
            ("init_from", "start_task_mismatch"),
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    spec: TrainingSpec, data: DatasetSummary, model: StartingModel, refusal: tuple[str, str]
) -> None:
    assert refusals(spec, data, model) == [refusal]


def test_a_table_needs_the_models_columns_in_any_order() -> None:
    def table(*columns: Any) -> DatasetSummary:
        profile = TableProfile(target="y", columns=columns)
        return DatasetSummary(task="tabular_classification", rows=9, classes=CLASSES, profile=profile)

    size = NumericColumn(name="size", missing=0)
    colour = CategoricalColumn(name="colour", missing=0, categories=("red", "blue"))
    spec = spec_of("tabular_classification", "mlp")
    model = start(spec, table(size, colour))
    assert refusals(spec, table(colour.model_copy(update={"categories": ("green",)}), size), model) == []
    for others in ([size], [size, colour, size.model_copy(update={"name": "age"})]):
        assert refusals(spec, table(*others), model) == [("init_from", "start_shape_mismatch")]
    (violation,) = start_violations(spec, table(size, NumericColumn(name="colour", missing=0)), model)
    assert violation.message == "The column colour is numeric in the data and categorical to the model."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fine_tuning": {}, "init_from": None}, "training.fine_tuning"),
        ({"init": "he"}, "training.init"),
        ({"fine_tuning": {"freeze": True, "body_lr": 0.1}}, "training.fine_tuning.body_lr"),
    ],
)
def test_what_a_start_would_ignore_is_refused(changes: dict[str, Any], field: str) -> None:
    training = {name: value for name, value in changes.items() if name != "init_from"}
    spec = make_spec("image_classification", {"name": "cnn"}, **training)
    with pytest.raises(InvalidSpec) as refusal:
        parse_training_spec(spec | {"init_from": changes.get("init_from", "mdl_1")})
    assert [problem.field for problem in refusal.value.problems] == [field]


def test_adapters_of_a_frozen_body_and_heads_that_do_not_exist_are_refused() -> None:
    for task, architecture, tuning in (
        ("text_classification", {"name": "pretrained"}, {"freeze": True}),
        ("language_modelling", {"name": "gpt"}, {"head": "new"}),
    ):
        with pytest.raises(InvalidSpec, match=r"training\.fine_tuning"):
            parse_training_spec(make_spec(task, architecture, fine_tuning=tuning) | {"init_from": "mdl_1"})


def test_fewer_epochs_are_chosen_for_what_has_learnt_already() -> None:
    alone = parse_training_spec(make_spec("image_classification", {"name": "cnn"}, epochs="auto"))
    on = spec_of(epochs="auto")
    first, further = (resolve_training(spec, examples=640, profile=images().profile) for spec in (alone, on))
    assert further.epochs < first.epochs
    assert further.epochs * further.steps_per_epoch >= STARTED_STEPS
