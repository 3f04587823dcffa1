"""Token classification: tokens of words, windows of long texts, the loss, and entities as seqeval finds them."""

import random
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers
from torch import Tensor, nn

from tests.support.compiled import make_spec
from tests.support.pretrained import register
from tests.support.tagged import small_letters, small_tagged, tagged_words, write_tagged
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.pretrained_backbones import MODELS_VARIABLE
from trainyard_engine.modalities.text.tagged import IGNORED, TagSource, WordTokens, lay_out, tokenize_words
from trainyard_engine.modalities.text.tokenizer import TextTokenizer
from trainyard_engine.models.layers.tokens import by_window
from trainyard_engine.tasks.token_classification.handler import HANDLER
from trainyard_engine.tasks.token_classification.objective import Tagging
from trainyard_spec.data_rules import data_violations
from trainyard_spec.tagged_texts import TokenProfile
from trainyard_spec.texts import TextConfig
from trainyard_spec.validation import InvalidSpec, parse_training_spec

IOB2 = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
BIOES = ("O", *(f"{prefix}-{kind}" for kind in ("LOC", "PER") for prefix in "BIES"))
RNN = {"name": "rnn", "embedding": 16, "hidden": 16}
PROFILE = TokenProfile(form="tokens", scheme="iob2", tokens=9, shortest=1, longest=3, mean=2.0)


def a_spec(architecture: dict[str, Any] = RNN, **training: Any) -> dict[str, Any]:
    return make_spec("token_classification", architecture, **{"epochs": 1, "batch_size": 16, **training})


def read_back(tokens: WordTokens, text: int) -> list[int]:
    return tokens.ids[tokens.offsets[text] : tokens.offsets[text + 1]].tolist()


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tiny BERT is registered."""
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    return register(tmp_path / "models", "tiny") / "tiny"


def test_words_have_the_tokens_that_transformers_gives_them(tiny: Path) -> None:
    """By the library's own way for words: the first token of each carries its label."""
    import transformers

    reference = transformers.PreTrainedTokenizerFast(tokenizer_file=str(tiny / "tokenizer.json"))
    own = TextTokenizer.pretrained((tiny / "tokenizer.json").read_text(encoding="utf-8"), 20)
    texts = [["word31", "Word2word3", "日本", "!"], ["word7"], ["nothing", "word39"]]
    tokens = lay_out(own, list(chain.from_iterable(texts)), np.array(list(map(len, texts))))
    at = iter(tokens.at.tolist())
    for number, words in enumerate(texts):
        encoded = reference(words, is_split_into_words=True)
        assert read_back(tokens, number) == encoded["input_ids"]
        first = [encoded.word_ids().index(word) for word in range(len(words))]
        assert [next(at) - tokens.offsets[number] for _ in words] == first


def test_a_word_without_a_token_is_unknown_as_the_vocabulary_has_it() -> None:
    """Of a Unigram its file names the place and no text: that of XLM-R is 3, and 1 is its padding."""
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁a", -1.0)]
    reader = Tokenizer(models.Unigram(vocabulary, unk_id=3, byte_fallback=False))
    reader.normalizer = normalizers.Strip()
    own = TextTokenizer.pretrained(reader.to_str(), 7)
    assert own.encode_words(["\u3000"])[0].tolist() == own.encode(["\u3000"])[0].tolist() == [3]


@pytest.mark.parametrize("frames", [False, True])
def test_long_texts_stand_in_windows_of_whole_words(tiny: Path, frames: bool) -> None:
    own = TextTokenizer.pretrained((tiny / "tokenizer.json").read_text(encoding="utf-8"), 7)
    if not frames:
        own = TextTokenizer.fit(TextConfig(tokenizer="bpe", vocabulary=300, max_length=7), [["ab", "abc"] * 4])
    before, behind = own.frame
    assert (len(before), len(behind)) == ((1, 1) if frames else (0, 0))
    random.seed(3)
    lengths = [random.randint(1, 40) for _ in range(30)]
    words = [random.choice(["word1", "word2word3", "xyz", "ab"]) for _ in range(sum(lengths))]
    tokens = lay_out(own, words, np.array(lengths))
    pieces = {word: own.encode_words([word])[0].tolist()[: 7 - len(before) - len(behind)] for word in set(words)}
    at = tokens.at.tolist()
    for number, (begin, end) in enumerate(pairwise([0, *np.cumsum(lengths).tolist()])):
        ids, start = read_back(tokens, number), tokens.offsets[number]
        read: list[int] = []
        for window in range(0, len(ids), 7):
            filled = [token for token in ids[window : window + 7] if token != 0]
            assert ids[window : window + 7][: len(filled)] == filled
            assert tuple(filled[: len(before)]) == before
            assert tuple(filled[len(filled) - len(behind) :]) == behind
            read += filled[len(before) : len(filled) - len(behind)]
        assert read == [token for word in words[begin:end] for token in pieces[word]]
        for word in range(begin, end):
            place = at[word] - start
            assert ids[place : place + len(pieces[words[word]])] == pieces[words[word]]
            assert place // 7 == (place + len(pieces[words[word]]) - 1) // 7


def test_windows_are_read_one_by_one() -> None:
    ids = torch.tensor([[3, 4, 0, 5, 6, 7, 8], [9, 0, 0, 0, 0, 0, 0]])
    seen: list[Tensor] = []

    def told(windows: Tensor) -> Tensor:
        seen.append(windows)
        return windows.unsqueeze(2) * 10.0

    assert by_window(told, ids, 3).squeeze(2).tolist() == (10.0 * ids).tolist()
    assert seen[0].tolist() == [[3, 4, 0], [5, 6, 7], [8, 0, 0], [9, 0, 0]]
    assert by_window(told, ids, 7).shape == (2, 7, 1)


def test_batches_have_a_tag_at_the_first_token_of_each_word(tmp_path: Path) -> None:
    rows = [(["ab", "zz", "ab"], ["B-PER", "O", "B-PER"]), (["zz"], ["O"])] * 5
    dataset = open_dataset(write_tagged(tmp_path, rows))
    tokenizer = TextTokenizer.fit(TextConfig(tokenizer="bpe", vocabulary=300, max_length=64), [["ab"] * 4])
    source = TagSource(dataset, tokenize_words(dataset, tokenizer), torch.device("cpu"))
    (batch,) = source.batches(np.array([0, 1]), size=2)
    assert batch.target.tolist() == [[1, 0, IGNORED, 1], [0, IGNORED, IGNORED, IGNORED]]
    assert (batch.raw[0] == 0).tolist() == [[False] * 4, [False, False, True, True]]


def test_the_loss_is_that_of_transformers(tiny: Path) -> None:
    """A mean over the words, by ``BertForTokenClassification`` with the same weights and labels."""
    import transformers

    reference = transformers.BertForTokenClassification.from_pretrained(tiny, num_labels=len(IOB2)).eval()
    ids = torch.tensor([[2, 9, 10, 11, 3], [2, 12, 3, 0, 0]])
    labels = torch.tensor([[IGNORED, 1, IGNORED, 4, IGNORED], [IGNORED, 0, IGNORED, IGNORED, IGNORED]])
    found = reference(input_ids=ids, attention_mask=(ids != 0).long(), labels=labels.where(labels >= 0, -100))
    loss = Tagging(parse_training_spec(a_spec()), IOB2, PROFILE).loss(found.logits, labels)
    assert float(loss.weight) == 3
    assert (loss.total / loss.weight).item() == pytest.approx(found.loss.item())


def test_what_stands_in_other_windows_does_not_change_a_tag(tmp_path: Path) -> None:
    """A text of three windows is told as its windows are, each alone."""
    data = small_tagged(tmp_path / "data")
    train_here(a_spec(text={"tokenizer": "words", "max_length": 4}), data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    words, _ = tagged_words([31, 2, 25, 7, 33, 34, 1, 20, 9, 30])
    (whole,) = predict(model, [{"tokens": words}])
    parts = predict(model, [{"tokens": words[begin : begin + 4]} for begin in (0, 4, 8)])
    assert whole["scores"] == pytest.approx(list(chain.from_iterable(part["scores"] for part in parts)), rel=1e-5)
    assert whole["tags"] == list(chain.from_iterable(part["tags"] for part in parts))


def test_windows_are_remarked_on(tmp_path: Path) -> None:
    dataset = open_dataset(small_tagged(tmp_path))
    spec = parse_training_spec(a_spec(text={"tokenizer": "words", "max_length": 4}))
    (remark,) = HANDLER.prepare(dataset, spec).remarks
    longer = sum(2 + row % 12 > 4 for row in range(100))
    assert remark.startswith(f"{longer} texts have more than 4 tokens")
    assert "up to 4 a text" in remark


def test_answers_say_where_entities_stand(tmp_path: Path) -> None:
    data = small_tagged(tmp_path / "data", rows=200)
    train_here(a_spec(epochs=30, optimizer={"name": "adam", "lr": 0.02}), data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    text, listed = predict(model, ["  word1 word31 word32 word2", {"tokens": ["word25", "word3"]}])
    assert text["tokens"] == ["word1", "word31", "word32", "word2"]
    (person,) = [entity for entity in text["entities"] if entity["label"] == "PER"]
    assert (person["start"], person["end"], person["text"]) == (8, 21, "word31 word32")
    assert person["score"] == pytest.approx(np.mean(text["scores"][1:3]))
    assert listed["text"] == "word25 word3"
    assert [(each["start"], each["end"], each["label"]) for each in listed["entities"]] == [(0, 6, "LOC")]


def test_letters_are_asked_about_as_a_text(tmp_path: Path) -> None:
    data = small_letters(tmp_path / "data")
    result = train_here(a_spec(epochs=8, optimizer={"name": "adam", "lr": 0.02}), data, tmp_path / "out")[-1]
    assert result["verdict"]["metric"] == "accuracy"
    model = load_model(tmp_path / "out", "cpu", threads=1)
    (answer,) = predict(model, ["GATTACA"])
    assert (answer["tokens"], "".join(answer["tags"]), answer["entities"]) == (list("GATTACA"), "EHCCHHH", [])


def test_unknown_words_are_told(tmp_path: Path) -> None:
    data = small_tagged(tmp_path / "data")
    train_here(a_spec(text={"tokenizer": "words"}), data, tmp_path / "out")
    (answer,) = predict(load_model(tmp_path / "out", "cpu", threads=1), ["Ada word1 Byron"])
    (warning,) = answer["warnings"]
    assert warning["code"] == "unknown_words"
    assert "2 of the 3 words of the text: Ada, Byron." in warning["message"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (7, "neither a text nor an object"),
        ({"text": "a"}, "neither a text nor an object"),
        ({"tokens": ["a", 1]}, "has the token 1, which is no text"),
        ({"tokens": ["a", None]}, "has the token None, which is no text"),
        ({"tokens": []}, "holds no word"),
        (" ", "holds no word"),
        ("a " * 10_001, "has 10,001 words, of which 10,000 are read"),
    ],
)
def test_questions_that_are_none(tmp_path: Path, value: Any, said: str) -> None:
    train_here(a_spec(), small_tagged(tmp_path / "data"), tmp_path / "out")
    with pytest.raises(EngineFault, match=said) as fault:
        predict(load_model(tmp_path / "out", "cpu", threads=1), ["word1", value])
    assert fault.value.failed.field == "inputs.1"


def test_a_window_has_room_for_a_word(tiny: Path, tmp_path: Path) -> None:
    spec = a_spec({"name": "pretrained", "model": "tiny"}, text={"max_length": 2})
    dataset = open_dataset(small_tagged(tmp_path / "data"))
    with pytest.raises(EngineFault, match="leaves none for words") as fault:
        HANDLER.prepare(dataset, parse_training_spec(spec))
    assert fault.value.failed.field == "training.text.max_length"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"architecture": {"name": "rnn", "pooling": "mean"}}, "architecture.pooling"),
        ({"architecture": {"name": "text_pool"}}, "architecture.name"),
        ({"training": {"balance_classes": True}}, "training.balance_classes"),
        ({"training": {"loss": "focal"}}, "training.loss"),
    ],
)
def test_what_would_be_ignored_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        parse_training_spec(a_spec() | changes)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_entities_are_watched_only_where_tags_mark_them(tmp_path: Path) -> None:
    spec = parse_training_spec(a_spec(early_stopping={"metric": "val_entity_f1", "patience": 3}))
    entities, letters = (open_dataset(write(tmp_path / write.__name__)) for write in (small_tagged, small_letters))
    assert list(data_violations(spec, entities.compiled)) == []
    (violation,) = data_violations(spec, letters.compiled)
    assert (violation.field, violation.code) == ("training.early_stopping.metric", "metric_mismatch")


def test_a_pretrained_body_has_a_head_for_each_token(tiny: Path, tmp_path: Path) -> None:
    spec = a_spec({"name": "pretrained", "model": "tiny", "rank": 2}, text={"max_length": 20})
    train_here(spec, small_tagged(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    head = model.network.head
    assert isinstance(head, nn.Linear)
    assert head.out_features == len(IOB2)
    assert model.network(torch.tensor([[2, 7, 3]])).shape == (1, 3, len(IOB2))
