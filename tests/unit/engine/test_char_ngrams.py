"""Texts as sets of character n-grams: what scikit-learn makes of them, stored, asked and warned about."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from tests.support.compiled import make_spec, write_texts
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text.char_ngrams import CharNgramTokenizer
from trainyard_engine.modalities.text.dataset import read_tokenizer
from trainyard_engine.modalities.text.tokenizer import PADDING, UNK_ID
from trainyard_engine.models import BuildContext, build_model
from trainyard_spec.texts import TextConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CORPUS = ["en god dag", "god dag igen", "en dag igen", "nu dag", "nu igen god"]
POOL: dict[str, Any] = {"name": "text_pool", "embedding": 8, "hidden": []}


def spec_of(**options: Any) -> TextConfig:
    return TextConfig.model_validate({"tokenizer": "char_ngrams", **options})


def preprocessing(corpus: list[str] = CORPUS, **options: Any) -> CharNgramTokenizer:
    return CharNgramTokenizer.fit(spec_of(**options), [corpus[:2], corpus[2:]])


def ids_of(tokenizer: CharNgramTokenizer, text: str) -> list[int]:
    ids, lengths = tokenizer.encode([text])
    assert lengths.tolist() == [len(ids)]
    return ids.tolist()


@pytest.mark.parametrize("lengths", [(1, 3), (2, 4), (5, 5)])
def test_weights_are_those_of_scikit_learn(lengths: tuple[int, int]) -> None:
    """Of words without punctuation, which it splits at spaces alone; words that are no n-grams come on top."""
    reference = TfidfVectorizer(analyzer="char_wb", ngram_range=lengths, min_df=2, binary=True)
    rows = reference.fit_transform(CORPUS).toarray()
    tokenizer = preprocessing(ngram_range=lengths)
    by_ngram = dict(zip(tokenizer._ids, tokenizer.weights[2:], strict=True))
    expected = dict(zip(reference.get_feature_names_out(), reference.idf_, strict=True))
    expected.pop(" ", None)
    assert {ngram: by_ngram[ngram] for ngram in expected} == pytest.approx(expected)
    others = by_ngram.keys() - expected.keys()
    assert others <= {f" {word} " for text in CORPUS for word in text.split()}
    if not others and " " not in reference.vocabulary_:
        weights = np.array([tokenizer.weights[place] for place in ids_of(tokenizer, CORPUS[0])])
        assert sorted(weights / np.linalg.norm(weights)) == pytest.approx(sorted(rows[0][rows[0] > 0]))


def test_a_text_is_the_set_of_its_words_and_their_parts() -> None:
    tokenizer = preprocessing(ngram_range=(2, 2))
    often = sorted((-sum(ngram in f" {text} " for text in CORPUS), ngram) for ngram in tokenizer._ids)
    assert [*tokenizer._ids] == [ngram for _, ngram in often]
    assert {" dag ", " d", "da", "ag", "g "} <= tokenizer._ids.keys()
    assert not {" ", "d", "dag", " da", "a", "in"} & tokenizer._ids.keys()
    dag = sorted(tokenizer._ids[ngram] for ngram in (" dag ", " d", "da", "ag", "g "))
    assert ids_of(tokenizer, "dag dag DAG") == ids_of(tokenizer, "\uff24ag") == dag  # a wide D
    assert ids_of(tokenizer, "dags") == sorted(tokenizer._ids[ngram] for ngram in (" d", "da", "ag"))


def test_what_is_rare_is_unknown_and_no_text_is_empty() -> None:
    tokenizer = preprocessing(["abc", "abc", "xyz"])
    assert ids_of(tokenizer, "xyz") == [UNK_ID]
    assert ids_of(tokenizer, "") == [UNK_ID]
    assert tokenizer.weights[PADDING] == tokenizer.weights[UNK_ID] == 0


def test_only_the_first_words_are_read() -> None:
    tokenizer = preprocessing(max_length=2)
    assert ids_of(tokenizer, "god dag igen") == ids_of(tokenizer, "god dag")


def test_the_vocabulary_keeps_the_most_frequent() -> None:
    corpus = [f"v{number}" for number in range(1_000)] * 2 + ["often"] * 3
    tokenizer = preprocessing(corpus, vocabulary=300, ngram_range=(5, 5))
    assert tokenizer.vocabulary == 300
    assert [*tokenizer._ids][:4] == [" ofte", " often ", "ften ", "often"]


def test_a_flood_of_rare_ngrams_is_forgotten_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainyard_engine.modalities.text.char_ngrams.MOST_COUNTED", 500)
    random = np.random.default_rng(0)
    rare = ["".join(map(chr, 97 + random.integers(0, 26, 12))) for _ in range(200)]
    tokenizer = CharNgramTokenizer.fit(spec_of(ngram_range=(5, 5)), [["often"] * 3, rare, ["often"]])
    assert [*tokenizer._ids][:4] == [" ofte", " often ", "ften ", "often"]
    assert tokenizer._frequencies[" often "] == 4


def test_it_reads_back_as_it_was_written_and_others_are_refused() -> None:
    tokenizer = preprocessing(["日本 🙂 god"] * 2, max_length=7)
    again = read_tokenizer(tokenizer.to_json())
    assert isinstance(again, CharNgramTokenizer)
    assert again.to_json() == tokenizer.to_json()
    assert (again.max_length, again.weights) == (7, tokenizer.weights)
    with pytest.raises(ValueError, match="no tokenizer"):
        read_tokenizer('{"type": "char_ngrams", "texts": 3}')


def test_a_vocabulary_is_a_function_of_its_texts_alone() -> None:
    """A resumed training learns it again, maybe in another process."""
    random = np.random.default_rng(0)
    corpus = [" ".join(f"w{number}é" for number in random.integers(0, 200, 30)) for _ in range(50)]
    assert hashlib.sha256(preprocessing(corpus).to_json().encode()).hexdigest()[:16] == "d766ce97e3bc8073"


def test_a_bag_is_the_weighted_sum_of_its_vectors() -> None:
    spec = parse_training_spec(make_spec("text_classification", POOL))
    context = BuildContext(
        input_shape=(9,), outputs=2, dropout=0.0, vocabulary=6, token_weights=(0.0, 0.0, 1.0, 2.0, 3.0, 4.0)
    )
    model = build_model(spec, context).eval()
    vectors = model.get_parameter("embedding.weight")
    expected = (1 * vectors[2] + 2 * vectors[3] + 4 * vectors[5]) / np.sqrt(21)
    found = model(torch.tensor([[2, 3, 5, 0], [1, 0, 0, 0]], dtype=torch.int32))
    assert torch.allclose(found[0], model.get_submodule("head")(expected))
    assert torch.equal(found[1], model.get_parameter("head.1.bias"))
    assert "token_weights" not in model.state_dict()


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [(POOL, "char_ngrams"), ({"name": "rnn"}, "words"), ({"name": "transformer"}, "words")],
)
def test_a_spec_says_which_tokenizer_it_takes(architecture: dict[str, Any], expected: str) -> None:
    for text in ({}, {"text": {"max_length": 8}}):
        spec = parse_training_spec(make_spec("text_classification", architecture, **text))
        assert spec.training.text is not None
        assert spec.training.text.tokenizer == expected
        assert parse_training_spec(spec.model_dump(mode="json")) == spec
    stated = parse_training_spec(make_spec("text_classification", architecture, text={"tokenizer": "bpe"}))
    assert stated.training.text == TextConfig(tokenizer="bpe")


@pytest.mark.parametrize(
    ("architecture", "text", "field"),
    [
        ({"name": "rnn"}, {"tokenizer": "char_ngrams"}, "training.text.tokenizer"),
        ({"name": "rnn"}, {"ngram_range": [2, 4]}, "training.text.ngram_range"),
        (POOL, {"tokenizer": "words", "ngram_range": [2, 4]}, "training.text.ngram_range"),
        (POOL, {"ngram_range": [3, 2]}, "training.text.ngram_range"),
        (POOL, {"ngram_range": [0, 2]}, "training.text.ngram_range.0"),
    ],
)
def test_ngrams_that_nothing_would_read_are_refused(
    architecture: dict[str, Any], text: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_training_spec(make_spec("text_classification", architecture, text=text))
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_model_tells_words_that_it_knows_by_their_parts_alone(tmp_path: Path) -> None:
    """What it makes of a word of known parts is no guess, and the warning stays."""
    target = (np.arange(80) % 4 == 0).astype(np.int64)
    texts = [("goal match team", "film scene actor")[label] for label in target]
    data = write_texts(tmp_path / "data", texts, target)
    train_here(
        make_spec("text_classification", POOL, epochs=15, optimizer={"name": "adam", "lr": 0.05}),
        data,
        tmp_path / "out",
    )
    model = load_model(tmp_path / "out", "cpu", threads=1)
    known, parts, nothing = predict(model, ["scene", "filmed actors", "日本"])
    assert (known["label"], known["warnings"]) == ("c1", [])
    assert parts["probabilities"]["c1"] > 0.9
    assert "2 of the 2" in parts["warnings"][0]["message"]
    assert nothing["probabilities"]["c1"] == pytest.approx(0.25, abs=0.01)
