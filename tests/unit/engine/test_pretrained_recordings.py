"""Pretrained networks that hear: recordings as they were trained on them, classes and transcripts under a new head."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.support.compiled import make_spec, small_recordings, stored_recordings, write_recordings
from tests.support.pretrained import WAVE_PROCESSOR, register, register_wave_model, wave_config
from tests.support.speech import compiled_recordings, tone, transcribed
from tests.support.trainings import train_here
from trainyard_engine.core.ctc_heads import take_over_characters
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.evaluation import evaluate_finally
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.pretrained_backbones import PretrainedBackbone, registered
from trainyard_engine.modalities.audio.waveform import WaveEncoder, WaveProcessor
from trainyard_engine.models import BUILDERS, BuildContext
from trainyard_engine.tasks.registry import handler_for
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.pretrained_models import AUDIO_FAMILY, WAVE_ENCODERS
from trainyard_spec.tasks import Task
from trainyard_spec.validation import InvalidSpec, parse_training_spec

LORA = {"name": "pretrained", "model": "tiny", "rank": 2}
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}
SPEECH = "speech_recognition"
CPU = torch.device("cpu")


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = register_wave_model(tmp_path / "models", "tiny")
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(directory))
    return directory


def spec_of(architecture: dict[str, Any], task: str = "audio_classification", **training: Any) -> dict[str, Any]:
    return make_spec(task, architecture, **{"epochs": 2, "batch_size": 8, **training})


def transcripts(directory: Path) -> Path:
    said = [(f"{'abc'[row % 3]} a", tone(400 + 300 * (row % 3) + row, seconds=0.12)) for row in range(48)]
    return compiled_recordings(directory, transcribed(said), Task.SPEECH_RECOGNITION)


def batch_of(*recordings: np.ndarray[Any, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(samples) for samples in recordings])
    tensors = [torch.from_numpy(samples) for samples in recordings]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True), lengths


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.parametrize("task", ["audio_classification", SPEECH])
@pytest.mark.usefixtures("models")
def test_a_finished_model_needs_no_registered_one_any_more(
    tmp_path: Path, models: Path, task: str, architecture: dict[str, Any]
) -> None:
    data = small_recordings(tmp_path / "data") if task != SPEECH else transcripts(tmp_path / "data")
    result = train_here(spec_of(architecture, task), data, tmp_path / "out")[-1]
    for path in sorted((models / "tiny").iterdir()):
        path.unlink()
    model, dataset = load_model(tmp_path / "out", "cpu", threads=1), open_dataset(data)
    handler = handler_for(Task(task))
    prepared = handler.prepare(dataset, model.config.spec, preprocessing=model.preprocessing)
    found = evaluate_finally(model, prepared.open_source(CPU), prepared.split.test)[0]
    assert found == result["test_metrics"]
    assert not any("lora" in name for name in model.network.state_dict())


@pytest.mark.usefixtures("models")
def test_tones_are_told_apart(tmp_path: Path) -> None:
    spec = spec_of(FULL, epochs=12, optimizer={"name": "adamw", "lr": 0.003})
    result = train_here(spec, small_recordings(tmp_path / "data", rows=90), tmp_path / "out")[-1]
    assert result["test_metrics"]["accuracy"] > 0.6  # chance: 0.33


@pytest.mark.parametrize("has_mask", [False, True])
def test_samples_are_scaled_as_transformers_does(tmp_path: Path, has_mask: bool) -> None:
    from transformers import Wav2Vec2FeatureExtractor

    stated = {**WAVE_PROCESSOR, "return_attention_mask": has_mask}
    recordings = stored_recordings(small_recordings(tmp_path / "data", rows=3))
    longest = max(map(len, recordings))
    ours = WaveEncoder(WaveProcessor.of(stated, wave_config().to_dict()), longest=longest)(batch_of(*recordings))
    extractor = Wav2Vec2FeatureExtractor(**stated)
    amplitudes = [samples / 32768 for samples in recordings]
    if has_mask:
        theirs = extractor(amplitudes, sampling_rate=8000, padding=True)
        assert torch.equal(ours.is_heard.int(), torch.from_numpy(np.stack(theirs["attention_mask"])))
        expected = np.stack(theirs["input_values"])
    else:
        # One by one: together it would scale each by what it fills it up with.
        alone = [extractor(each, sampling_rate=8000)["input_values"][0] for each in amplitudes]
        expected = np.stack([np.pad(each, (0, longest - len(each))) for each in alone])
    torch.testing.assert_close(ours.samples, torch.from_numpy(expected).float(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("norm", ["group", "layer"])
@pytest.mark.parametrize("task", ["audio_classification", SPEECH])
def test_a_recording_is_told_the_same_in_any_batch(models: Path, norm: str, task: str) -> None:
    """A norm over a whole recording hears what is filled up behind it."""
    register_wave_model(models, "tiny", feat_extract_norm=norm)
    stated = {**WAVE_PROCESSOR, "return_attention_mask": norm == "layer"}
    (models / "tiny" / "preprocessor_config.json").write_text(json.dumps(stated))
    base = registered("tiny", Task(task))
    context = BuildContext(input_shape=(1,), outputs=4, dropout=0.0, per_frame=task == SPEECH, base=base)
    network = BUILDERS["pretrained"](PretrainedConfig(method="full"), context).eval()
    random = np.random.default_rng(0)
    short, long = (random.integers(-9000, 9000, size).astype(np.int16) for size in (300, 900))
    encode = WaveEncoder(WaveProcessor.of(base.processor, base.config), longest=900)
    with torch.inference_mode():
        together, alone = network(encode(batch_of(short, long)))[:1], network(encode(batch_of(short)))
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("kind", sorted(WAVE_ENCODERS))
def test_every_kind_hears(models: Path, kind: str) -> None:
    register_wave_model(models, "tiny", kind=kind)
    base = registered("tiny", Task.SPEECH_RECOGNITION)
    network = BUILDERS["pretrained"](
        PretrainedConfig(rank=2), BuildContext(input_shape=(1,), outputs=5, dropout=0.1, per_frame=True, base=base)
    )
    processor = WaveProcessor.of(base.processor, base.config)
    waves = WaveEncoder(processor, longest=900)(batch_of(np.ones(900, np.int16), np.ones(300, np.int16)))
    outputs = network(waves)
    assert outputs.shape == (2, processor.frames(900), 5)
    is_told = (outputs[1] != outputs[1, -1]).any(dim=1)
    assert int(is_told.sum()) == processor.frames(300)
    outputs.square().sum().backward()
    assert any(weight.grad is not None for name, weight in network.named_parameters() if "lora" in name)


def test_frames_are_counted_as_the_network_makes_them() -> None:
    processor = WaveProcessor.of(WAVE_PROCESSOR, {})
    # https://huggingface.co/docs/transformers/model_doc/wav2vec2: 49 frames of a second, each of 400 samples.
    assert processor.frames(16_000) == 49
    assert processor.least_samples == 400
    assert processor.frames(np.array([10, 400, 719, 720])).tolist() == [1, 1, 1, 2]


def test_what_a_network_spells_already_is_taken_over(models: Path) -> None:
    """Its vocabulary has capitals, and a bar between words; what it does not know is drawn."""
    register_wave_model(models, "tiny", alphabet="ABC ")
    theirs = load_file(models / "tiny" / "model.safetensors")
    head = torch.nn.Linear(16, 6)
    drawn = head.weight[5].clone()
    take_over_characters(head, registered("tiny", Task.SPEECH_RECOGNITION), ["c", " ", "a", "B", "ß"])
    for place, source in enumerate([0, 3, 4, 1, 2]):
        assert torch.equal(head.weight[place], theirs["lm_head.weight"][source])
        assert torch.equal(head.bias[place], theirs["lm_head.bias"][source])
    assert torch.equal(head.weight[5], drawn)


def test_a_training_begins_with_what_the_network_spells(tmp_path: Path, models: Path) -> None:
    register_wave_model(models, "tiny", alphabet="ABC ")
    theirs = load_file(models / "tiny" / "model.safetensors")["lm_head.weight"]
    spec = spec_of(LORA, SPEECH, epochs=1, optimizer={"name": "sgd", "lr": 1e-9, "momentum": 0})
    train_here(spec, transcripts(tmp_path / "data"), tmp_path / "out")
    model = load_model(tmp_path / "out", "cpu", threads=1)
    assert model.config.profile.alphabet == (" ", "a", "b", "c")  # type: ignore[union-attr]
    torch.testing.assert_close(model.network.state_dict()["head.weight"], theirs[[0, 4, 1, 2, 3]])


@pytest.mark.parametrize("architecture", [LORA, FULL], ids=["lora", "full"])
@pytest.mark.parametrize("task", ["audio_classification", SPEECH])
def test_a_model_is_trained_on_without_the_operators_directory(
    tmp_path: Path, models: Path, task: str, architecture: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    register_wave_model(models, "tiny", alphabet="ABC ")
    data = small_recordings(tmp_path / "data") if task != SPEECH else transcripts(tmp_path / "data")
    train_here(spec_of(architecture, task, epochs=1), data, tmp_path / "parent")
    monkeypatch.delenv("TRAINYARD_ENGINE_MODELS")
    slow = {"optimizer": {"name": "sgd", "lr": 1e-9, "momentum": 0}}
    spec = {**spec_of(architecture, task, epochs=1, **slow), "init_from": "mdl_local"}
    train_here(spec, data, tmp_path / "child", init_from=tmp_path / "parent")
    before, after = (load_file(tmp_path / name / "model.safetensors") for name in ("parent", "child"))
    assert before.keys() == after.keys()
    assert all(torch.allclose(before[name], after[name], atol=1e-6) for name in before)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ({"sampling_rate": None}, "at what sample rate it hears"),
        ({"feature_size": 80}, "at what sample rate it hears"),
    ],
)
def test_what_a_processor_asks_beyond_that_is_refused(
    tmp_path: Path, models: Path, damage: dict[str, Any], says: str
) -> None:
    (models / "tiny" / "preprocessor_config.json").write_text(json.dumps({**WAVE_PROCESSOR, **damage}))
    with pytest.raises(EngineFault, match=says) as caught:
        train_here(spec_of(LORA), small_recordings(tmp_path / "data"), tmp_path / "out")
    assert (caught.value.failed.code, caught.value.failed.field) == ("unusable_model", "architecture.model")


@pytest.mark.usefixtures("models")
def test_recordings_of_another_rate_are_refused(tmp_path: Path) -> None:
    recordings = [np.ones(1600, np.int16)] * 30
    data = write_recordings(tmp_path / "data", recordings, np.arange(30) % 3, rate=16_000)
    with pytest.raises(EngineFault, match="hears 8,000 samples a second, and the data have 16,000") as caught:
        train_here(spec_of(LORA), data, tmp_path / "out")
    failed = caught.value.failed
    assert (failed.code, failed.hint) == (
        "sample_rate_mismatch",
        "Upload them to a dataset with the option sample_rate 8000.",
    )


def test_models_of_other_data_are_refused(tmp_path: Path, models: Path) -> None:
    register(models, "bert")
    with pytest.raises(EngineFault) as caught:
        train_here(spec_of({**LORA, "model": "bert"}), small_recordings(tmp_path / "data"), tmp_path / "out")
    assert (caught.value.failed.code, caught.value.failed.hint) == ("unusable_model", AUDIO_FAMILY.only)


def test_a_transcript_too_long_for_the_frames_is_named(tmp_path: Path, models: Path) -> None:
    register_wave_model(models, "tiny", conv_kernel=(400, 2), conv_stride=(400, 2))
    with pytest.raises(EngineFault, match="takes 3 frames, and its recording gives 1") as caught:
        train_here(spec_of(LORA, SPEECH), transcripts(tmp_path / "data"), tmp_path / "out")
    assert caught.value.failed.hint == "Correct the transcript, or raise audio.max_seconds."


@pytest.mark.parametrize(
    ("training", "field"),
    [
        ({"audio": {"mels": 40}}, "training.audio.mels"),
        ({"audio": {"hop_ms": 5.0}}, "training.audio.hop_ms"),
        ({"augment": [{"name": "noise"}, {"name": "spec_augment"}]}, "training.augment.1.name"),
    ],
)
def test_what_would_be_ignored_is_a_problem_of_the_spec(training: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidSpec, match=field.replace(".", r"\.")):
        parse_training_spec(spec_of(LORA, **training))


def test_a_network_without_a_head_of_its_own_changes_nothing() -> None:
    head = torch.nn.Linear(4, 3)
    drawn = head.weight.clone()
    take_over_characters(head, PretrainedBackbone({"model_type": "wav2vec2"}), ["a", "b"])
    assert torch.equal(head.weight, drawn)
