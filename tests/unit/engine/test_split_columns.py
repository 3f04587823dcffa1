"""Splits by what a table's own columns say, from the upload to the rows of each part."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support import uploads
from tests.support.architecture_matrix import DATA
from tests.support.compiled import make_spec, stored_texts, with_parts
from tests.support.compiling import accepted, array
from tests.support.tiny_language_model import registered_here
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.inputs import encode_rows
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.data_rules import data_violations
from trainyard_spec.datasets import TableProfile
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

ROWS = 60


def flowers() -> list[dict[str, Any]]:
    """Rows whose days run backwards, in twelve beds of five, and a column of parts."""
    parts = ["train", "TRAIN", "train", "val", "test", "validation"]
    return [
        {
            **row,
            "day": f"2026-{3 - number // 28:02}-{28 - number % 28:02}",
            "bed": f"b{number // 5}",
            "part": parts[number % 6],
        }
        for number, row in enumerate(uploads.flower_rows(ROWS))
    ]


def dataset_of(directory: Path, **options: Any) -> Dataset:
    source = uploads.write_csv(directory / "flowers.csv", flowers())
    accepted(source, Task.TABULAR_CLASSIFICATION, target="species", **options)
    return open_dataset(directory / "compiled")


def test_the_latest_rows_are_the_test(tmp_path: Path) -> None:
    split = split_examples(dataset_of(tmp_path, time="day"), SplitConfig(by="time"))
    assert [len(part) for part in (split.train, split.val, split.test)] == [48, 6, 6]
    assert split.test.tolist() == [0, 1, 2, 3, 4, 5]
    assert split.val.tolist() == [6, 7, 8, 9, 10, 11]


def test_a_group_stays_in_one_part(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, group="bed")
    split = split_examples(dataset, SplitConfig(by="group", train=0.6, val=0.2, test=0.2))
    groups = array(tmp_path / "flowers.csv", "split_group")
    parts = [set(groups[part].tolist()) for part in (split.train, split.val, split.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]  # noqa: PT018  one promise
    assert sum(map(len, parts)) == 12
    assert [len(part) for part in (split.train, split.val, split.test)] == [35, 15, 10]
    other = split_examples(dataset, SplitConfig(by="group", train=0.6, val=0.2, test=0.2, seed=1))
    assert other.test.tolist() != split.test.tolist()


def test_given_parts_are_taken_as_they_are(tmp_path: Path) -> None:
    dataset = dataset_of(tmp_path, split="part")
    split = split_examples(dataset, SplitConfig(by="given"))
    assert dataset.compiled.given_rows == (len(split.train), len(split.val), len(split.test))
    numbers = np.arange(ROWS)
    assert split.train.tolist() == numbers[numbers % 6 < 3].tolist()
    assert split.val.tolist() == numbers[np.isin(numbers % 6, (3, 5))].tolist()
    assert split.test.tolist() == numbers[numbers % 6 == 4].tolist()


def test_columns_to_split_by_are_no_features_but_may_come_with_a_prediction(tmp_path: Path) -> None:
    profile = dataset_of(tmp_path, time="day", group="bed", split="part").compiled.profile
    assert isinstance(profile, TableProfile)
    assert [column.name for column in profile.columns] == ["length", "width", "colour", "weight"]
    assert profile.split_by == {"time": "day", "group": "bed", "split": "part"}
    numeric, _ = encode_rows([{"length": 1, "day": "2026-01-01", "bed": "b0", "part": "test"}], profile)
    assert numeric[0, 0] == 1


def test_texts_are_split_by_their_columns_too(tmp_path: Path) -> None:
    posts = [{**row, "author": f"a{number // 6}"} for number, row in enumerate(uploads.post_rows(ROWS))]
    source = uploads.write_csv(tmp_path / "posts.csv", posts)
    accepted(source, Task.TEXT_CLASSIFICATION, text="post", target="topic", group="author")
    split = split_examples(open_dataset(tmp_path / "compiled"), SplitConfig(by="group"))
    groups = array(source, "split_group")
    assert not set(groups[split.train]) & set(groups[split.test])


def test_a_training_tests_on_the_rows_that_are_given(tmp_path: Path) -> None:
    dataset_of(tmp_path, split="part")
    spec = make_spec("tabular_classification", {"name": "mlp"}) | {"split": {"by": "given"}}
    result = train_here(spec, tmp_path / "compiled", tmp_path / "out")[-1]
    assert sum(result["class_report"]["rows"]) == 10


@pytest.fixture(scope="module", autouse=True)
def language_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with registered_here(tmp_path_factory.mktemp("models")):
        yield


GIVEN = [task for task in Task if "given" in task.traits.splits]


@pytest.mark.parametrize("task", sorted({*GIVEN} - {Task.LANGUAGE_MODELLING, Task.TIME_SERIES_FORECASTING}))
def test_rows_of_every_kind_of_data_go_where_they_are_given_to(task: Task, tmp_path: Path) -> None:
    data = DATA[task](tmp_path / "data")
    parts = np.arange(open_dataset(data).compiled.rows) % 3
    architecture = next(name for name, config in ARCHITECTURES.items() if task in config.tasks)
    options = {"speech_rnn": {"subsampling": 2}, "causal_lm": {"model": "tiny-lm"}}.get(architecture, {})
    alone = {"tuning": {"max_length": 64, "packing": False}} if architecture == "causal_lm" else {}
    spec = parse_training_spec(make_spec(task, {"name": architecture, **options}, **alone) | {"split": {"by": "given"}})
    dataset = open_dataset(with_parts(data, parts))
    assert not [*data_violations(spec, dataset.compiled)]
    split = handler_for(task).prepare(dataset, spec).split
    for number, part in enumerate((split.train, split.val, split.test)):
        assert part.tolist() == np.flatnonzero(parts == number).tolist()


def test_documents_go_where_they_are_given_to(tmp_path: Path) -> None:
    data = DATA[Task.LANGUAGE_MODELLING](tmp_path / "data")
    parts = np.repeat([2, 1, 0], [2, 1, 37])
    spec = make_spec(Task.LANGUAGE_MODELLING, {"name": "gpt"}, text={"tokenizer": "characters", "max_length": 1_024})
    given = parse_training_spec(spec | {"split": {"by": "given"}})
    prepared = handler_for(given.task).prepare(open_dataset(with_parts(data, parts)), given)
    [batch] = prepared.open_source(torch.device("cpu")).batches(prepared.split.val, size=8)
    assert prepared.preprocessing.known_tokenizer.decode(batch.target[0, :-1].tolist()) == stored_texts(data)[2]


@pytest.mark.parametrize(("by", "option"), [("time", "time"), ("group", "group"), ("given", "split")])
def test_data_that_do_not_say_so_are_not_split_so(tmp_path: Path, by: Any, option: str) -> None:
    spec = make_spec("tabular_classification", {"name": "mlp"}) | {"split": {"by": by}}
    [violation] = data_violations(parse_training_spec(spec), dataset_of(tmp_path).compiled)
    assert (violation.code, violation.field) == ("split_unknown", "split.by")
    assert f"do not say how to split them by {by}" in violation.message
    assert f"with the option {option}" in violation.hint


def test_tagged_texts_have_no_columns_to_split_by() -> None:
    spec = make_spec("token_classification", {"name": "rnn"}) | {"split": {"by": "group"}}
    with pytest.raises(InvalidSpec, match="group does not fit token_classification"):
        parse_training_spec(spec)
