"""From samples to what a network hears."""

import numpy as np
import pytest
import torch

from tests.support.references import mel_filter_bank, spectrogram
from trainyard_engine.core.statistics import Statistics
from trainyard_engine.modalities.audio.encode import FLOOR, FrameEncoder, LogMel, mel_filters
from trainyard_spec.audio import AudioConfig

CPU = torch.device("cpu")
SPEC = AudioConfig(mels=40)


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9000, 9000, samples).astype(np.int16)


@pytest.mark.parametrize(("mels", "rate", "bins"), [(80, 16_000, 257), (40, 8_000, 129), (128, 44_100, 1025)])
def test_mel_filters_are_those_of_a_library(mels: int, rate: int, bins: int) -> None:
    expected = mel_filter_bank(bins, mels, 0.0, rate / 2, rate, norm=None, mel_scale="slaney")
    np.testing.assert_allclose(mel_filters(mels=mels, rate=rate, bins=bins).numpy(), expected, atol=1e-9)


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_log_mel_energies_are_those_of_a_library(rate: int) -> None:
    log_mel = LogMel(SPEC, rate, CPU)
    samples = noise(rate)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(log_mel.window) / log_mel.window)
    energies = spectrogram(
        samples / 32768,
        window,
        frame_length=log_mel.window,
        hop_length=log_mel.hop,
        fft_length=512 * rate // 16_000,
        power=2.0,
        center=False,
        mel_filters=mel_filter_bank(1 + 256 * rate // 16_000, 40, 0.0, rate / 2, rate, mel_scale="slaney"),
        mel_floor=FLOOR,
    )
    found = log_mel(torch.from_numpy(samples)[None])[0].numpy()
    np.testing.assert_allclose(found, np.log(energies.T), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("rate", [4_000, 8_000, 16_000, 48_000])
def test_every_band_of_the_default_hears_something(rate: int) -> None:
    log_mel = LogMel(AudioConfig(), rate, CPU)
    assert (log_mel(torch.from_numpy(noise(rate))[None]) > np.log(FLOOR)).all(dim=1).all()


def test_frames_are_the_whole_windows_of_a_recording_and_at_least_one() -> None:
    log_mel = LogMel(SPEC, 8_000, CPU)
    assert (log_mel.window, log_mel.hop) == (200, 80)
    assert log_mel.frames(torch.tensor([1, 200, 279, 280, 8000])).tolist() == [1, 1, 1, 2, 98]
    assert log_mel(torch.zeros(1, 8000, dtype=torch.int16)).shape == (1, 98, 40)
    assert log_mel(torch.zeros(1, 50, dtype=torch.int16)).shape == (1, 1, 40)


def test_features_of_a_recording_do_not_depend_on_its_batch() -> None:
    encoder = FrameEncoder(LogMel(SPEC, 8_000, CPU), Statistics((-5.0,) * 40, (2.0,) * 40), CPU)
    short, long = torch.from_numpy(noise(700)), torch.from_numpy(noise(3000, seed=1))
    batch = torch.stack((torch.cat((short, torch.full((2300,), 77))), long)).to(torch.int16)
    together = encoder((batch, torch.tensor([700, 3000])))
    alone = encoder((short[None], torch.tensor([700])))
    assert together.lengths.tolist() == [7, 36]
    torch.testing.assert_close(together.features[0, :7], alone.features[0])
    assert not together.features[0, 7:].any()
