"""A glance at datasets of texts: what is told of each stands beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.compiled import write_texts, write_translations
from tests.support.tagged import write_tagged
from trainyard.datasets import previews
from trainyard.datasets.findings import findings
from trainyard_engine.core.dataset import open_dataset


def rows_of(directory: Path) -> Any:
    return json.loads(previews.build(open_dataset(directory).compiled, directory))["rows"]


def test_a_text_is_shown_beside_its_translation(tmp_path: Path) -> None:
    rows = rows_of(write_translations(tmp_path, ["goose", "swan"], ["Gänse" * 200, "Schwan"]))
    assert rows == [{"text": "goose", "translation": "Gänse" * 100}, {"text": "swan", "translation": "Schwan"}]


def test_a_text_is_shown_beside_its_number(tmp_path: Path) -> None:
    rows = rows_of(write_texts(tmp_path, ["ACGT", "GGCA"], np.array([0.5, -2.0])))
    assert rows == [{"text": "ACGT", "value": "0.5"}, {"text": "GGCA", "value": "-2.0"}]


def test_or_beside_each_of_several(tmp_path: Path) -> None:
    rows = rows_of(write_texts(tmp_path, ["ACGT", "GGCA"], np.array([[0.5, 3.0], [1.0, 4.0]])))
    assert [row["value"] for row in rows] == ["t0 0.5, t1 3", "t0 1, t1 4"]


def test_words_are_shown_with_their_tags(tmp_path: Path) -> None:
    tagged = [(["Ada", "came"], ["B-PER", "O"]), (["Ödön"], ["O"])]
    assert rows_of(write_tagged(tmp_path, tagged)) == [
        {"tokens": ["Ada", "came"], "tags": ["B-PER", "O"]},
        {"tokens": ["Ödön"], "tags": ["O"]},
    ]


def test_texts_of_the_same_words_are_duplicates_and_words_outside_of_entities_no_imbalance(tmp_path: Path) -> None:
    """``ab c`` and ``a bc`` are no twins."""
    twins = [(["Ada", *["came"] * 20], ["B-PER", *["O"] * 20])] * 2
    others = [(["ab", "c"], ["O", "O"]), (["a", "bc"], ["O", "O"])]
    directory = write_tagged(tmp_path, [*twins, *others])
    (finding,) = findings(open_dataset(directory).compiled, directory)
    assert (finding["code"], finding["amount"]) == ("duplicates", 0.25)
