"""Exported embedding models give the same vectors in ``transformers`` alone, by the files that others read."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional

from tests.support.compiled import make_spec
from tests.support.engine_commands import run_command
from tests.support.paired_texts import topic_pairs
from tests.support.pretrained import register
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict

TEXTS = ["word3 word5", "word1", " ".join(f"word{number}" for number in range(30))]


def trained(tmp_path: Path, architecture: dict[str, Any]) -> Path:
    spec = make_spec("sentence_embedding", architecture, epochs=1, batch_size=16, text={"max_length": 20})
    train_here(spec, topic_pairs(tmp_path / "data"), tmp_path / "model")
    return tmp_path / "model"


def exported(model: Path, out: Path) -> int:
    return run_command("export", "--model", model, "--out", out)


@pytest.mark.parametrize(("method", "pooling"), [("lora", "mean"), ("full", "cls")])
def test_transformers_alone_gives_the_same_vectors(
    tmp_path: Path, method: str, pooling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModel, AutoTokenizer

    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register(tmp_path / "models", "tiny")))
    model = trained(tmp_path, {"name": "pretrained", "model": "tiny", "method": method, "pooling": pooling})
    expected = [answer["embedding"] for answer in predict(load_model(model, "cpu", threads=1), TEXTS)]
    assert exported(model, tmp_path / "out") == 0

    tokenizer, encoder = (kind.from_pretrained(tmp_path / "out") for kind in (AutoTokenizer, AutoModel))
    read = tokenizer(TEXTS, padding=True, truncation=True, return_tensors="pt")
    with torch.no_grad():
        states = encoder.eval()(input_ids=read["input_ids"], attention_mask=read["attention_mask"]).last_hidden_state
    modules = json.loads((tmp_path / "out" / "modules.json").read_text())
    assert [module["type"].rpartition(".")[2] for module in modules] == ["Transformer", "Pooling", "Normalize"]
    assert all((tmp_path / "out" / module["path"]).is_dir() for module in modules)
    how = json.loads((tmp_path / "out" / "1_Pooling" / "config.json").read_text())
    assert how["word_embedding_dimension"] == states.shape[-1]
    mask = read["attention_mask"][..., None]
    pooled = states[:, 0] if how["pooling_mode_cls_token"] else (states * mask).sum(1) / mask.sum(1)
    assert how["pooling_mode_cls_token"] != how["pooling_mode_mean_tokens"]
    torch.testing.assert_close(functional.normalize(pooled, dim=-1), torch.tensor(expected), rtol=1e-5, atol=1e-6)
    longest = json.loads((tmp_path / "out" / "sentence_bert_config.json").read_text())["max_seq_length"]
    assert longest == read["input_ids"].shape[1] == 20


def test_a_network_that_no_other_library_knows_is_not_exported(tmp_path: Path) -> None:
    model = trained(tmp_path, {"name": "text_pool", "embedding": 8})
    assert exported(model, tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()
