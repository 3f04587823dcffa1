"""Every problem of a spec names its field, has a stable code and says in a sentence what to do."""

from typing import Any

import pytest

from tests.support.compiled import make_spec
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.tasks import TRAITS
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import InvalidSpec, SpecProblem, parse_training_spec

VALID = make_spec("image_classification", {"name": "cnn"}, augment=[{"name": "flip"}, {"name": "crop"}])


def spec_with(path: str, value: Any) -> dict[str, Any]:
    """The valid spec with the field at the dotted ``path`` set."""

    def replaced(part: Any, keys: list[str]) -> Any:
        if not keys:
            return value
        if isinstance(part, list):
            index = int(keys[0])
            return [*part[:index], replaced(part[index], keys[1:]), *part[index + 1 :]]
        return {**part, keys[0]: replaced(part.get(keys[0], {}), keys[1:])}

    changed: dict[str, Any] = replaced(VALID, path.split("."))
    return changed


def problems_of(data: Any) -> tuple[SpecProblem, ...]:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(data)
    return caught.value.problems


@pytest.mark.parametrize(
    "path", ["training.epochs", "training.seed", "training.checkpoint.every_steps", "split.train", "priority"]
)
def test_a_truth_value_is_no_number(path: str) -> None:
    (problem,) = problems_of(spec_with(path, True))
    assert (problem.field, problem.code, problem.message) == (path, "invalid", "Must be a number, not true.")


def test_the_shortest_spec_is_valid() -> None:
    spec = parse_training_spec(
        {"name": "n", "dataset": "dsv_1", "task": "tabular_regression", "architecture": {"name": "mlp"}}
    )
    assert spec.training.batch_size == "auto"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("taks", "task"),
        ("training.epoch", "epochs"),
        ("training.optimizer", {"name": "sgd", "momentun": 0.5}),
        ("training.regularization.drop_out", "dropout"),
        ("training.early_stopping", {"patiense": 3}),
        ("training.checkpoint.every_step", "every_steps"),
        ("training.augment.1.paddding", "padding"),
        ("architecture.chanels", "channels"),
        ("limits.maxcost", "max_cost"),
    ],
)
def test_an_unknown_field_is_named_with_the_nearest_valid_one(path: str, nearest: Any) -> None:
    value: Any = 1
    expected = path
    if isinstance(nearest, dict):
        value, expected = nearest, f"{path}.{list(nearest)[-1]}"
        nearest = {"momentun": "momentum", "patiense": "patience"}[list(nearest)[-1]]
    assert problems_of(spec_with(path, value)) == (
        SpecProblem(expected, "unknown_field", f"There is no field {expected}.", f"Did you mean {nearest}?"),
    )


def test_a_field_like_no_other_is_answered_with_all_of_them() -> None:
    (problem,) = problems_of(spec_with("split.xyzzy", 1))
    assert problem.hint == "Valid fields: by, seed, test, train, val."


def test_an_unknown_architecture_is_answered_with_the_nearest() -> None:
    [problem] = problems_of(spec_with("architecture.name", "mlpp"))
    assert (problem.code, problem.hint) == ("unknown_choice", "Did you mean mlp?")


@pytest.mark.parametrize(
    ("path", "wrong", "meant"),
    [("task", "image_clasification", "image_classification"), ("training.loss", "hubber", "huber")],
)
def test_a_misspelt_value_is_answered_with_the_nearest(path: str, wrong: str, meant: str) -> None:
    [problem] = problems_of(spec_with(path, wrong))
    assert problem == SpecProblem(path, "invalid", f"{path} cannot be {wrong}.", f"Did you mean {meant}?")


@pytest.mark.parametrize(
    ("path", "wrong", "message", "values"),
    [
        ("training.precision", "fp8", "training.precision cannot be fp8.", "auto, fp32, bf16, fp16"),
        ("architecture.kernel_size", 4, "architecture.kernel_size cannot be 4.", "1, 3, 5, 7"),
        ("split.by", None, "split.by cannot be null.", "random, time, group, given"),
        ("training.optimizer", {"name": "lion"}, "There is no optimizer lion.", "sgd, adam, adamw, rmsprop, adagrad"),
    ],
)
def test_a_value_like_no_other_is_answered_with_all_of_them(path: str, wrong: Any, message: str, values: str) -> None:
    [problem] = problems_of(spec_with(path, wrong))
    assert (problem.message, problem.hint) == (message, f"Valid values: {values}.")


def test_a_field_named_like_the_architecture_is_still_a_field() -> None:
    (problem,) = problems_of(spec_with("architecture.cnn", 1))
    assert problem.field == "architecture.cnn"


@pytest.mark.parametrize(
    ("path", "value", "field", "code", "sentence"),
    [
        ("architecture", {"name": "cmn"}, "architecture.name", "unknown_choice", "There is no architecture cmn."),
        ("architecture", {}, "architecture.name", "missing", "The name is missing."),
        ("training.optimizer", {"lr": 1}, "training.optimizer.name", "missing", "The name is missing."),
        (
            "training.augment.0",
            {"name": "flap"},
            "training.augment.0.name",
            "unknown_choice",
            "There is no augment flap.",
        ),
        ("training.epochs", 0, "training.epochs", "invalid", "greater than or equal to 1"),
        ("training.epochs", "many", "training.epochs", "invalid", "valid integer"),
        ("training.optimizer", {"name": "adam", "lr": 0}, "training.optimizer.lr", "invalid", "greater than 0"),
        ("training.optimizer", {"name": "adam", "lr": float("nan")}, "training.optimizer.lr", "invalid", "finite"),
        ("training.augment.1.padding", 0, "training.augment.1.padding", "invalid", "greater than or equal to 1"),
        ("training.loss", "hinge", "training.loss", "invalid", "training.loss cannot be hinge."),
        ("training.class_weights", [1, 0, 1], "training.class_weights.1", "invalid", "greater than 0"),
        ("architecture.channels", [8, 0], "architecture.channels.1", "invalid", "greater than or equal to 1"),
        ("architecture.channels", [], "architecture.channels", "invalid", "at least 1"),
        ("split", {"train": 0.9}, "split", "invalid", "Train, val and test must sum to 1, not 1.1."),
        ("dataset", "ds_1", "dataset", "invalid", "dsv_"),
        ("limits.max_cost", "-1", "limits.max_cost", "invalid", "greater than 0"),
    ],
)
def test_a_wrong_value_is_named(path: str, value: Any, field: str, code: str, sentence: str) -> None:
    (problem,) = problems_of(spec_with(path, value))
    assert (problem.field, problem.code) == (field, code)
    assert sentence in problem.message


@pytest.mark.parametrize("field", ["name", "dataset", "task", "architecture"])
def test_a_missing_field_is_named(field: str) -> None:
    without = {name: value for name, value in VALID.items() if name != field}
    assert problems_of(without) == (SpecProblem(field, "missing", "Field required."),)


def test_every_problem_is_told_at_once() -> None:
    data = spec_with("training", {"epochs": 0, "batch_size": 0, "sched": 1}) | {"name": ""}
    assert [problem.field for problem in problems_of(data)] == [
        *("name", "training.epochs", "training.batch_size", "training.sched")
    ]


@pytest.mark.parametrize("data", [None, [], "spec", 7, {}, {"architecture": 5, "training": []}])
def test_anything_is_answered_with_sentences(data: Any) -> None:
    for problem in problems_of(data):
        assert problem.field
        assert problem.code in {"missing", "invalid", "unknown_field", "unknown_choice"}
        assert problem.message[0].isupper()
        assert problem.message.endswith(".")


def test_the_spec_survives_json() -> None:
    spec = parse_training_spec(spec_with("limits", {"max_cost": "5.00"}))
    assert TrainingSpec.model_validate_json(spec.model_dump_json()) == spec


def test_every_task_has_a_loss_and_an_architecture() -> None:
    for task, losses in ((task, traits.losses) for task, traits in TRAITS.items()):
        assert losses
        assert any(task in config.tasks for config in ARCHITECTURES.values())


def test_every_hyperparameter_of_the_catalogue_is_described() -> None:
    for name, config in ARCHITECTURES.items():
        assert config.model_fields["name"].default == name
        for field, info in config.model_fields.items():
            assert field == "name" or info.description, f"{name}.{field}"


def test_no_model_lets_an_unknown_field_pass() -> None:
    objects = [part for part in TrainingSpec.model_json_schema()["$defs"].values() if part["type"] == "object"]
    assert objects
    assert all(part["additionalProperties"] is False for part in objects)


@pytest.mark.parametrize("nodes", [0, 2, "auto", None, True])
def test_a_gang_is_refused_by_a_sentence(nodes: Any) -> None:
    (problem,) = problems_of(spec_with("resources.nodes", nodes))
    assert (problem.field, problem.code) == ("resources.nodes", "not_offered")
    assert "resources.slots" in problem.hint


def test_one_node_is_what_a_job_trains_on_anyway() -> None:
    assert parse_training_spec(spec_with("resources.nodes", 1)) == parse_training_spec(VALID)


@pytest.mark.parametrize(("field", "value"), [("dataset", "ds_01"), ("dataset", "iris"), ("init_from", "job_01")])
def test_an_id_of_something_else_is_told_what_is_wanted(field: str, value: str) -> None:
    (problem,) = problems_of(spec_with(field, value))
    assert problem.field == field
    assert problem.message.endswith(f", not {value}.")
    assert "GET /" in problem.hint


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("architecture", "cnn"),
        ("training.optimizer", "adamw"),
        ("training.schedule", "cosine"),
        ("training.augment", ["flip"]),
    ],
)
def test_what_is_named_alone_is_told_how_to_write_it(path: str, value: Any) -> None:
    (problem,) = problems_of(spec_with(path, value))
    assert problem.message == "Must be an object."
    (name,) = [value] if isinstance(value, str) else value
    assert problem.hint == f'Write {{"name": "{name}"}}.'


def test_a_section_that_is_none_is_told_so_without_a_word_of_python() -> None:
    (problem,) = problems_of(spec_with("split", 3))
    assert (problem.message, problem.hint) == ("Must be an object.", "")
