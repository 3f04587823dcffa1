"""Encoders whose padding is not the token 0, such as XLM-RoBERTa: they compute what ``transformers`` does."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from tests.support.compiled import make_spec, small_texts
from tests.support.pretrained import register_padded_by_one
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text.padding_ids import exchanged, exchanged_array, exchanged_id
from trainyard_engine.modalities.text.tokenizer import TextTokenizer

TEXTS = ["word1 word2 word3 word4 word5", "word7", "nothing known word9"]
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
LORA = {"name": "pretrained", "model": "tiny", "rank": 2}


def spec_of(architecture: dict[str, Any], max_length: int = 20) -> dict[str, Any]:
    return make_spec("text_classification", architecture, epochs=2, text={"max_length": max_length})


@pytest.fixture(params=["roberta", "xlm-roberta", "camembert", "mpnet"])
def kind(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    models = register_padded_by_one(tmp_path / "models", "tiny", kind=request.param)
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(models))
    return str(request.param)


def by_transformers(out: Path, tokenizer: Path, *, pooling: str) -> torch.Tensor:
    """Probabilities by the finished encoder as it is, texts padded by ``tokenizers`` itself with 1."""
    model = load_model(out, "cpu", threads=1)
    network: Any = model.network
    reader = Tokenizer.from_file(str(tokenizer))
    reader.enable_padding(pad_id=1, pad_token="<pad>")
    read = reader.encode_batch(TEXTS)
    ids, mask = (torch.tensor([getattr(each, name) for each in read]) for name in ("ids", "attention_mask"))
    assert not mask.all()
    with torch.no_grad():
        states = network.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].float()
        pooled = states[:, 0] if pooling == "cls" else (states * weights).sum(1) / weights.sum(1)
        found: torch.Tensor = network.head(pooled).softmax(dim=1)
    return found


@pytest.mark.parametrize(("architecture", "pooling"), [(FULL, "mean"), ({**LORA, "pooling": "cls"}, "cls")])
def test_a_classifier_computes_what_transformers_does(
    kind: str, architecture: dict[str, Any], pooling: str, tmp_path: Path
) -> None:
    train_here(spec_of(architecture), small_texts(tmp_path / "data", rows=60), tmp_path / "out")
    answers = predict(load_model(tmp_path / "out", "cpu", threads=1), TEXTS)
    ours = torch.tensor([list(answer["probabilities"].values()) for answer in answers])
    theirs = by_transformers(tmp_path / "out", tmp_path / "models" / "tiny" / "tokenizer.json", pooling=pooling)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_places_behind_padding_are_no_room_for_tokens(kind: str, tmp_path: Path) -> None:
    """Of 26 places the first two are none."""
    data = small_texts(tmp_path / "data", rows=30)
    train_here(spec_of(FULL, max_length=24), data, tmp_path / "out")
    with pytest.raises(EngineFault) as refused:
        train_here(spec_of(FULL, max_length=25), data, tmp_path / "other")
    assert refused.value.failed.code == "text_too_long"
    assert "at most 24 tokens" in refused.value.failed.message


def test_what_is_stored_is_read_as_it_was(kind: str, tmp_path: Path) -> None:
    text = (tmp_path / "models" / "tiny" / "tokenizer.json").read_text()
    tokenizer = TextTokenizer.pretrained(text, 20, padding=1)
    again = TextTokenizer.from_json(tokenizer.to_json())
    own = Tokenizer.from_str(text).encode(TEXTS[0]).ids
    ids, lengths = again.encode(TEXTS[:1])
    assert (again.padding, ids[0], own[0]) == (1, 1, 0)
    assert exchanged_array(ids, 1).tolist() == own
    assert lengths.tolist() == [len(own)]
    assert again.frame == ((1,), (2,))
    assert 0 in again.special
    assert again.decode(ids.tolist()) == tokenizer.decode(ids.tolist()) == Tokenizer.from_str(text).decode(own)
    assert Tokenizer.from_str(tokenizer.to_json()).padding["pad_id"] == 1


def test_exchanged_twice_is_the_same_again() -> None:
    ids = np.arange(6, dtype=np.int32)
    assert exchanged_array(ids, 3).tolist() == [3, 1, 2, 0, 4, 5]
    assert exchanged(torch.from_numpy(ids), 3).tolist() == [exchanged_id(each, 3) for each in range(6)]
    assert exchanged_array(exchanged_array(ids, 3), 3).tolist() == ids.tolist()
    assert exchanged_array(ids, 0) is ids
