"""Documents on their way to a language model: streams, blocks, metrics, exact resumption, texts that go on."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from tests.support.compiled import make_spec, write_documents
from tests.support.references import perplexity
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.split import Split, split_examples
from trainyard_engine.modalities.text import chunks as cutting
from trainyard_engine.modalities.text import streams
from trainyard_engine.modalities.text.streams import BlockSource, blocks_of, fit_on_documents
from trainyard_engine.modalities.text.tokenizer import END, PADDING, TextTokenizer
from trainyard_engine.tasks.language_modelling.handler import beginning
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
GPT = {"name": "gpt", "d_model": 16, "num_heads": 2, "num_layers": 1}
RHYME = "Nine naïve geese went over the lea; each goose had seen the sea. 🙂\n"


def language_spec(**training: Any) -> dict[str, Any]:
    text = {"tokenizer": "characters", "max_length": 12}
    return make_spec("language_modelling", GPT, **{"batch_size": 8, "text": text, **training})


def documents(directory: Path, count: int = 20) -> Path:
    return write_documents(directory, [RHYME[number:] for number in range(count)])


@pytest.mark.parametrize("tokenizer", ["bpe", "characters"])
def test_what_is_encoded_decodes_to_itself(tokenizer: str) -> None:
    preprocessing = TextTokenizer.fit(TextConfig.model_validate({"tokenizer": tokenizer}), [[RHYME] * 3], writes=True)
    again = TextTokenizer.from_json(preprocessing.to_json())
    ids, _ = again.encode([RHYME], whole=True)
    assert again.decode([END, *ids.tolist(), END]) == RHYME
    assert again.characters[ids].sum() == len(RHYME)
    assert again.characters[[PADDING, END]].tolist() == [0, 0]


def test_words_are_joined_by_spaces_and_cannot_be_counted_in_characters() -> None:
    preprocessing = TextTokenizer.fit(TextConfig(), [["The goose, the goose, the goose"] * 2], writes=True)
    assert preprocessing.decode(preprocessing.encode(["The GOOSE, the"])[0].tolist()) == "the goose , the"
    with pytest.raises(ValueError, match="whole words"):
        _ = preprocessing.characters


def test_a_text_is_cut_unless_it_stays_whole() -> None:
    preprocessing = TextTokenizer.fit(TextConfig(tokenizer="characters", max_length=3), [["abcdef"]], writes=True)
    assert preprocessing.encode(["abcdef"])[1].tolist() == [3]
    assert preprocessing.encode(["abcdef"], whole=True)[1].tolist() == [6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"one two\n\nthree four five six", [b"one two\n\n", b"three four ", b"five six"]),
        (b"aaaaaa\r\n \r\nbbb", [b"aaaaaa\r\n \r\n", b"bbb"]),
        (b"one\ntwo\nthree four", [b"one\ntwo\n", b"three four"]),
        ("éééééééé".encode(), ["éééééé".encode(), "éé".encode()]),
        ("aééééééé".encode(), ["aééééé".encode(), "éé".encode()]),
        (b"short", [b"short"]),
        (b"", []),
    ],
)
@pytest.mark.parametrize("block", [1, 5, 1000])
def test_pieces_end_where_a_reader_would_pause(text: bytes, expected: list[bytes], block: int) -> None:
    blocks = [text[at : at + block] for at in range(0, len(text), block)]
    assert list(cutting.pieces(blocks, size=6)) == expected


def test_a_part_is_one_stream_of_its_documents_cut_into_blocks(tmp_path: Path) -> None:
    dataset = open_dataset(write_documents(tmp_path, ["abc", "de", "fghij", "k"]))
    split = Split(train=np.array([0, 2]), val=np.array([1]), test=np.array([3]))
    tokenizer = TextTokenizer.fit(TextConfig(tokenizer="characters", max_length=4), [["abcdefghijk"]], writes=True)
    blocks = blocks_of(dataset, tokenizer, split)
    assert [part.tolist() for part in (blocks.split.train, blocks.split.val, blocks.split.test)] == [[0, 1], [2], [3]]

    def shown(rows: np.ndarray) -> list[tuple[str, str]]:
        (batch,) = BlockSource(blocks, CPU).batches(rows, size=9)
        signs = np.array(["_", "?", "|", *"abcdefghijk"])
        assert (batch.raw[0].dtype, batch.target.dtype) == (torch.int32, torch.int64)
        return [("".join(signs[a]), "".join(signs[b])) for a, b in zip(batch.raw[0], batch.target, strict=True)]

    # The stream |abc|fghij| has 11 tokens: two blocks of 4 are read, and what is left would be shorter.
    assert shown(blocks.split.train) == [("|abc", "abc|"), ("|fgh", "fghi")]
    assert shown(blocks.split.val) == [("|de", "de|")]
    assert shown(np.array([3, 0])) == [("|k|_", "k|__"), ("|abc", "abc|")]


def test_long_documents_are_read_in_pieces_without_an_end_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PIECE_BYTES", 8)
    monkeypatch.setattr(streams, "BYTES_AT_ONCE", 32)
    data = write_documents(tmp_path, [RHYME * 3, "b", RHYME])
    dataset = open_dataset(data)
    split = Split(train=np.array([0, 2]), val=np.array([1]), test=np.array([1]))
    tokenizer = fit_on_documents(dataset, split.train, TextConfig(tokenizer="characters", max_length=1_000))
    ids = blocks_of(dataset, tokenizer, split).ids
    ends = np.flatnonzero(ids == END)
    assert tokenizer.decode(ids[: ends[1]].tolist()) == RHYME * 3
    assert tokenizer.decode(ids[ends[1] : ends[2]].tolist()) == RHYME


def test_only_training_documents_make_the_vocabulary(tmp_path: Path) -> None:
    dataset = open_dataset(write_documents(tmp_path, ["aaa", "zzz"]))
    tokenizer = fit_on_documents(dataset, np.array([0]), TextConfig(tokenizer="characters"))
    assert tokenizer.decode(tokenizer.encode(["aza"])[0].tolist()) == "aa"


def test_metrics_are_those_of_every_token_of_the_part(tmp_path: Path) -> None:
    """Against torchmetrics and float64, over the whole part at once."""
    data, out = documents(tmp_path / "data"), tmp_path / "out"
    result = train_here(language_spec(epochs=1), data, out)[-1]
    model, dataset = load_model(out, "cpu", threads=1), open_dataset(data)
    spec = parse_training_spec(language_spec(epochs=1))
    prepared = handler_for(Task.LANGUAGE_MODELLING).prepare(dataset, spec, preprocessing=model.preprocessing)
    source, rows = prepared.open_source(CPU), prepared.split.test
    assert evaluate(model, source, rows, progressed=lambda: None) == result["test_metrics"]

    (batch,) = source.batches(rows, size=1_000)
    logits = model.outputs(batch.raw).double()
    losses = functional.cross_entropy(logits.flatten(0, 1), batch.target.flatten(), reduction="none")
    nats = losses[batch.target.flatten() != PADDING]
    right = (logits.argmax(2) == batch.target)[batch.target != PADDING]
    texts = [RHYME[number:] for number in split_examples(dataset, SplitConfig()).test]
    found = result["test_metrics"]
    assert len(nats) == sum(map(len, texts)) + len(texts)
    assert found["loss"] == pytest.approx(nats.mean().item(), rel=1e-6)
    assert found["perplexity"] == pytest.approx(perplexity(logits, batch.target, ignore_index=PADDING).item(), rel=1e-6)
    assert found["accuracy"] == pytest.approx(right.double().mean().item())
    bits = nats.sum().item() / math.log(2) / sum(map(len, texts))
    assert found["bits_per_character"] == pytest.approx(bits, rel=1e-6)


def test_a_model_that_knows_a_text_by_heart_goes_on_with_it(tmp_path: Path) -> None:
    data = write_documents(tmp_path / "data", [RHYME] * 12)
    spec = make_spec(
        "language_modelling",
        {**GPT, "d_model": 32},
        epochs=50,
        batch_size=2,
        text={"tokenizer": "characters", "max_length": 80},
        optimizer={"name": "adamw", "lr": 0.01},
    )
    train_here(spec, data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    goose = {"text": "each goose had", "max_tokens": 5}
    answers = [answer["text"] for answer in predict(model, ["", "Nine naïve geese", goose, "the sea. 🙂"])]
    # The last text ends by itself, the first after the 64 tokens that are written unless it is told otherwise.
    assert answers == [RHYME[:64], RHYME.removeprefix("Nine naïve geese"), " seen", "\n"]


def test_it_looks_back_on_no_more_than_it_can(tmp_path: Path) -> None:
    train_here(language_spec(epochs=1), documents(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    seen, other = predict(model, ["geese went over", "xxxxxxxxxxxxxxxxxxxxx" + "se went over"])
    assert seen["text"] == other["text"]
    assert [[warning["code"] for warning in answer["warnings"]] for answer in (seen, other)] == [
        ["truncated"], ["truncated", "unknown_words"],
    ]  # fmt: skip
    assert other["warnings"][0]["message"] == "The text has 33 tokens, of which the last 12 are read."


def test_draws_depend_on_the_seed_and_not_on_the_company(tmp_path: Path) -> None:
    train_here(language_spec(epochs=1), documents(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)

    def drawn(seed: int) -> dict[str, Any]:
        return {"text": "geese", "max_tokens": 20, "temperature": 1.5, "seed": seed}

    first, other, again, greedy = predict(model, [drawn(1), drawn(2), drawn(1), "geese"])
    assert predict(model, [drawn(1)]) == [first] == [again]
    assert len({first["text"], other["text"], greedy["text"]}) == 3


@pytest.mark.parametrize(
    ("value", "field", "problem"),
    [
        (7, "inputs.1", "neither a text nor an object"),
        ({"max_tokens": 3}, "inputs.1.text", "has a text that does not fit: field required"),
        ({"text": "a", "max_tokens": 0}, "inputs.1.max_tokens", "greater than or equal to 1"),
        ({"text": "a", "top_k": 3}, "inputs.1.top_k", "not permitted"),
        ({"text": "a", "temperature": math.inf}, "inputs.1.temperature", "finite"),
        ("a\ud800", "inputs.1", "half a character"),
    ],
)
def test_an_input_that_cannot_be_gone_on_with_is_named(value: object, field: str, problem: str) -> None:
    with pytest.raises(EngineFault, match=f"Input 1 .*{problem}") as caught:
        beginning(value, 1)
    assert caught.value.failed.field == field


def test_models_that_write_take_parts_of_words_unless_told_otherwise() -> None:
    def tokenizer(**training: Any) -> str:
        text = parse_training_spec(make_spec("language_modelling", GPT, **training)).training.text
        assert text is not None
        return text.tokenizer

    assert tokenizer() == tokenizer(text={"max_length": 9}) == "bpe"
    assert tokenizer(text={"tokenizer": "words"}) == "words"


def test_class_weights_are_not_for_texts_that_go_on() -> None:
    with pytest.raises(InvalidSpec, match="language_modelling has none"):
        parse_training_spec(language_spec(balance_classes=True))
