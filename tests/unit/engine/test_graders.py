"""Graders of written answers, and a model's answers beside its base's."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.support.compiled import make_spec
from tests.support.conversations import small_conversations
from tests.support.tiny_language_model import registered_here
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.tasks.shared.graders import rouge_l, score, text_similarity
from trainyard_spec.graders import AnyGrader, JsonSchemaGrader
from trainyard_spec.validation import InvalidSpec, parse_training_spec

ANSWERS, REFERENCES = ["It is Oslo.", " yes", "no"], ["It is Oslo.", "Yes", "maybe"]


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


@pytest.mark.parametrize(
    ("grader", "expected"),
    [
        ({"name": "exact_match"}, 1 / 3),
        ({"name": "exact_match", "ignore_case": True}, 2 / 3),
        ({"name": "contains"}, 1 / 3),
        ({"name": "contains", "text": "o"}, 2 / 3),
        ({"name": "regex", "pattern": r"^\s*(yes|no)$"}, 2 / 3),
    ],
)
def test_a_grade_is_the_share_of_answers_that_are_right(grader: dict[str, Any], expected: float) -> None:
    found: AnyGrader = TypeAdapter(AnyGrader).validate_python(grader)
    assert score(found, ANSWERS, REFERENCES) == pytest.approx(expected)


SCHEMA = {
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/name"}, "people": {"type": "integer", "minimum": 0}},
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"name": {"type": "string", "minLength": 1}},
}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"city": "Oslo", "people": 700000}', 1.0),
        (' {"city": "Oslo"}\n', 1.0),
        ('{"city": ""}', 0.0),
        ('{"city": "Oslo", "people": 0.5}', 0.0),
        ('{"town": "Oslo"}', 0.0),
        ('Here it is: {"city": "Oslo"}', 0.0),
        ("[" * 100_000, 0.0),
        ("", 0.0),
    ],
)
def test_an_answer_is_json_as_the_schema_wants_it_or_not(answer: str, expected: float) -> None:
    assert score(JsonSchemaGrader(name="json_schema", json_schema=SCHEMA), [answer], [""]) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "objekt"},
        {"$ref": "#/$defs/none"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "file:///etc/passwd"},
    ],
)
def test_a_schema_that_cannot_be_used_is_told_before_the_first_step_and_nothing_is_fetched(
    schema: dict[str, Any], tmp_path: Path
) -> None:
    graders = [{"name": "bleu"}, {"name": "json_schema", "json_schema": schema}]
    spec = make_spec("instruction_tuning", {"name": "causal_lm", "model": "tiny-lm"}, tuning={"graders": graders})
    with pytest.raises(EngineFault) as caught:
        train_here(spec, small_conversations(tmp_path / "data"), tmp_path / "out")
    assert caught.value.failed.code == "invalid_json_schema"
    assert caught.value.failed.field == "training.tuning.graders.1.json_schema"


def test_rouge_l_by_hand() -> None:
    """ "police killed the gunman" of Lin (2004): of four words each, three are in order, and in the other two."""
    assert rouge_l("police kill the gunman", "Police killed the gunman.") == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(2 / 4)
    assert rouge_l("", "police") == 0.0


def test_similarity_by_hand() -> None:
    assert text_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert text_similarity("", " ") == 1.0


def test_a_finished_model_is_graded_beside_its_base(tmp_path: Path) -> None:
    tuning = {"max_length": 64, "graders": [{"name": "exact_match"}, {"name": "bleu"}], "graded_examples": 3}
    training = {"epochs": 6, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}}
    spec = make_spec(
        "instruction_tuning",
        {"name": "causal_lm", "model": "tiny-lm", "method": "full"},
        **training,
        tuning=tuning | {"max_new_tokens": 24},
    )
    result = train_here(spec, small_conversations(tmp_path / "data", rows=80), tmp_path / "out")[-1]
    metrics = result["test_metrics"]
    assert metrics["exact_match"] > metrics["exact_match/base"] == 0.0
    assert metrics["bleu"] > metrics["bleu/base"]
    with (tmp_path / "out" / "test_predictions.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [bool(line["prompt"]) for line in lines] == [True] * 3 + [False] * (len(lines) - 3)
    right = [line for line in lines if line["prompt"] and line["prediction"].strip() == line["truth"].strip()]
    assert len(right) / 3 == pytest.approx(metrics["exact_match"])
    graded = [line["grade:exact_match"] for line in lines]
    assert [cell for cell in graded if cell] == [str(float(line in right)) for line in lines[:3]]
    assert graded[3:] == [""] * (len(lines) - 3)
    assert {line["base_grade:exact_match"] for line in lines[:3]} == {"0.0"}
    assert "grade:bleu" not in lines[0]


@pytest.mark.parametrize(
    ("task", "graders", "field"),
    [
        ("instruction_tuning", [{"name": "regex", "pattern": "("}], "training.tuning.graders.0.regex.pattern"),
        (
            "instruction_tuning",
            [{"name": "json_schema", "json_schema": {"title": "a" * 20_000}}],
            "training.tuning.graders.0.json_schema",
        ),
        ("instruction_tuning", [{"name": "bleu"}, {"name": "bleu"}], "training.tuning.graders"),
        ("preference_tuning", [{"name": "bleu"}], "training.tuning.graders"),
    ],
)
def test_graders_that_make_no_sense_are_refused(task: str, graders: list[Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(make_spec(task, {"name": "causal_lm"}, tuning={"graders": graders}))
    assert caught.value.problems[0].field.replace(".regex", "") == field.replace(".regex", "")
