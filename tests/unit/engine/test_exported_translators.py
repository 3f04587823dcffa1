"""Fine-tuned translators by transformers and peft alone: the same translations, merged or as an adapter."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.architecture_matrix import phrases
from tests.support.compiled import make_spec
from tests.support.pretrained import register_translator
from tests.support.trainings import train_here
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.tasks.translation.export import export_translator

FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
LORA = {"name": "pretrained", "model": "tiny", "rank": 4}
TEXTS = ["a1 a6 a11", "a20", "a3 a8"]


def trained(kind: str, architecture: Any, directory: Path, monkeypatch: pytest.MonkeyPatch, **more: Any) -> Any:
    """The finished model in ``directory``/out."""
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register_translator(directory / "models", "tiny", kind=kind)))
    optimizer = {"name": "adamw", "lr": 0.01}
    spec = make_spec("translation", architecture, text={"max_length": 8}, batch_size=8, optimizer=optimizer, **more)
    train_here(spec, phrases(directory / "data"), directory / "out")
    return load_model(directory / "out", "cpu", threads=1)


def written(network: Any, tokenizer: Any) -> list[str]:
    ids = tokenizer(TEXTS, return_tensors="pt", padding=True)
    ids.pop("token_type_ids", None)
    with torch.no_grad():
        found = network.eval().generate(**ids, max_new_tokens=7, num_beams=1, do_sample=False)
    texts: list[str] = tokenizer.batch_decode(found, skip_special_tokens=True)
    return texts


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_merged_weights_translate_by_transformers_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = trained(kind, FULL, tmp_path, monkeypatch, epochs=20)
    expected = [answer["text"] for answer in predict(model, [{"text": text, "max_tokens": 7} for text in TEXTS])]
    assert any(expected)
    export_translator(model, tmp_path / "merged")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "merged")
    assert written(AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "merged"), tokenizer) == expected


@pytest.mark.parametrize("kind", ["marian", "t5", "bart"])
def test_adapter_and_merged_weights_compute_what_the_model_does(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForSeq2SeqLM

    model = trained(kind, LORA, tmp_path, monkeypatch, epochs=2)
    export_translator(model, tmp_path / "merged")
    ids = {"input_ids": torch.tensor([[5, 6, 7, 8]]), "decoder_input_ids": torch.tensor([[2, 9, 10]])}
    base = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "models" / "tiny").eval()
    with torch.no_grad():
        expected, plain = model.network.network(**ids).logits, base(**ids).logits
        adapted = PeftModel.from_pretrained(base, tmp_path / "out").eval()(**ids).logits
        merged = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "merged").eval()(**ids).logits
    torch.testing.assert_close(adapted, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(merged, expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(plain, expected, atol=1e-3)


def test_an_adapter_on_another_models_weights_lies_beside_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be of no use without these: there are merged weights."""
    trained("bart", LORA, tmp_path, monkeypatch, epochs=1)
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    assert "adapter_model.safetensors" in {file["name"] for file in result["files"]}
    spec = make_spec("translation", LORA, epochs=1, text={"max_length": 8}, batch_size=8) | {"init_from": "mdl_local"}
    train_here(spec, phrases(tmp_path / "data2"), tmp_path / "child", init_from=tmp_path / "out")
    assert not (tmp_path / "child" / "adapter_model.safetensors").exists()
