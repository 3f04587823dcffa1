"""Pretrained translators: their own ids of special tokens, adapters or all weights, resumption, beams, refusals."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from tests.support.architecture_matrix import phrases
from tests.support.compiled import make_spec, stored_texts, write_translations
from tests.support.pretrained import CODES, SPECIAL_IDS, register, register_translator
from tests.support.references import sacre_bleu_score
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.modalities.text.special_ids import SpecialIds
from trainyard_engine.models.pretrained.translators import PretrainedTranslator
from trainyard_engine.tasks.handler import PreparedData
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.pretrained_models import CODED_TRANSLATORS, TRANSLATION_FAMILY, TRANSLATORS, tasks_of
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

CPU = torch.device("cpu")
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
LORA = {"name": "pretrained", "model": "tiny", "rank": 4, "adapter_dropout": 0.1}
KINDS = ("marian", "t5", "bart")
kinds = pytest.mark.parametrize("kind", KINDS)


def spec_of(architecture: dict[str, Any], **training: Any) -> dict[str, Any]:
    defaults = {"text": {"max_length": 8}, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}}
    return make_spec("translation", architecture, **{**defaults, **training})


def registered_as(kind: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(register_translator(directory, "tiny", kind=kind)))
    return directory


def prepared_again(model: LoadedModel, data: Path) -> PreparedData:
    handler = handler_for(Task.TRANSLATION)
    return handler.prepare(open_dataset(data), model.config.spec, preprocessing=model.preprocessing)


@kinds
def test_a_batch_holds_the_ids_of_the_networks_own_vocabulary(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``transformers`` shifts labels: what a text is written after, then the labels, then padding."""
    registered_as(kind, tmp_path / "models", monkeypatch)
    texts, translations = ["a1 a2", "a3 a4 a5"], ["be1", "be3 be4 be5 be6"]
    data = write_translations(tmp_path / "data", texts * 10, translations * 10)
    prepared = handler_for(Task.TRANSLATION).prepare(open_dataset(data), parse_training_spec(spec_of(FULL)))
    tokenizer, special = prepared.preprocessing.writers_tokenizer, prepared.preprocessing.special_ids
    padding, end, start = SPECIAL_IDS[kind]
    assert tokenizer.unknown is not None
    assert special == SpecialIds(padding=padding, end=end, start=start, unknown=tokenizer.unknown)
    assert special.unknown not in (padding, end, start)
    assert tokenizer.encode(["nothing"])[0].tolist().count(special.unknown) == 1
    (batch,) = prepared.open_source(CPU).batches(np.array([0, 1]), size=2)
    source, given = batch.raw
    for row, (text, translation) in enumerate(zip(texts, translations, strict=True)):
        read, labels = (tokenizer.encode([each])[0].tolist() for each in (text, translation))
        assert labels[-1] == end
        width = given.shape[1]
        assert source[row].tolist() == read + [padding] * (source.shape[1] - len(read))
        assert batch.target[row].tolist() == labels + [padding] * (width - len(labels))
        assert given[row, : len(labels)].tolist() == [start, *labels[:-1]]


@kinds
def test_the_loss_is_that_of_transformers(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered_as(kind, tmp_path / "models", monkeypatch)
    data = phrases(tmp_path / "data")
    train_here(spec_of(FULL, epochs=1), data, tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    assert isinstance(model.network, PretrainedTranslator)
    prepared = prepared_again(model, data)
    (batch,) = prepared.open_source(CPU).batches(prepared.split.test, size=100)
    padding, special = SPECIAL_IDS[kind][0], model.preprocessing.special_ids
    labels = batch.target.masked_fill(batch.target == special.padding, -100)
    with torch.no_grad():
        found = model.network.network(
            input_ids=batch.raw[0].long(), attention_mask=(batch.raw[0] != padding).long(), labels=labels
        )
        ours = model.objective.loss(model.outputs(batch.raw), batch.target)
    assert (ours.total / ours.weight).item() == pytest.approx(found.loss.item(), rel=1e-5)
    metrics, _ = evaluate_finally(model, prepared.open_source(CPU), prepared.split.test)
    expected = functional.cross_entropy(found.logits.flatten(0, 1), labels.flatten()).item()
    assert metrics["loss"] == pytest.approx(expected, rel=1e-5)


@kinds
@pytest.mark.parametrize("architecture", [FULL, LORA], ids=["full", "lora"])
def test_a_translator_learns_resumes_to_the_same_bits_and_needs_no_base_any_more(
    kind: str, architecture: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = registered_as(kind, tmp_path / "models", monkeypatch)
    data = phrases(tmp_path / "data")
    spec = spec_of(architecture, epochs=3, checkpoint={"every_steps": 4}, regularization={"dropout": 0.1})
    undisturbed = train_here(spec, data, tmp_path / "undisturbed")
    asked = iter([False] * 6)
    train_here(spec, data, tmp_path / "out", should_stop=lambda: next(asked, True))
    resumed = train_here(spec, data, tmp_path / "out")
    assert resumed[0]["resumed_from"] == 6
    assert resumed[-1]["weights_sha256"] == undisturbed[-1]["weights_sha256"]
    before = load_file(models / "tiny" / "model.safetensors")
    for path in (models / "tiny").iterdir():
        path.unlink()
    model, weights = load_model(tmp_path / "out", "cpu", threads=1), load_file(tmp_path / "out" / "model.safetensors")
    assert not any("lora" in name for name in weights)
    assert len({tensor.data_ptr() for tensor in model.network.parameters()}) <= len(weights)
    changed = [name for name, tensor in before.items() if not torch.equal(tensor, weights[f"network.{name}"])]
    assert changed
    assert all("shared" not in name and "norm" not in name for name in changed) == (architecture is LORA)
    assert predict(model, ["a1 a2"]) == predict(load_model(tmp_path / "undisturbed", "cpu", threads=1), ["a1 a2"])


@kinds
def test_greedy_and_beams_find_what_transformers_finds(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered_as(kind, tmp_path / "models", monkeypatch)
    train_here(spec_of(FULL, epochs=6), phrases(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    assert isinstance(model.network, PretrainedTranslator)
    tokenizer, special = model.preprocessing.writers_tokenizer, model.preprocessing.special_ids
    texts, found = ["a1 a6 a11", "a20", "a3 a8"], set()
    for num_beams, penalty in ((1, None), (2, 1.0), (4, 0.0), (4, 2.0)):
        asked = [{"text": text, "max_tokens": 7, "num_beams": num_beams, "length_penalty": penalty} for text in texts]
        answers = [answer["text"] for answer in predict(model, asked)]
        ids = [torch.tensor(tokenizer.encode([text])[0].tolist()) for text in texts]
        source = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True, padding_value=special.padding)
        written = model.network.network.generate(
            source,
            attention_mask=(source != special.padding).long(),
            num_beams=num_beams,
            length_penalty=1.0 if penalty is None else penalty,
            max_new_tokens=7,
            suppress_tokens=[special.padding, special.unknown, *range(tokenizer.vocabulary, 64)],
            forced_bos_token_id=None,
            forced_eos_token_id=None,
            do_sample=False,
        )
        kept = [[t for t in row if t not in (special.padding, special.end, special.start)] for row in written.tolist()]
        assert answers == [tokenizer.decode(row) for row in kept]
        found |= {*answers}
    assert len(found) > 2


def test_a_translator_learns_pairs_by_heart_and_is_judged_by_bleu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered_as("marian", tmp_path / "models", monkeypatch)
    data = phrases(tmp_path / "data")
    result = train_here(spec_of(FULL, epochs=40, batch_size=16), data, tmp_path / "out")[-1]
    model = load_model(tmp_path / "out", "cpu", threads=1)
    prepared = prepared_again(model, data)
    texts, truth = (np.array(stored_texts(data, name)) for name in ("text", "translation"))
    rows = prepared.split.test
    answers = [answer["text"] for answer in predict(model, texts[rows].tolist())]
    reference = sacre_bleu_score(answers, [[text] for text in truth[rows].tolist()], tokenize="13a")
    assert result["test_metrics"]["bleu"] == pytest.approx(reference.item(), abs=1e-6)
    rows = prepared.split.train
    learnt = predict(model, texts[rows].tolist())
    right = np.mean([answer["text"] == expected for answer, expected in zip(learnt, truth[rows], strict=True)])
    assert right > 0.8


def test_a_training_starts_from_a_finished_translator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered_as("bart", tmp_path / "models", monkeypatch)
    data = phrases(tmp_path / "data")
    train_here(spec_of(FULL, epochs=2), data, tmp_path / "parent")
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    spec = spec_of(FULL, epochs=1) | {"init_from": "mdl_parent"}
    result = train_here(spec, data, tmp_path / "out", init_from=tmp_path / "parent")[-1]
    first, further = (load_model(tmp_path / name, "cpu", threads=1) for name in ("parent", "out"))
    assert first.preprocessing.special_ids == further.preprocessing.special_ids
    assert result["test_metrics"]["loss"] > 0


@pytest.mark.parametrize("damage", ["decoder only", "no tokenizer", "no start", "too many tokens", "no decoder"])
def test_what_cannot_translate_is_refused_by_name(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = registered_as("marian", tmp_path / "models", monkeypatch)
    config = json.loads((models / "tiny" / "config.json").read_text())
    sentence = "its configuration has no decoder_start_token_id"
    match damage:
        case "decoder only":
            register(models, "tiny", kind="gpt2")
            sentence = "it is of the kind gpt2, which does not learn translation"
        case "no tokenizer":
            (models / "tiny" / "tokenizer.json").rename(models / "tiny" / "source.spm")
            sentence = r"it has no tokenizer\.json"
        case "no start":
            config.pop("decoder_start_token_id", None)
            (models / "tiny" / "generation_config.json").unlink(missing_ok=True)
        case "too many tokens":
            config["vocab_size"] = 40
            sentence = "its tokenizer has .* tokens, and the network knows 40"
        case _:
            config["decoder_layers"] = 2
            sentence = "it has no weights for"
    if damage != "decoder only":
        (models / "tiny" / "config.json").write_text(json.dumps(config))
    with pytest.raises(EngineFault, match=sentence) as caught:
        train_here(spec_of(LORA), phrases(tmp_path / "data"), tmp_path / "out")
    assert (caught.value.failed.code, caught.value.failed.field) == ("unusable_model", "architecture.model")
    if damage == "decoder only":
        assert caught.value.failed.hint == TRANSLATION_FAMILY.only


def test_translators_have_an_encoder_and_a_decoder() -> None:
    from transformers import AutoConfig
    from transformers.models.auto import modeling_auto

    assert set(modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES) >= TRANSLATORS
    assert all(AutoConfig.for_model(kind).is_encoder_decoder for kind in TRANSLATORS)
    assert tasks_of({"model_type": "marian", "is_encoder_decoder": True}) == (Task.TRANSLATION,)
    assert Task.TRANSLATION not in tasks_of({"model_type": "gpt2"})


@pytest.mark.parametrize("kind", sorted(set(SPECIAL_IDS) - set(KINDS)))
def test_other_kinds_are_loaded_and_trained_too(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered_as(kind, tmp_path / "models", monkeypatch)
    told = {"source_language": CODES[0], "target_language": CODES[1]} if kind in CODED_TRANSLATORS else {}
    result = train_here(spec_of({**LORA, **told}, epochs=1), phrases(tmp_path / "data"), tmp_path / "out")[-1]
    assert result["test_metrics"]["loss"] > 0
    assert predict(load_model(tmp_path / "out", "cpu", threads=1), ["a1"])[0]["warnings"] == []


def test_a_vocabulary_of_all_bytes_never_writes_padding_alone() -> None:
    """Its second token may be what ends a text, as that of T5 is."""
    config = {"pad_token_id": 0, "eos_token_id": [1, 5], "decoder_start_token_id": 0}
    assert SpecialIds.of(config, unknown=None) == SpecialIds(padding=0, unknown=0, start=0, end=1)
    with pytest.raises(ValueError, match="has no eos_token_id"):
        SpecialIds.of(config | {"eos_token_id": None}, unknown=2)


def test_pooling_is_of_networks_that_do_not_write() -> None:
    with pytest.raises(InvalidSpec, match="a pretrained model that writes has outputs for each"):
        parse_training_spec(spec_of({**FULL, "pooling": "cls"}))
