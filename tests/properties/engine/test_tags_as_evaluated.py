"""A finished model tags a test row's own words as its evaluation did, and both are worth what a reference says."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.support import uploads
from tests.support.entities import entity_scores
from tests.support.evaluated import trained
from tests.support.fuzz.spellings import Row
from trainyard_spec.tasks import Task

RNN = {"name": "rnn", "embedding": 6, "hidden": 5}


def tagged_row(number: int, form: str) -> Row:
    words = [f"Wörd{(5 * number + place * place) % 11}" for place in range(2 + number % 9)]
    tags = ["B-X" if word.endswith("1") else "O" for word in words]
    if form == "tokens":
        return {"tokens": words, "tags": tags}
    if form == "letters":
        return {"sequence": (letters := "GATTACA"[number % 5 :] * 2), "labels": letters.translate({65: "H", 84: "E"})}
    ends = np.cumsum([len(word) + 2 for word in words]).tolist()
    spans = [
        [end - len(word) - 2, end - 2, "X"] for end, word, tag in zip(ends, words, tags, strict=True) if tag != "O"
    ]
    return {"text": ", ".join(words), "entities": spans or [[0, 5, "X"]]}


@pytest.mark.parametrize("form", ["tokens", "letters", "text"])
def test_tags(tmp_path: Path, form: str) -> None:
    """Long rows are read in windows, by training as by predictions."""
    rows = [tagged_row(number, form) for number in range(40)]
    source = uploads.write_jsonl(tmp_path / "t.jsonl", rows)
    training = {"text": {"max_length": 9}, "epochs": 4, "optimizer": {"name": "adam", "lr": 0.02}}
    lines, found, ask = trained(source, Task.TOKEN_CLASSIFICATION, RNN, {}, **training)
    own = [rows[int(line["row"]) - 1] for line in lines]
    answers = ask(
        [{"tokens": row["tokens"]} if form == "tokens" else row.get("text", row.get("sequence")) for row in own]
    )
    assert [answer["tags"] for answer in answers] == [json.loads(line["prediction"]) for line in lines]
    truth, predicted = ([json.loads(line[name]) for line in lines] for name in ("truth", "prediction"))
    expected = {} if form == "letters" else entity_scores(truth, predicted)
    assert {name: found[name] for name in expected} == pytest.approx(expected)
