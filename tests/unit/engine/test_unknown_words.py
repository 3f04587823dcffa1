"""Texts of words that training never met: answers that no untrained vector has a say in, and what is said of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec, write_texts
from tests.support.trainings import train_here
from trainyard_engine.core.coverage import tokens_counted
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.models.layers.tokens import token_embedding

ARCHITECTURES = (
    {"name": "text_pool", "embedding": 8, "hidden": []},
    {"name": "rnn", "embedding": 6, "hidden": 6},
    {"name": "transformer", "d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 8},
)


def trained(tmp_path: Path, architecture: dict[str, Any], **training: Any) -> LoadedModel:
    """Of two classes of 3 : 1 whose words differ; every word comes often, so that none counts as unknown."""
    target = (np.arange(80) % 4 == 0).astype(np.int64)
    words = [("goal match team", "film scene actor")[label] for label in target]
    data, out = write_texts(tmp_path / "data", words, target), tmp_path / "out"
    options = {"epochs": 4, "optimizer": {"name": "adam", "lr": 0.05}} | training
    train_here(make_spec("text_classification", architecture, **options), data, out)
    return load_model(out, "cpu", threads=1)


@pytest.mark.parametrize("tokenizer", ["words", "bpe"])
@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda config: config["name"])
def test_a_text_of_unknown_words_answers_by_the_class_shares(
    tmp_path: Path, architecture: dict[str, Any], tokenizer: str
) -> None:
    model = trained(tmp_path, architecture, text={"tokenizer": tokenizer, "vocabulary": 300, "max_length": 16})
    unknown, known = predict(model, ["ΩΩ ΨΨΨ", "film scene"])
    assert unknown["probabilities"]["c1"] == pytest.approx(0.25, abs=0.01)
    assert known["warnings"] == []
    (warning,) = unknown["warnings"]
    assert (warning["code"], warning["column"]) == ("unknown_words", None)
    assert "Ω" in warning["message"]


@pytest.mark.parametrize("seed", range(3))
def test_an_unknown_word_beside_others_stays_out_of_the_sum(tmp_path: Path, seed: int) -> None:
    """No seed, decay or moving average gives it a vector."""
    model = trained(tmp_path, ARCHITECTURES[0], seed=seed, optimizer={"name": "adamw", "lr": 0.05}, ema={"decay": 0.9})
    embedding = model.network.get_parameter("embedding.weight")
    assert model.config.coverage is not None
    assert model.config.coverage.unmet_tokens == (0, 1)
    assert not embedding[[0, 1]].any()
    assert embedding[2:].any(dim=1).all()


def test_what_is_unknown_or_cut_off_is_told_in_bounds(tmp_path: Path) -> None:
    model = trained(tmp_path, ARCHITECTURES[0], epochs=1, text={"max_length": 20})
    text = "film " + " ".join(f"word{number}" for number in range(30))
    (answer,) = predict(model, [text])
    cut, unknown = answer["warnings"]
    assert (cut["code"], unknown["code"]) == ("truncated", "unknown_words")
    assert cut["message"] == "The text has 31 tokens, of which the first 20 are read."
    assert unknown["message"].startswith("The model does not know 30 of the 31 tokens of the text: word0, word1,")
    assert "word9" in unknown["message"]
    assert "word10" not in unknown["message"]


def test_tokens_are_counted_in_the_texts_of_training_alone() -> None:
    ids = np.array([2, 3, 4, 5, 2], dtype=np.int32)
    counts = tokens_counted(ids, np.array([0, 3]), np.array([2, 2]), vocabulary=7)
    assert counts.tolist() == [0, 0, 2, 1, 0, 1, 0]


def test_places_behind_the_longest_text_of_training_say_nothing(tmp_path: Path) -> None:
    """Whatever the decay and the moving average."""
    options: dict[str, Any] = {"optimizer": {"name": "adamw", "lr": 0.05}, "ema": {"decay": 0.9}}
    model = trained(tmp_path, ARCHITECTURES[2] | {"positions": "learned"}, text={"max_length": 9}, **options)
    positions = model.network.get_parameter("positions")
    assert positions[:3].any(dim=1).all()
    assert not positions[3:].any()


def test_other_vectors_are_drawn_as_before() -> None:
    torch.manual_seed(1)
    before = token_embedding(6, 4).weight
    torch.manual_seed(1)
    after = token_embedding(6, 4, unmet=(1, 3)).weight
    assert torch.equal(before[[0, 2, 4, 5]], after[[0, 2, 4, 5]])
    assert not after[[1, 3]].any()
