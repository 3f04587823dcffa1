"""Classes and tags that are numbers, as Hugging Face's ``ClassLabel`` leaves them, and where their names stand."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.support import uploads
from tests.support.compiling import accepted, array
from trainyard_engine.ingest.tables.class_names import names_in
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.tasks import Task

TAGS, TEXTS, TABLES, PICTURES = (
    *(Task.TOKEN_CLASSIFICATION, Task.TEXT_CLASSIFICATION, Task.TABULAR_CLASSIFICATION, Task.IMAGE_CLASSIFICATION),
)
NAMES = ["O", "B-PER", "I-PER"]
NUMBERED = [{"tokens": ["Ada", "Lovelace", "came"], "ner_tags": [1, 2, 0]}] * 12
REVIEWS = [{"text": f"review {n}", "label": n % 2, "stars": n % 5} for n in range(12)]
CLASS_LABEL = {"names": ["neg", "pos"], "_type": "ClassLabel"}
CARD = """---
license: mit
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
  - name: ner_tags
    sequence:
      class_label:
        names: {'0': O, '1': B-PER, '2': I-PER}
---
# Reviews
"""


def parquet(rows: list[dict[str, Any]], features: dict[str, Any] | None = None) -> bytes:
    table = pa.Table.from_pylist(rows)
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    pyarrow.parquet.write_table(table, sink := pa.BufferOutputStream())
    return bytes(sink.getvalue())


@pytest.mark.parametrize("of_lists", [{"_type": "Sequence"}, {"_type": "List"}])
def test_numbers_have_the_names_that_the_parquet_file_states(tmp_path: Path, of_lists: dict[str, str]) -> None:
    feature = {"feature": {"names": NAMES, "_type": "ClassLabel"}, **of_lists}
    (tmp_path / "train.parquet").write_bytes(parquet(NUMBERED, {"ner_tags": feature}))

    dataset = accepted(tmp_path / "train.parquet", TAGS)

    assert (dataset.classes, dataset.warnings) == (("O", "B-PER", "I-PER"), ())
    assert [dataset.classes[tag] for tag in array(tmp_path / "train.parquet", "tag")[:3]] == ["B-PER", "I-PER", "O"]


def test_numbers_without_names_stand_for_themselves_with_a_warning(tmp_path: Path) -> None:
    dataset = accepted(uploads.write_jsonl(tmp_path / "a.jsonl", NUMBERED), TAGS)

    assert isinstance(dataset.profile, TokenProfile)
    assert (dataset.classes, dataset.profile.scheme) == (("0", "1", "2"), "plain")
    assert [warning.code for warning in dataset.warnings] == ["plain_tags"]


@pytest.mark.parametrize("task", [TEXTS, TABLES])
def test_classes_have_the_names_that_the_parquet_file_states(tmp_path: Path, task: Task) -> None:
    hidden = {"text": "of a test", "label": -1, "stars": 1}  # as the hidden answers of GLUE
    (tmp_path / "a.parquet").write_bytes(parquet([*REVIEWS, hidden], {"label": CLASS_LABEL, "stars": CLASS_LABEL}))

    options = {"text": "text"} if task is TEXTS else {}
    dataset = accepted(tmp_path / "a.parquet", task, target="label", **options)

    assert (dataset.classes, dataset.class_counts, dataset.rows) == (("neg", "pos"), (6, 6), 12)
    assert "unlabelled_rows" in [warning.code for warning in dataset.warnings]


def test_a_regression_learns_the_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet(REVIEWS, {"label": CLASS_LABEL}))

    accepted(tmp_path / "a.parquet", Task.TABULAR_REGRESSION, target="label")

    assert array(tmp_path / "a.parquet", "target")[:2].tolist() == [0, 1]


@pytest.mark.parametrize("stated", ["README.md", "dataset_infos.json"])
@pytest.mark.parametrize("name", ["data.csv", "data/train-00000-of-00001.parquet", "data.jsonl"])
def test_names_stand_beside_the_table(tmp_path: Path, stated: str, name: str) -> None:
    infos = {"default": {"features": {"label": CLASS_LABEL, "text": {"dtype": "string", "_type": "Value"}}}}
    beside = CARD if stated == "README.md" else json.dumps(infos)
    written = uploads.write_csv if name.endswith("csv") else uploads.write_jsonl
    table = parquet(REVIEWS) if name.endswith("parquet") else written(tmp_path / "t", REVIEWS).read_bytes()
    source = uploads.write_zip(tmp_path / "a.zip", {name: table, stated: beside.encode()})

    dataset = accepted(source, TEXTS, text="text", target="label")

    assert (dataset.classes, dataset.class_counts) == (("neg", "pos"), (6, 6))


def test_tags_of_a_card_are_named_in_each_part(tmp_path: Path) -> None:
    rows = uploads.write_jsonl(tmp_path / "t", NUMBERED).read_bytes()
    files = {"train.jsonl": rows, "test.jsonl": rows, "README.md": CARD.encode()}

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", files), TAGS)

    assert (dataset.classes, dataset.rows) == (("O", "B-PER", "I-PER"), 24)


def test_pictures_have_the_names_of_their_card(tmp_path: Path) -> None:
    files = {f"{n}.png": uploads.image_bytes(n) for n in range(12)}
    rows = "".join(json.dumps({"file_name": f"{n}.png", "label": n % 2}) + "\n" for n in range(12))

    source = uploads.write_zip(
        tmp_path / "a.zip", files | {"metadata.jsonl": rows.encode(), "README.md": CARD.encode()}
    )

    assert accepted(source, PICTURES, target="label").classes == ("neg", "pos")


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("README.md", CARD.replace("dataset_info:\n", "dataset_info:\n- config_name: a\n"), None),
        ("README.md", "# no front matter\n---\n", {}),
        ("README.md", "---\n- a list\n---\n", {}),
        ("README.md", "---\n{broken: [\n---\n", {}),
        ("README.md", "---\n" + "[" * 5000 + "\n---\n", {}),
        ("README.md", "---\ndataset_info: {features: [{name: y, dtype: {class_label: {names: [no, 'yes', 3]}}}]}\n---",
         {"y": ["no", "yes", "3"]}),
        ("README.md", "---\ndataset_info: {features: [{name: y, dtype: {class_label: {names: {'1': a}}}}]}\n---", {}),
        ("dataset_infos.json", "[]", {}),
        ("dataset_infos.json",
         '{"a": {"features": {"y": {"names": ["p"]}}}, "b": {"features": {"y": {"names": ["q"]}}}}', {}),
    ],
)  # fmt: skip
def test_what_states_names_otherwise_or_not_at_all(name: str, text: str, names: dict[str, list[str]] | None) -> None:
    expected = {"label": ["neg", "pos"], "ner_tags": NAMES} if names is None else names
    assert names_in(name, text.encode()) == expected


@pytest.mark.parametrize(
    ("files", "given"),
    [
        (("de_gsd-ud-train.conllu", "de_gsd-ud-dev.conllu", "de_gsd-ud-test.conllu"), (12, 12, 12)),
        (("conll/eng.train", "conll/eng.testa", "conll/eng.testb"), (12, 12, 12)),
        (("train.txt", "dev.txt", "test.txt"), (12, 12, 12)),
        (("wnut/corpus.conll",), None),
    ],
)
def test_a_zip_of_columns_of_tags_is_read_by_its_parts(
    tmp_path: Path, files: tuple[str, ...], given: tuple[int, ...] | None
) -> None:
    is_conllu = files[0].endswith("conllu")
    line = (
        "1\tAda\tAda\tPROPN\tNE\t_\t0\troot\t_\t_\n2\tcame\tcome\tVERB\tVB\t_\t0\troot\t_\t_\n\n"
        if is_conllu
        else "Ada B-PER\ncame O\n\n"
    )
    packed = dict.fromkeys(files, (line * 12).encode()) | {"README.txt": b"A corpus", "LICENSE.txt": b"MIT"}

    dataset = accepted(uploads.write_zip(tmp_path / "a.zip", packed), TAGS)

    assert (dataset.rows, dataset.given_rows) == (12 * len(files), given)
