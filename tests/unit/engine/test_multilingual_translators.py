"""Translators that are told their languages by codes (NLLB, mBART-50), beside what ``transformers`` computes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from torch.nn import functional

from tests.support.architecture_matrix import phrases
from tests.support.compiled import make_spec
from tests.support.pretrained import register_translator
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.tasks.registry import handler_for
from trainyard_engine.tasks.translation.export import export_translator
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CODED = {"source_language": "eng_Latn", "target_language": "deu_Latn"}
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
TEXTS = ["a1 a6 a11", "a20", "a3 a8"]


@pytest.fixture(params=["m2m_100", "mbart"])
def models(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = register_translator(tmp_path / "models", "tiny", kind=request.param)
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
    return directory


def spec_of(**architecture: Any) -> dict[str, Any]:
    training = {"text": {"max_length": 8}, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}, "epochs": 6}
    return make_spec("translation", {**FULL, **architecture}, **training)


def test_codes_and_translations_are_as_transformers_has_them(models: Path, tmp_path: Path) -> None:
    """Codes stand where the network learnt them, the loss is its own, and the export alone translates alike."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    data = phrases(tmp_path / "data")
    train_here(spec_of(**CODED), data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    reader = Tokenizer.from_file(str(models / "tiny" / "tokenizer.json"))
    source, target = (reader.token_to_id(code) for code in CODED.values())
    handler = handler_for(Task.TRANSLATION)
    prepared = handler.prepare(open_dataset(data), model.config.spec, preprocessing=model.preprocessing)
    (batch,) = prepared.open_source(torch.device("cpu")).batches(np.arange(6), size=6)
    read, given = batch.raw
    assert read[:, 0].unique().tolist() == [source]
    assert given[:, :2].unique(dim=0).tolist() == [[2, target]]
    assert batch.target[:, 0].unique().tolist() == [target]
    network: Any = model.network
    mask, labels = (read != 1).long(), batch.target.masked_fill(batch.target == 1, -100)
    with torch.no_grad():
        logits = network.network(input_ids=read.long(), attention_mask=mask, decoder_input_ids=given.long()).logits
        ours = model.objective.loss(model.outputs(batch.raw), batch.target)
    expected = functional.cross_entropy(logits.flatten(0, 1), labels.flatten())
    assert (ours.total / ours.weight).item() == pytest.approx(expected.item(), rel=1e-5)

    export_translator(model, tmp_path / "merged")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "merged")
    alone = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "merged").eval()
    ids = tokenizer(TEXTS, return_tensors="pt", padding=True)
    ids.pop("token_type_ids", None)
    for beams in (1, 3):
        asked = [{"text": text, "max_tokens": 6, "num_beams": beams} for text in TEXTS]
        answers = [answer["text"] for answer in predict(model, asked)]
        # The code of the language is a token more there, and a prompt here.
        found = alone.generate(**ids, max_new_tokens=7, num_beams=beams, do_sample=False)
        assert found[:, 1].unique().tolist() == [target]
        assert tokenizer.batch_decode(found, skip_special_tokens=True) == answers


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({}, "source_language", "has to be told the source_language"),
        ({"source_language": "eng_Latn"}, "target_language", "has to be told the target_language"),
        ({**CODED, "target_language": "xyz_Latn"}, "target_language", "has no language xyz_Latn"),
        ({**CODED, "source_language": "a1"}, "source_language", "has no language a1"),
    ],
)
def test_codes_that_are_missing_or_unknown_are_named_with_those_there_are(
    models: Path, tmp_path: Path, changed: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(EngineFault) as refused:
        train_here(spec_of(**changed), phrases(tmp_path / "data"), tmp_path / "out")
    failed = refused.value.failed
    assert (failed.code, failed.field) == ("unknown_language", f"architecture.{field}")
    assert says in failed.message
    assert "deu_Latn, eng_Latn, fra_Latn" in failed.hint


def test_others_know_no_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register_translator(tmp_path / "models", "tiny", kind="t5")))
    with pytest.raises(EngineFault, match="knows no codes"):
        train_here(spec_of(**CODED), phrases(tmp_path / "data"), tmp_path / "out")
    with pytest.raises(InvalidSpec, match="source_language"):
        parse_training_spec(make_spec("text_classification", {**FULL, "source_language": "eng_Latn"}))


def test_the_first_mbart_is_refused_by_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = register_translator(tmp_path / "models", "tiny", kind="mbart")
    (models / "tiny" / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "MBartTokenizerFast"}))
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(models))
    with pytest.raises(EngineFault, match="stand behind its texts"):
        train_here(spec_of(**CODED), phrases(tmp_path / "data"), tmp_path / "out")
