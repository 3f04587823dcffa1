"""Tags that are numbers, as Hugging Face's ``ClassLabel`` leaves them."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.tasks import Task

TASK = Task.TOKEN_CLASSIFICATION
NAMES = ["O", "B-PER", "I-PER"]
NUMBERED = [{"tokens": ["Ada", "Lovelace", "came"], "ner_tags": [1, 2, 0]}] * 12


@pytest.mark.parametrize("of_lists", [{"_type": "Sequence"}, {"_type": "List"}])
def test_numbers_have_the_names_that_the_parquet_file_states(tmp_path: Path, of_lists: dict[str, str]) -> None:
    feature = {"feature": {"names": NAMES, "_type": "ClassLabel"}, **of_lists}
    stated = json.dumps({"info": {"features": {"ner_tags": feature}}})
    table = pa.Table.from_pylist(NUMBERED).replace_schema_metadata({"huggingface": stated})
    pyarrow.parquet.write_table(table, tmp_path / "train.parquet")

    dataset = accepted(tmp_path / "train.parquet", TASK)

    assert (dataset.classes, dataset.warnings) == (("O", "B-PER", "I-PER"), ())
    assert [dataset.classes[tag] for tag in array(tmp_path / "train.parquet", "tag")[:3]] == ["B-PER", "I-PER", "O"]


def test_numbers_without_names_stand_for_themselves_with_a_warning(tmp_path: Path) -> None:
    dataset = accepted(uploads.write_jsonl(tmp_path / "a.jsonl", NUMBERED), TASK)

    assert isinstance(dataset.profile, TokenProfile)
    assert (dataset.classes, dataset.profile.scheme) == (("0", "1", "2"), "plain")
    assert [warning.code for warning in dataset.warnings] == ["plain_tags"]
