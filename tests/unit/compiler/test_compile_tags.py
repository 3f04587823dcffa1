"""Texts with a tag for each word, in the forms in which people have them."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.compiled import stored_texts
from tests.support.compiling import accepted, compile_file
from trainyard_engine.modalities.text import tag_forms
from trainyard_spec.datasets import CompiledDataset, Problem
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.tasks import Task

TASK = Task.TOKEN_CLASSIFICATION
SENTENCE = {
    "tokens": ["Ada", "Lovelace", "was", "born", "in", "London"],
    "tags": ["B-PER", "I-PER", "O", "O", "O", "B-LOC"],
}


def write(directory: Path, rows: list[Any], name: str = "texts.jsonl") -> Path:
    source = directory / name
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return source


def write_columns(directory: Path, content: str) -> Path:
    source = directory / "train.conll"
    source.write_text(content, encoding="utf-8")
    return source


def rejected(source: Path) -> tuple[Problem, ...]:
    result = compile_file(source, TASK)
    assert result.dataset is None
    return result.problems


def profile_of(dataset: CompiledDataset) -> TokenProfile:
    assert isinstance(dataset.profile, TokenProfile)
    return dataset.profile


def stored(directory: Path, dataset: CompiledDataset) -> list[tuple[list[str], list[str]]]:
    """The words and tags of each row."""
    words, tags = stored_texts(directory / "compiled", "word"), np.load(directory / "compiled" / "tag.npy")
    bounds = np.load(directory / "compiled" / "tag_offsets.npy").tolist()
    return [(words[a:b], [dataset.classes[tag] for tag in tags[a:b]]) for a, b in pairwise(bounds)]


def test_tokens_and_tags_as_of_hugging_face(tmp_path: Path) -> None:
    rows = [SENTENCE, *[{"tokens": ["No", "name"], "ner_tags": ["O", "O"]}] * 11]
    dataset = accepted(write(tmp_path, rows), TASK)
    assert dataset.classes == ("O", "B-LOC", "B-PER", "I-PER")
    assert dataset.class_counts == (3 + 22, 1, 1, 1)
    assert profile_of(dataset) == TokenProfile(
        form="tokens",
        scheme="iob2",
        tokens=28,
        shortest=2,
        longest=6,
        mean=28 / 12,
        entities={"LOC": 1, "PER": 1},
    )
    assert stored(tmp_path, dataset)[:2] == [(SENTENCE["tokens"], SENTENCE["tags"]), (["No", "name"], ["O", "O"])]


def test_columns_as_of_conll(tmp_path: Path) -> None:
    text = "EU NNP B-ORG\nrejects VBZ O\n\nPeter\tNNP\tB-PER\n"
    dataset = accepted(write_columns(tmp_path, "-DOCSTART- -X- O\n\n" + "\n".join([text] * 6)), TASK)
    assert (dataset.rows, profile_of(dataset).form, dataset.warnings) == (12, "columns", ())
    assert stored(tmp_path, dataset)[:2] == [(["EU", "rejects"], ["B-ORG", "O"]), (["Peter"], ["B-PER"])]


def test_comments_before_a_text_of_columns_are_left_out(tmp_path: Path) -> None:
    text = "# id 7 domain=en\n# B-PER\nAda B-PER\n# O\n\n"
    dataset = accepted(write_columns(tmp_path, text * 10), TASK)
    # A sign like any other, where it is a token with a tag within a text.
    assert stored(tmp_path, dataset)[1] == (["#", "Ada", "#"], ["B-PER", "B-PER", "O"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_comments_with_as_many_cells_as_words_are_no_words(tmp_path: Path, end: str) -> None:
    text = "# sent_id = 7\n# NN NN B-PER\n#goal\tNN\tO\tO\nAda\tNN\tO\tB-PER\n\n".replace("\n", end)
    source = tmp_path / "train.conll"
    source.write_bytes(text.encode() * 10)
    dataset = accepted(source, TASK)
    assert stored(tmp_path, dataset) == [(["#goal", "Ada"], ["O", "B-PER"])] * 10


def test_metadata_of_conll_u_is_no_word_where_cells_are_parted_by_spaces(tmp_path: Path) -> None:
    text = "# sent_id = 7\nAda NN O B-PER\nspoke VB O O\n\n"
    dataset = accepted(write_columns(tmp_path, text * 10), TASK)
    assert stored(tmp_path, dataset) == [(["Ada", "spoke"], ["B-PER", "O"])] * 10


def test_a_word_is_looked_up_by_where_its_span_stands() -> None:
    """A row of 1 MiB holds so many: each span looked for among all words took minutes."""
    words = [(3 * place, 3 * place + 2) for place in range(100_000)]
    asked = 0

    class Counted(list[tuple[int, int]]):
        def __getitem__(self, place: Any) -> Any:
            nonlocal asked
            asked += 1
            return super().__getitem__(place)

        def __iter__(self) -> Any:
            raise AssertionError("all words are looked at")

    assert tag_forms._covered(Counted(words), 30_000, 30_004) == [10_000, 10_001]
    assert 0 < asked < 100


@pytest.mark.parametrize(
    ("key", "spans"),
    [
        ("entities", [{"start": 0, "end": 12, "label": "PER"}, {"start": 25, "end": 31, "label": "LOC"}]),
        ("spans", [[0, 12, "PER"], [25, 31, "LOC"]]),
        ("label", [[25, 31, "LOC"], [0, 12, "PER"], [0, 12, "PER"]]),
        ("label", [{"start": 25, "end": 31, "labels": ["LOC"]}, {"start": 0, "end": 12, "labels": ["PER"]}]),
        (
            "entities",
            [{"start_offset": a, "end_offset": b, "label": c} for a, b, c in ((0, 12, "PER"), (25, 31, "LOC"))],
        ),
    ],
)
def test_spans_of_characters_become_tags_of_words(tmp_path: Path, key: str, spans: list[Any]) -> None:
    rows = [{"text": "Ada Lovelace was born in London.", key: spans}] * 10
    dataset = accepted(write(tmp_path, rows), TASK)
    assert (profile_of(dataset).form, profile_of(dataset).widened) == ("spans", 0)
    words, tags = stored(tmp_path, dataset)[0]
    assert (words, tags) == ([*SENTENCE["tokens"], "."], [*SENTENCE["tags"], "O"])


def test_words_of_scripts_without_spaces_are_signs(tmp_path: Path) -> None:
    rows = [{"text": "在東京，हिन्दी don't", "entities": [[1, 3, "LOC"]]}] * 10
    dataset = accepted(write(tmp_path, rows), TASK)
    words, tags = stored(tmp_path, dataset)[0]
    assert words == ["在", "東", "京", "，", "हिन्दी", "don", "'", "t"]
    assert tags == ["O", "B-LOC", "I-LOC", *["O"] * 5]


def test_spans_within_words_are_widened_and_counted(tmp_path: Path) -> None:
    rows = [{"text": "Londoners laugh", "entities": [[0, 6, "LOC"]]}] * 10
    dataset = accepted(write(tmp_path, rows), TASK)
    assert profile_of(dataset).widened == 10
    assert [warning.code for warning in dataset.warnings] == ["widened_spans"]
    assert stored(tmp_path, dataset)[0][1] == ["B-LOC", "O"]


def test_letters_with_a_label_each(tmp_path: Path) -> None:
    rows = [{"sequence": "MKVB", "labels": "HEIB"}] * 10
    dataset = accepted(write(tmp_path, rows), TASK)
    assert (dataset.classes, profile_of(dataset).scheme) == (("B", "E", "H", "I"), "plain")
    assert stored(tmp_path, dataset)[0] == (list("MKVB"), list("HEIB"))
    assert profile_of(dataset).entities == {}


def test_iob1_is_told_by_its_order_and_stored_as_iob2(tmp_path: Path) -> None:
    tags = ["I-PER", "I-PER", "B-PER", "O", "I-LOC", "I-PER"]
    dataset = accepted(write(tmp_path, [{"tokens": list("abcdef"), "tags": tags}] * 10), TASK)
    assert (profile_of(dataset).scheme, profile_of(dataset).stray) == ("iob1", 0)
    assert stored(tmp_path, dataset)[3][1] == ["B-PER", "I-PER", "B-PER", "O", "B-LOC", "B-PER"]
    assert profile_of(dataset).entities == {"LOC": 10, "PER": 30}
    assert [warning.code for warning in dataset.warnings] == ["converted_tags"]


def test_strays_of_iob2_are_accepted_and_counted(tmp_path: Path) -> None:
    tags = ["B-PER", "I-LOC", "O", "I-LOC"]
    dataset = accepted(write(tmp_path, [{"tokens": list("abcd"), "tags": tags}] * 10), TASK)
    assert (profile_of(dataset).scheme, profile_of(dataset).stray) == ("iob2", 20)
    assert stored(tmp_path, dataset)[0][1] == tags
    assert "20 entities begin with an I- tag" in dataset.warnings[0].message


def test_bilou_is_stored_as_bioes(tmp_path: Path) -> None:
    tags = ["B-PER", "I-PER", "L-PER", "O", "U-LOC"]
    dataset = accepted(write(tmp_path, [{"tokens": list("abcde"), "tags": tags}] * 10), TASK)
    assert profile_of(dataset).scheme == "bilou"
    assert stored(tmp_path, dataset)[0][1] == ["B-PER", "I-PER", "E-PER", "O", "S-LOC"]
    assert profile_of(dataset).entities == {"LOC": 10, "PER": 10}


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [("B I O S E", "bioes"), ("B I O I O", "iob2"), ("NOUN VERB O NOUN X", "plain"), ("H E C B I", "plain")],
)
def test_schemes(tmp_path: Path, tags: str, scheme: str) -> None:
    dataset = accepted(write(tmp_path, [{"words": list("abcde"), "tags": tags.split()}] * 10), TASK)
    assert profile_of(dataset).scheme == scheme


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ("B-PER I-PER O tag", "Tags such as B-PER mark entities, but tag do not"),
        ("B-X M-X E-X S-X", "but M-X do not"),
        ("B-X L-X U-X S-X", "but the tags are of no one scheme"),
        ("NOUN VERB O NOUN", None),
        ("B-PER I-PER O B-LOC", None),
    ],
)
def test_tags_of_which_only_some_mark_entities_are_warned_of(tmp_path: Path, tags: str, said: str | None) -> None:
    dataset = accepted(write(tmp_path, [{"tokens": list("abcd"), "tags": tags.split()}] * 10), TASK)
    assert [warning.code for warning in dataset.warnings] == (["plain_tags"] if said else [])
    assert all(said and said in warning.message for warning in dataset.warnings)


@pytest.mark.parametrize("between", [" ", "\t"])
def test_white_space_that_is_no_separator_is_part_of_a_word(tmp_path: Path, between: str) -> None:
    text = "\u3000 O\n東 B-LOC\nNew\u00a0York I-LOC\n\n".replace(" ", between)
    dataset = accepted(write_columns(tmp_path, text * 10), TASK)
    assert stored(tmp_path, dataset)[0] == (["\u3000", "東", "New\u00a0York"], ["O", "B-LOC", "I-LOC"])


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ({"tokens": ["a", "b"], "tags": ["O"]}, "tag_count_mismatch", "There are 2 tokens and 1 tags"),
        ({"tokens": ["a"], "tags": [3]}, "malformed_tags", "Write the names of tags, such as B-PER"),
        ({"tokens": ["a"], "tags": [" "]}, "malformed_tags", "The tag of 'a' is empty"),
        ({"tokens": "a", "tags": ["O"]}, "malformed_tags", "tokens is no list"),
        ({"tokens": [], "tags": []}, "text_missing", "no word"),
        ({"tokens": ["a"] * 10_001, "tags": ["O"] * 10_001}, "too_many_tokens", "10,001 words"),
        ({"tokens": ["a"], "tags": ["B-" + "x" * 300]}, "too_many_classes", "302 characters"),
        (
            {"text": "Ada", "entities": [[0, 9, "PER"]]},
            "span_outside_text",
            "0–9 (PER) lies outside the text, which has 3",
        ),
        ({"text": "Ada", "entities": [[2, 2, "PER"]]}, "span_outside_text", "holds no character"),
        ({"text": "Ada  B", "entities": [[3, 5, "PER"]]}, "malformed_tags", "holds no word"),
        ({"text": "Ada B", "entities": [[0, 3, "PER"], [2, 5, "X"]]}, "spans_overlap", "0–3 (PER) and 2–5 (X) overlap"),
        ({"text": "Ada", "entities": [{"start": 0}]}, "malformed_tags", "an object with start, end and label"),
        ({"text": "Ada", "label": "PER"}, "malformed_tags", "label is no list of spans"),
        ({"sequence": "MK", "labels": ["H", ""]}, "malformed_tags", "The tag of 'K' is empty"),
        ({"sequence": "MKV", "labels": "HH"}, "tag_count_mismatch", "3 letters and 2 labels"),
        ({"review": "fine"}, "unknown_tag_form", "tokens and tags"),
        ([1], "invalid_json", "not one JSON object"),
    ],
)
def test_what_is_wrong_is_said_of_its_row(tmp_path: Path, row: Any, code: str, said: str) -> None:
    like = {"text": {"text": "Ada", "entities": []}, "sequence": {"sequence": "M", "labels": "H"}}
    form = next((good for key, good in like.items() if key in row), SENTENCE)
    (problem,) = rejected(write(tmp_path, [form] * 10 + [row]))
    assert (problem.code, problem.row, problem.file) == (code, 11, "texts.jsonl")
    assert problem.message.startswith("Line 11: ")
    assert said in problem.message


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        ("a O\nb\nc O\n\n", "tag_count_mismatch", "Line 2: This line and the first have 1 and 2 columns"),
        ("alone\n", "tag_count_mismatch", "Line 1: This line has no tag"),
        ("a\tO\nb\t\n", "tag_count_mismatch", "Line 2: The token or the tag of this line is empty"),
    ],
)
def test_what_is_wrong_in_columns_is_said_of_its_line(tmp_path: Path, content: str, code: str, said: str) -> None:
    problem = rejected(write_columns(tmp_path, content + "\nx O\n" * 12))[0]
    assert (problem.code, problem.row) == (code, 1)
    assert said in problem.message


def test_one_tag_alone_and_few_texts_are_refused(tmp_path: Path) -> None:
    outside = write(tmp_path, [{"tokens": ["a"], "tags": ["O"]}] * 10)
    assert [problem.code for problem in rejected(outside)] == ["one_class"]
    few = write_columns(tmp_path, "a O\nb B-X\n" * 20)
    assert "An empty line stands between" in rejected(few)[0].message


def test_a_mix_of_forms_is_refused(tmp_path: Path) -> None:
    problems = rejected(write(tmp_path, [SENTENCE] * 10 + [{"sequence": "M", "labels": "H"}]))
    assert [problem.code for problem in problems] == ["mixed_forms"]


def test_parts_of_a_split_are_those_of_a_key(tmp_path: Path) -> None:
    rows = [{**SENTENCE, "part": ["train", "dev", "test"][row % 3]} for row in range(12)]
    dataset = accepted(write(tmp_path, rows), TASK, split="part")
    assert (dataset.given_rows, profile_of(dataset).split_by) == ((4, 4, 4), {"split": "part"})


def test_one_json_array_is_read_as_well(tmp_path: Path) -> None:
    source = tmp_path / "texts.json"
    source.write_text(json.dumps([SENTENCE] * 10))
    assert accepted(source, TASK).rows == 10


def test_other_files_are_refused(tmp_path: Path) -> None:
    source = tmp_path / "texts.db"
    source.write_bytes(b"SQLite format 3\0" + bytes(100))
    assert [problem.code for problem in rejected(source)] == ["not_tagged"]
