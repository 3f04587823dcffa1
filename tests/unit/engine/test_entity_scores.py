"""Scores of tags: entities as seqeval finds them, and plain tags as scikit-learn counts them."""

from itertools import chain
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tests.support.entities import entities_in, entity_scores
from trainyard_engine.modalities.text.tagged import IGNORED
from trainyard_engine.modalities.text.tags import TagSet
from trainyard_engine.tasks.token_classification.objective import TagEvaluation

IOB2 = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
BIOES = ("O", *(f"{prefix}-{kind}" for kind in ("LOC", "PER") for prefix in "BIES"))


def judged(tags: tuple[str, ...], truth: list[list[str]], found: list[list[str]], **how: Any) -> Any:
    """What an evaluation says of texts whose tags were told with certainty."""
    longest = max(map(len, truth))
    target = torch.full((len(truth), longest), IGNORED)
    outputs = torch.zeros(len(truth), longest, len(tags))
    for text, (expected, told) in enumerate(zip(truth, found, strict=True)):
        for word, (right, named) in enumerate(zip(expected, told, strict=True)):
            target[text, word], outputs[text, word, tags.index(named)] = tags.index(right), 5.0
    evaluation = TagEvaluation(TagSet(tags, **how), final=True)
    evaluation.judge(outputs, target)
    return evaluation.result()


def test_entities_by_hand() -> None:
    """Of three expected entities and three told ones, one is right from its first to its last word."""
    truth = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-PER"]]
    found = [["B-PER", "I-PER", "O", "B-PER"], ["B-PER", "I-PER"]]
    scores, report = judged(IOB2, truth, found)
    assert scores["accuracy"] == pytest.approx(3 / 6)
    assert {name: scores[name] for name in scores if "entity" in name} == {
        "entity_precision": pytest.approx(1 / 3),
        "entity_recall": pytest.approx(1 / 3),
        "entity_f1": pytest.approx(1 / 3),
    }
    assert (report.classes, report.rows) == (("LOC", "PER"), (1, 2))
    assert report.precision == (0.0, pytest.approx(1 / 3))
    assert report.recall == (0.0, pytest.approx(1 / 2))


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        ("I-PER I-PER O I-LOC", [("PER", 0, 1), ("LOC", 3, 3)]),
        ("B-PER I-LOC I-LOC", [("PER", 0, 0), ("LOC", 1, 2)]),
        ("B-PER B-PER I-PER", [("PER", 0, 0), ("PER", 1, 2)]),
        ("B-PER E-PER I-PER S-PER E-PER", [("PER", 0, 1), ("PER", 2, 2), ("PER", 3, 3), ("PER", 4, 4)]),
        ("O O", []),
    ],
)
def test_chunk_rules_by_hand(tags: str, entities: list[Any]) -> None:
    named = tags.split()
    known = TagSet(BIOES)
    first = np.arange(len(named)) == 0
    found = known.entities(np.array([BIOES.index(tag) for tag in named], dtype=np.int32), first)
    told = [(known.types[kind], begin, end - 1) for begin, end, kind in zip(*found, strict=True)]
    assert told == entities
    assert entities_in(named) == entities


@given(data=st.data(), tags=st.sampled_from([IOB2, BIOES, ("O", "B", "I")]))
def test_scores_are_those_of_the_reference(data: st.DataObject, tags: tuple[str, ...]) -> None:
    lengths = data.draw(st.lists(st.integers(1, 7), min_size=1, max_size=4))
    truth, found = (
        [data.draw(st.lists(st.sampled_from(tags), min_size=length, max_size=length)) for length in lengths]
        for _ in range(2)
    )
    scores, _ = judged(tags, truth, found)
    expected = entity_scores(truth, found)
    assert {name: scores[name] for name in expected} == pytest.approx(expected)


def test_plain_tags_are_scored_one_by_one_as_by_scikit_learn() -> None:
    tags = ("C", "E", "H")
    truth, found = [list("HHEC"), list("CE")], [list("HEEC"), list("HE")]
    scores, report = judged(tags, truth, found, is_plain=True)
    flat_truth, flat_found = (list(chain.from_iterable(texts)) for texts in (truth, found))
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(flat_truth, flat_found))
    assert scores["f1_macro"] == pytest.approx(metrics.f1_score(flat_truth, flat_found, average="macro"))
    assert scores.keys() == {"loss", "accuracy", "f1_macro"}
    assert report.confusion == tuple(map(tuple, metrics.confusion_matrix(flat_truth, flat_found, labels=tags).tolist()))
