"""The Audio Spectrogram Transformer: features as ``transformers`` computes them, and a classifier on them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.compiled import make_spec, small_recordings
from tests.support.trainings import train_here
from trainyard_engine.core.faults import EngineFault
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.pretrained_backbones import registered
from trainyard_engine.modalities.audio.spectrogram import SpectrogramProcessor
from trainyard_engine.modalities.audio.waveform import WaveEncoder
from trainyard_spec.audio import FULL_SCALE
from trainyard_spec.pretrained_models import tasks_of
from trainyard_spec.tasks import Task

PROCESSOR = {"sampling_rate": 8_000, "num_mel_bins": 16, "max_length": 24, "mean": -4.0, "std": 3.0}
FULL = {"name": "pretrained", "model": "tiny", "method": "full"}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import transformers

    torch.manual_seed(0)
    config = transformers.ASTConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        patch_size=4,
        frequency_stride=4,
        time_stride=4,
        max_length=24,
        num_mel_bins=16,
    )
    transformers.ASTModel(config).save_pretrained(tmp_path / "models" / "tiny")
    (tmp_path / "models" / "tiny" / "preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    monkeypatch.setenv("TRAINYARD_ENGINE_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def batch_of(*recordings: Any) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = torch.tensor([len(each) for each in recordings])
    padded = [np.pad(each, (0, int(lengths.max()) - len(each))) for each in recordings]
    return torch.from_numpy(np.stack(padded)), lengths


@pytest.mark.parametrize("scales", [True, False])
def test_features_are_those_of_transformers(models: Path, scales: bool) -> None:
    """Of recordings that are longer than what is read, as long, shorter, and shorter than one window."""
    from transformers import ASTFeatureExtractor

    random = np.random.default_rng(5)
    recordings = [random.integers(-9_000, 9_000, size).astype(np.int16) for size in (9_000, 4_080, 1_000, 399)]
    stated = {**PROCESSOR, "do_normalize": scales}
    processor = SpectrogramProcessor.of(stated, registered("tiny", Task.AUDIO_CLASSIFICATION).config)
    waves = WaveEncoder(processor, longest=9_000)(batch_of(*recordings))
    ours = processor.features(waves, processor.filters())
    extractor = ASTFeatureExtractor(**stated)
    # Of less than a window it makes nothing: there is silence, as behind every end.
    heard = [(each / FULL_SCALE).astype(np.float32) for each in recordings[:3]]
    theirs = np.stack(extractor(heard, sampling_rate=8_000)["input_values"])
    torch.testing.assert_close(ours[:3], torch.from_numpy(theirs).float(), rtol=1e-4, atol=1e-4)
    silence = -PROCESSOR["mean"] / (2 * PROCESSOR["std"]) if scales else 0.0
    assert torch.allclose(ours[3], torch.tensor(silence))


def test_a_classifier_computes_what_transformers_does(models: Path, tmp_path: Path) -> None:
    from transformers import ASTFeatureExtractor

    data = small_recordings(tmp_path / "data", rows=30)
    result = train_here(make_spec("audio_classification", FULL, epochs=2, batch_size=8), data, tmp_path / "out")[-1]
    assert result["type"] == "result"
    model = load_model(tmp_path / "out", "cpu", threads=1)
    network: Any = model.network
    recordings = [np.arange(-2_000, 2_000, dtype=np.int16), np.arange(0, 3_000, 2, dtype=np.int16)]
    ours = model.outputs(batch_of(*recordings))
    extractor = ASTFeatureExtractor(**PROCESSOR)
    heard = [(each / FULL_SCALE).astype(np.float32) for each in recordings]
    features = torch.from_numpy(np.stack(extractor(heard, sampling_rate=8_000)["input_values"])).float()
    with torch.no_grad():
        theirs = network.head(network.encoder(features).pooler_output)
    torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_it_spells_nothing_and_says_where_it_does_not_fit(models: Path) -> None:
    config = registered("tiny", Task.AUDIO_CLASSIFICATION).config
    assert tasks_of(config) == (Task.AUDIO_CLASSIFICATION,)
    with pytest.raises(EngineFault, match="does not learn speech_recognition"):
        registered("tiny", Task.SPEECH_RECOGNITION)
    with pytest.raises(ValueError, match="other spectrograms"):
        SpectrogramProcessor.of({**PROCESSOR, "num_mel_bins": 32}, config)
