"""Texts on their way to a network: vocabulary, tokens, batches, trainings that resume, predictions."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec, small_texts, stored_texts, write_texts
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.ragged import padded
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.core.split import split_examples
from trainyard_engine.modalities.augment import augment
from trainyard_engine.modalities.inputs import encode_texts
from trainyard_engine.modalities.text.dataset import TextSource, fit_tokenizer, tokenize
from trainyard_engine.modalities.text.tokenizer import PADDING, UNK_ID, TextTokenizer
from trainyard_engine.models import BuildContext, build_model
from trainyard_spec.augmentation import TokenDropoutAugment
from trainyard_spec.splits import SplitConfig
from trainyard_spec.texts import TextConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
CORPUS = ["The cat sat.", "the DOG sat", "a cat, a dog", "Übung macht den Meister", "übung hält fit"]
WORDS = TextConfig()
BYTES = TextConfig(tokenizer="bpe", vocabulary=300)


def preprocessing(spec: TextConfig = WORDS, corpus: list[str] = CORPUS) -> TextTokenizer:
    return TextTokenizer.fit(spec, [corpus[:2], corpus[2:]])


def ids_of(tokenizer: TextTokenizer, text: str) -> list[int]:
    ids, lengths = tokenizer.encode([text])
    assert lengths.tolist() == [len(ids)]
    return ids.tolist()


def test_words_are_lower_case_and_numbered_by_how_often_and_then_by_name() -> None:
    # Met twice or more: a, cat, dog, sat, the, übung.
    assert ids_of(preprocessing(), "a cat dog sat the übung") == [2, 3, 4, 5, 6, 7]
    assert ids_of(preprocessing(), "A Cat dOG u\u0308bung") == [2, 3, 4, 7]
    assert preprocessing().vocabulary == 8


def test_a_word_met_once_or_never_is_unknown() -> None:
    assert ids_of(preprocessing(), "Meister mouse cat") == [UNK_ID, UNK_ID, 3]


def test_byte_pairs_know_every_text() -> None:
    assert UNK_ID not in ids_of(preprocessing(BYTES), "日本 \x00 🙂 mouse")


@pytest.mark.parametrize("spec", [WORDS, BYTES], ids=["words", "bpe"])
@pytest.mark.parametrize("text", ["[PAD] cat [UNK]", "cat[PAD]", "[PAD]"])
def test_a_text_cannot_hold_padding(spec: TextConfig, text: str) -> None:
    tokenizer = TextTokenizer.from_json(preprocessing(spec).to_json())
    assert PADDING not in ids_of(tokenizer, text)


@pytest.mark.parametrize("spec", [WORDS, BYTES], ids=["words", "bpe"])
def test_a_text_of_nothing_is_one_unknown_token(spec: TextConfig) -> None:
    assert ids_of(preprocessing(spec), "") == [UNK_ID]


@pytest.mark.parametrize("spec", [WORDS, BYTES], ids=["words", "bpe"])
def test_a_tokenizer_reads_back_as_it_was_written(spec: TextConfig) -> None:
    tokenizer = preprocessing(spec)
    again = TextTokenizer.from_json(tokenizer.to_json())
    assert (again.vocabulary, again.max_length) == (tokenizer.vocabulary, tokenizer.max_length)
    assert ids_of(again, " ".join(CORPUS)) == ids_of(tokenizer, " ".join(CORPUS))


def test_texts_are_read_to_the_longest_length() -> None:
    assert ids_of(preprocessing(TextConfig(max_length=2)), "cat dog sat") == [3, 4]


def test_the_vocabulary_keeps_the_most_frequent_and_no_endless_word() -> None:
    corpus = [f"w{number}" for number in range(1000) for _ in range(1 + (number < 5) + 1)] + ["x" * 100] * 2
    tokenizer = preprocessing(TextConfig(vocabulary=300), corpus)
    assert tokenizer.vocabulary == 300
    assert UNK_ID not in ids_of(tokenizer, "w0 w4")
    assert len(ids_of(tokenizer, "x" * 100)) == 2


@pytest.mark.parametrize(
    ("spec", "expected"),
    [(WORDS, "7278858b0769c005"), (TextConfig(tokenizer="bpe", vocabulary=600), "dfa8f30c8af1436c")],
)
def test_a_vocabulary_is_a_function_of_its_texts_alone(spec: TextConfig, expected: str) -> None:
    """A resumed training learns it again, maybe elsewhere. Should a release of the library change this one, trainings
    that wait for their resumption would go on with other tokens."""
    random = np.random.default_rng(0)
    corpus = [" ".join(f"w{number}é" for number in random.integers(0, 200, 30)) for _ in range(50)]
    assert hashlib.sha256(preprocessing(spec, corpus).to_json().encode()).hexdigest()[:16] == expected


def test_only_training_rows_make_the_vocabulary(tmp_path: Path) -> None:
    texts = ["alpha alpha"] * 6 + ["omega omega"] * 6
    dataset = open_dataset(write_texts(tmp_path, texts, np.arange(12) % 2))
    tokenizer = fit_tokenizer(dataset, np.arange(6), WORDS)
    assert (ids_of(tokenizer, "alpha"), ids_of(tokenizer, "omega")) == ([2], [UNK_ID])


@pytest.mark.parametrize("most_padding", [0, 4], ids=["from disk", "from memory"])
def test_batches_are_the_rows_asked_for_padded_to_their_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_padding: int
) -> None:
    monkeypatch.setattr("trainyard_engine.modalities.text.dataset.MOST_PADDING", most_padding)
    dataset = open_dataset(small_texts(tmp_path))
    tokenizer = fit_tokenizer(dataset, np.arange(150), WORDS)
    texts = stored_texts(tmp_path)
    rows = np.random.default_rng(3).permutation(150)[:40]
    found = list(TextSource(dataset, tokenize(dataset, tokenizer), CPU).batches(rows, size=16, first=1))
    assert [len(batch.target) for batch in found] == [16, 8]
    for begin, batch in zip((16, 32), found, strict=True):
        chosen = rows[begin : begin + 16]
        alone = [ids_of(tokenizer, texts[row]) for row in chosen]
        longest = max(map(len, alone))
        assert batch.raw[0].tolist() == [ids + [PADDING] * (longest - len(ids)) for ids in alone]
        assert batch.target.tolist() == dataset.target[chosen].tolist()


def test_the_last_text_is_padded_like_any_other() -> None:
    ids = np.array([5, 6, 7, 8], dtype=np.int32)
    assert padded(ids, np.array([3, 0]), np.array([1, 3])).tolist() == [[8, 0, 0], [5, 6, 7]]


ARCHITECTURES: list[dict[str, Any]] = [
    {"name": "text_pool", "embedding": 8, "hidden": [6]},
    {"name": "rnn", "embedding": 6, "hidden": 5, "num_layers": 2, "pooling": "attention"},
    {"name": "transformer", "d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 12},
]


def text_spec(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    return make_spec(
        "text_classification",
        architecture,
        **{"epochs": 2, "regularization": {"dropout": 0.2}, "text": {"max_length": 10}, **training},
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda a: a["name"])
def test_a_finished_model_predicts_texts_and_evaluates_as_it_was_tested(
    tmp_path: Path, architecture: dict[str, Any]
) -> None:
    data, out = small_texts(tmp_path / "data"), tmp_path / "out"
    result = train_here(text_spec(architecture, epochs=8, optimizer={"name": "adamw", "lr": 0.02}), data, out)[-1]
    assert [entry["name"] for entry in result["files"]] == [
        "model.safetensors", "config.json", "tokenizer.json", "manifest.json", "test_predictions.csv",
        "model_card.md",
    ]  # fmt: skip
    assert result["test_metrics"]["accuracy"] > 0.6

    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    source = TextSource(dataset, tokenize(dataset, model.tokenizer), CPU)
    metrics, report = evaluate_finally(model, source, split_examples(dataset, SplitConfig()).test)
    assert metrics == result["test_metrics"]
    assert report is not None
    assert report.model_dump(mode="json") == result["class_report"]

    (answer,) = predict(model, ["word2 WORD5 word11 word8 never_seen"])
    assert answer["label"] == "c2"
    assert sum(answer["probabilities"].values()) == pytest.approx(1)


def test_a_model_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    train_here(text_spec(ARCHITECTURES[0], epochs=1), small_texts(tmp_path / "data"), tmp_path / "out")
    (tmp_path / "out" / "tokenizer.json").unlink()
    with pytest.raises(EngineFault, match=r"tokenizer\.json is missing"):
        load_model(tmp_path / "out", "cpu", threads=1)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (7, "is not a text"),
        (None, "is not a text"),
        ("a\ud800", "half"),
    ],
)
def test_an_input_that_is_no_text_is_named(value: object, problem: str) -> None:
    with pytest.raises(EngineFault, match=f"Input 1 .*{problem}") as caught:
        encode_texts(["fine", value], preprocessing())
    assert caught.value.failed.field == "inputs.1"


def test_a_spec_of_texts_spells_out_how_they_are_read() -> None:
    spec = text_spec(ARCHITECTURES[0])
    del spec["training"]["text"]
    assert parse_training_spec(spec).training.text == TextConfig(tokenizer="char_ngrams")
    del spec["training"]
    assert parse_training_spec(spec).training.text == TextConfig(tokenizer="char_ngrams")


def test_other_tasks_have_no_texts_to_read() -> None:
    with pytest.raises(InvalidSpec, match="this task has no texts"):
        parse_training_spec(make_spec("tabular_regression", {"name": "mlp"}, text={}))


def test_heads_divide_the_width() -> None:
    with pytest.raises(InvalidSpec, match="Attention heads must divide d_model, and 3 does not divide 128"):
        parse_training_spec(text_spec({"name": "transformer", "num_heads": 3}))


def test_token_dropout_makes_the_given_share_unknown_and_no_padding() -> None:
    seed_torch("tokens")
    ids = torch.full((40, 50), 7, dtype=torch.int32)
    ids[:, 30:] = PADDING
    (dropped,), _ = augment((ids,), [TokenDropoutAugment(name="token_dropout", probability=0.25)])
    assert dropped.dtype == torch.int32
    assert not dropped[:, 30:].any()
    assert set(dropped[:, :30].unique().tolist()) == {UNK_ID, 7}
    assert (dropped[:, :30] == UNK_ID).float().mean().item() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize(
    ("task", "architecture", "name"),
    [("image_classification", "cnn", "token_dropout"), ("text_classification", "rnn", "flip")],
)
def test_an_augmentation_changes_what_the_task_has(task: str, architecture: str, name: str) -> None:
    with pytest.raises(InvalidSpec, match=f"Augment {name} is for"):
        parse_training_spec(make_spec(task, {"name": architecture}, augment=[{"name": name}]))


def test_an_initialization_reaches_each_gate_of_recurrent_layers() -> None:
    context = BuildContext(input_shape=(5,), outputs=2, dropout=0.0, vocabulary=9)
    spec = parse_training_spec(text_spec({"name": "rnn", "embedding": 8, "hidden": 6}, init="orthogonal"))
    layer = build_model(spec, context).get_submodule("layers.0")
    for gate in layer.get_parameter("weight_hh_l0_reverse").split(6):
        torch.testing.assert_close(gate @ gate.T, torch.eye(6))
    assert not layer.get_parameter("bias_ih_l0").any()
