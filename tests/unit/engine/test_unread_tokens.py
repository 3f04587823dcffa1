"""Models that write texts: what training never read says nothing to them, and what it never wrote they do not write."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec, with_parts, write_documents, write_translations
from tests.support.trainings import interrupted_here, train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import assemble, load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.split import Split
from trainyard_engine.modalities.text.streams import blocks_of, stream_coverage
from trainyard_engine.modalities.text.tokenizer import END, PADDING, UNK_ID, TextTokenizer
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig

GPT = {"name": "gpt", "d_model": 8, "num_heads": 2, "num_layers": 1}
CHARACTERS = {"tokenizer": "characters", "max_length": 16}
VARIANTS = ("transformer", "lstm")
QUICK: dict[str, Any] = {"epochs": 4, "batch_size": 4, "optimizer": {"name": "adamw", "lr": 0.01}}
DOCUMENTS = ["abacabad" * 3, "cabbage had a bed"] * 10


def language_spec(**training: Any) -> dict[str, Any]:
    split = training.pop("split", {})
    return make_spec("language_modelling", GPT, **{**QUICK, "text": CHARACTERS, **training}) | {"split": split}


def translation_spec(variant: str, **training: Any) -> dict[str, Any]:
    architecture = {"name": "seq2seq", "variant": variant, "d_model": 8, "num_layers": 1}
    return make_spec("translation", architecture, **{**QUICK, "text": CHARACTERS, **training})


def translations(directory: Path) -> Path:
    """Texts of ab, translations of xyz."""
    texts = ["ab" * (1 + row % 3) for row in range(40)]
    return write_translations(directory, texts, [text.replace("a", "xy").replace("b", "z") for text in texts])


def trained(spec: dict[str, Any], data: Path, out: Path) -> LoadedModel:
    train_here(spec, data, out)
    return load_model(out, "cpu", threads=1)


def shares(model: LoadedModel) -> Tensor:
    """Of each token among those written in training, each counted once more."""
    assert model.config.coverage is not None
    counts = torch.tensor(model.config.coverage.token_counts, dtype=torch.float64) + 1
    return counts / counts.sum()


def spoiled(model: LoadedModel, tokens: tuple[int, ...]) -> LoadedModel:
    """The same model with other vectors of ``tokens``."""
    with torch.no_grad():
        model.network.get_parameter("embedding.weight")[list(tokens)] = torch.randn(len(tokens), 8) * 9
    return model


@pytest.mark.parametrize("seed", range(4))
def test_after_unknown_tokens_alone_any_seed_answers_by_the_shares_of_all_tokens(tmp_path: Path, seed: int) -> None:
    """Random vectors gave other first tokens from seed to seed."""
    model = trained(language_spec(seed=seed), write_documents(tmp_path / "data", DOCUMENTS), tmp_path / "out")
    outputs = model.outputs((torch.tensor([[END, UNK_ID, UNK_ID, 3, UNK_ID]], dtype=torch.int32),))
    assert outputs[0, 1].double().softmax(dim=0).tolist() == pytest.approx(shares(model).tolist(), rel=1e-5)
    assert torch.equal(outputs[0, 1], outputs[0, 2])
    # After an end alone, and once something is known, the network speaks.
    assert not any(torch.allclose(outputs[0, place], outputs[0, 1]) for place in (0, 3, 4))
    (answer,) = predict(model, [{"text": "ΩΨ", "max_tokens": 1}])
    assert answer["text"] == "a"
    assert [warning["code"] for warning in answer["warnings"]] == ["unknown_words"]


def test_an_unread_token_beside_others_says_nothing(tmp_path: Path) -> None:
    model = trained(language_spec(), write_documents(tmp_path / "data", DOCUMENTS), tmp_path / "out")
    assert model.config.coverage is not None
    assert model.config.coverage.unmet_tokens == (PADDING, UNK_ID)
    ids = torch.tensor([[END, 3, UNK_ID, 4, 5]], dtype=torch.int32)
    before = model.outputs((ids,))
    after = spoiled(model, (PADDING, UNK_ID)).outputs((ids,))
    assert torch.equal(before[:, :, END:], after[:, :, END:])


@pytest.mark.parametrize("task", [Task.LANGUAGE_MODELLING, Task.TRANSLATION])
def test_tokens_that_are_dropped_out_teach_what_is_unknown(tmp_path: Path, task: Task) -> None:
    options: dict[str, Any] = {"augment": [{"name": "token_dropout", "probability": 0.2}], "epochs": 1}
    is_language = task is Task.LANGUAGE_MODELLING
    spec = language_spec(**options) if is_language else translation_spec("lstm", **options)
    data = write_documents(tmp_path / "data", DOCUMENTS) if is_language else translations(tmp_path / "data")
    model = trained(spec, data, tmp_path / "out")
    assert model.config.coverage is not None
    assert UNK_ID not in model.config.coverage.unmet_tokens
    assert UNK_ID in model.config.coverage.unwritten_tokens


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_translator_hears_only_what_it_read_and_repeats_only_what_it_wrote(tmp_path: Path, variant: str) -> None:
    model = trained(translation_spec(variant), translations(tmp_path / "data"), tmp_path / "out")
    tokenizer, coverage = model.preprocessing.known_tokenizer, model.config.coverage
    assert coverage is not None
    a, b, x, y, z = (tokenizer.encode([sign])[0].item() for sign in "abxyz")
    assert set(coverage.unmet_tokens) == {PADDING, UNK_ID, END, x, y, z}
    assert set(coverage.unwritten_tokens) == {PADDING, UNK_ID, a, b}
    source = torch.tensor([[a, UNK_ID, b]], dtype=torch.int32)
    given = torch.tensor([[END, x, UNK_ID]], dtype=torch.int32)
    before = model.outputs((source, given))
    after = spoiled(model, (UNK_ID,)).outputs((source, given))
    assert torch.equal(before[:, :, END:], after[:, :, END:])


@pytest.mark.parametrize("variant", VARIANTS)
def test_of_a_text_without_a_known_token_nothing_is_translated(tmp_path: Path, variant: str) -> None:
    """It is judged by the shares of all tokens, which cost no more than they must."""
    model = trained(translation_spec(variant), translations(tmp_path / "data"), tmp_path / "out")
    unknown, known = predict(model, ["ΩΨ xyz", "abΩ"])
    assert unknown["text"] == ""
    assert [[warning["code"] for warning in answer["warnings"]] for answer in (unknown, known)] == [
        ["unknown_words"], ["unknown_words"],
    ]  # fmt: skip
    assert known["text"]
    source, given = (torch.tensor([[row, 4]], dtype=torch.int32) for row in (UNK_ID, END))
    source[0, 1] = PADDING
    outputs = model.outputs((source, given))
    for place in range(2):
        assert outputs[0, place].double().softmax(dim=0).tolist() == pytest.approx(shares(model).tolist(), rel=1e-5)


def test_what_training_never_wrote_is_not_written_however_warm(tmp_path: Path) -> None:
    """Of the 256 bytes in the vocabulary the documents hold few."""
    spec = language_spec(text={"tokenizer": "bpe", "vocabulary": 300, "max_length": 16}, epochs=1)
    model = trained(spec, write_documents(tmp_path / "data", DOCUMENTS), tmp_path / "out")
    asked = {"text": "a", "max_tokens": 300, "temperature": 100}
    answers = predict(model, [{**asked, "seed": seed} for seed in range(3)])
    assert set("".join(answer["text"] for answer in answers)) <= set("".join(DOCUMENTS))


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_translator_does_not_write_what_it_only_read(tmp_path: Path, variant: str) -> None:
    model = trained(translation_spec(variant, epochs=1), translations(tmp_path / "data"), tmp_path / "out")
    with torch.no_grad():  # Else the softmax has taught it.
        weight = model.network.get_parameter("embedding.weight")
        ids = [model.preprocessing.known_tokenizer.encode([sign])[0].item() for sign in "ab"]
        weight[ids] = weight.abs().max() * 100 * torch.tensor([[1.0], [-1.0]])
    answers = predict(model, ["ab", "abab"])
    assert not set("".join(answer["text"] for answer in answers)) & set("ab")


def test_no_block_is_longer_than_the_longest_of_training(tmp_path: Path) -> None:
    """A place further on has a vector that nothing taught."""
    dataset = open_dataset(write_documents(tmp_path, ["abc", "defgh", "k"]))
    split = Split(train=np.array([0]), val=np.array([1]), test=np.array([2]))
    tokenizer = TextTokenizer.fit(TextConfig(tokenizer="characters", max_length=40), [["abcdefghk"]], writes=True)
    blocks = blocks_of(dataset, tokenizer, split)
    # |abc| is read up to its last token: four.
    assert [(blocks.lengths[part] - 1).tolist() for part in (blocks.split.train, blocks.split.val)] == [[4], [4, 2]]
    assert stream_coverage(blocks, tokenizer.vocabulary).longest == 4


def test_it_looks_back_no_further_than_training_did(tmp_path: Path) -> None:
    spec = language_spec(text={**CHARACTERS, "max_length": 2_000})
    model = trained(spec, write_documents(tmp_path / "data", DOCUMENTS), tmp_path / "out")
    assert model.config.coverage is not None
    longest = model.config.coverage.longest
    assert longest < 400
    text = "cabbage had a bed" * 40
    (before,) = predict(model, [text])
    with torch.no_grad():
        model.network.get_parameter("positions")[longest:] = 1e3
    assert predict(model, [text]) == [before]
    assert [warning["code"] for warning in before["warnings"]] == ["truncated"]
    assert f"of which the last {longest} are read" in before["warnings"][0]["message"]


@pytest.mark.parametrize("task", [Task.LANGUAGE_MODELLING, Task.TRANSLATION])
def test_a_model_of_an_earlier_release_answers_as_before(tmp_path: Path, task: Task) -> None:
    """It says nothing of what its training met: nothing is left out, and nothing hedged."""
    is_language = task is Task.LANGUAGE_MODELLING
    spec = language_spec() if is_language else translation_spec("transformer")
    data = write_documents(tmp_path / "data", DOCUMENTS) if is_language else translations(tmp_path / "data")
    new = trained(spec, data, tmp_path / "out")
    stored = json.loads(new.config.model_dump_json())
    del stored["coverage"]
    config = type(new.config).model_validate(stored)
    old = assemble(config, replace(new.preprocessing, coverage=None), new.compute)
    old.network.load_state_dict(new.network.state_dict())
    old.network.eval()
    ids = torch.tensor([[UNK_ID, UNK_ID]], dtype=torch.int32)
    raw = (ids,) if is_language else (ids, ids)
    before = old.outputs(raw)
    assert not torch.allclose(before, spoiled(old, (UNK_ID,)).outputs(raw))
    assert all("text" in answer for answer in predict(old, ["ΩΩ"]))


@pytest.mark.parametrize("task", [Task.LANGUAGE_MODELLING, Task.TRANSLATION])
def test_a_training_that_was_stopped_ends_in_the_same_bits(tmp_path: Path, task: Task) -> None:
    is_language = task is Task.LANGUAGE_MODELLING
    spec = language_spec() if is_language else translation_spec("lstm")
    data = write_documents(tmp_path / "data", DOCUMENTS) if is_language else translations(tmp_path / "data")
    whole = train_here(spec, data, tmp_path / "whole")[-1]
    parts = interrupted_here(spec, data, tmp_path / "parts", after=(2, 3))[-1]
    assert (parts["weights_sha256"], parts["test_metrics"]) == (whole["weights_sha256"], whole["test_metrics"])
    configs = [(tmp_path / name / "config.json").read_bytes() for name in ("whole", "parts")]
    assert configs[0] == configs[1]


def test_a_test_part_of_unknown_tokens_costs_what_their_shares_say(tmp_path: Path) -> None:
    """And no more than that: an unread token as a target has a share too."""
    parts = np.array([0] * len(DOCUMENTS) + [1, 2])
    data = with_parts(write_documents(tmp_path / "data", [*DOCUMENTS, "ΩΨΞ" * 4, "ΨΩ" * 4]), parts)
    messages = train_here(language_spec(split={"by": "given"}), data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    costs = -shares(model).log()
    (first,) = model.outputs((torch.tensor([[END]], dtype=torch.int32),)).double().log_softmax(dim=2)
    # |ΨΩΨΩΨΩΨΩ|: the network knows the first end, and after it nothing is known.
    expected = (-first[0, UNK_ID] + 7 * costs[UNK_ID] + costs[END]) / 9
    assert messages[-1]["test_metrics"]["loss"] == pytest.approx(expected.item(), rel=1e-5)
