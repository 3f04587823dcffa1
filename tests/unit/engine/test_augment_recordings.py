"""Augmentations of recordings, and of the frames that they become."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec, small_recordings
from tests.support.trainings import train_here
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.modalities.audio.encode import Frames
from trainyard_engine.modalities.augment import augment, augment_encoded
from trainyard_spec.augmentation import NoiseAugment, SpecAugment, TimeShiftAugment
from trainyard_spec.validation import InvalidSpec, parse_training_spec

ALL = ("noise", "time_shift", "spec_augment")
LENGTHS = torch.tensor([4000, 2500, 900, 1])


@pytest.fixture
def audio() -> Tensor:
    """Noise of different loudness: int16 (4, 4000), zeros behind the ends."""
    seed_torch("audio")
    samples = (torch.randn(4, 4000) * torch.tensor([[3000.0], [100.0], [1000.0], [500.0]])).short()
    return samples.masked_fill(torch.arange(4000) >= LENGTHS[:, None], 0)


@pytest.mark.parametrize("decibels", [-10.0, 0.0, 20.0])
def test_noise_has_the_power_that_the_ratio_says(audio: Tensor, decibels: float) -> None:
    spec = NoiseAugment(name="noise", lowest_db=decibels, highest_db=decibels)
    (noisy, lengths), _ = augment((audio, LENGTHS), [spec])
    assert lengths is LENGTHS
    for before, after, length in zip(audio, noisy, LENGTHS.tolist(), strict=True):
        assert not after[length:].any()
        added = after[:length] - before[:length]
        if length > 1:
            ratio = before[:length].float().square().mean() / added.square().mean()
            assert 10 * ratio.log10().item() == pytest.approx(decibels, abs=0.3)


def test_each_recording_draws_its_ratio_and_silence_stays_silent() -> None:
    seed_torch("noise")
    audio = torch.full((300, 400), 1000, dtype=torch.int16)
    audio[0] = 0
    spec = NoiseAugment(name="noise", lowest_db=5, highest_db=25)
    (noisy, _), _ = augment((audio, torch.full((300,), 400)), [spec])
    decibels = -20 * ((noisy - audio)[1:].std(dim=1) / 1000).log10()
    assert not noisy[0].any()
    assert 4 < decibels.min() < 7
    assert 23 < decibels.max() < 26
    assert decibels.mean().item() == pytest.approx(15, abs=1)


def test_a_shift_moves_each_recording_within_its_length() -> None:
    seed_torch("shift")
    lengths = torch.tensor([100, 40] * 100)
    place = torch.arange(100)
    audio = (place + 1).short().expand(200, -1).masked_fill(place >= lengths[:, None], 0)
    (shifted, kept), _ = augment((audio, lengths), [TimeShiftAugment(name="time_shift", fraction=0.2)])
    assert kept is lengths
    assert shifted.dtype == torch.int16
    seen: dict[int, set[int]] = {100: set(), 40: set()}
    for row, length in zip(shifted, lengths.tolist(), strict=True):
        (heard,) = row.nonzero(as_tuple=True)
        offset = int(heard[0] + 1 - row[heard[0]])
        expected = place + 1 - offset
        inside = (expected >= 1) & (expected <= length) & (place < length)
        assert torch.equal(row, torch.where(inside, expected, 0).short())
        seen[length].add(offset)
    assert (min(seen[100]), max(seen[100]), min(seen[40]), max(seen[40])) == (-20, 20, -8, 8)


def masked(spec: SpecAugment, *, recordings: int = 200) -> tuple[Tensor, Frames]:
    """What is masked of (recordings, 50, 20) features, of which every other has 30 frames, and the frames after it."""
    seed_torch("masks")
    lengths = torch.tensor([50, 30]).repeat(recordings // 2)
    frames = Frames(torch.ones(recordings, 50, 20), lengths)
    frames = frames._replace(features=frames.features * frames.is_heard[:, :, None])
    after: Frames = augment_encoded(frames, [spec])
    assert after.lengths is lengths
    assert not after.features[~frames.is_heard].any()
    return (after.features == 0) & frames.is_heard[:, :, None], after


def test_time_masks_cover_up_to_their_share_of_the_frames_in_one_piece() -> None:
    found, _ = masked(SpecAugment(name="spec_augment", frequency_masks=0, time_masks=1, time_share=0.2))
    whole = found.all(dim=2)
    assert torch.equal(whole, found.any(dim=2))
    widths = whole.sum(dim=1)
    assert set(widths[::2].tolist()) == set(range(11))  # of 50 frames
    assert set(widths[1::2].tolist()) == set(range(7))  # of 30
    pieces = (whole[:, 1:] & ~whole[:, :-1]).sum(dim=1) + whole[:, 0]
    assert torch.equal(pieces, (widths > 0).long())
    assert whole[:, 0].any()
    assert whole[::2, 49].any()
    assert whole[1::2, 29].any()


def test_frequency_masks_cover_bands_of_all_frames() -> None:
    found, _ = masked(SpecAugment(name="spec_augment", frequency_masks=1, frequency_share=0.3, time_masks=0))
    bands = found[:, :30].all(dim=1)
    assert torch.equal(bands, found.any(dim=1))
    assert set(bands.sum(dim=1).tolist()) == set(range(7))
    assert bands[:, 0].any()
    assert bands[:, 19].any()


def test_several_masks_are_drawn_and_none_change_nothing() -> None:
    found, _ = masked(SpecAugment(name="spec_augment", frequency_masks=0, time_masks=3, time_share=0.2))
    whole = found.all(dim=2)
    assert ((whole[:, 1:] & ~whole[:, :-1]).sum(dim=1) + whole[:, 0]).max() == 3
    for none in ({"frequency_masks": 0, "time_masks": 0}, {"frequency_share": 0.0, "time_share": 0.0}):
        assert not masked(SpecAugment(name="spec_augment", **none))[0].any()  # type: ignore[arg-type]


def test_what_is_masked_is_the_mean_of_standardized_bins() -> None:
    found, after = masked(SpecAugment(name="spec_augment"))
    assert found.any()
    assert set(after.features.unique().tolist()) == {0.0, 1.0}


def speech_spec(**training: Any) -> dict[str, Any]:
    architecture = {"name": "speech_rnn", "hidden": 6, "channels": 3, "num_layers": 1}
    return make_spec("audio_classification", architecture, audio={"mels": 16, "max_seconds": 0.15}, **training)


def test_each_changes_what_is_learnt(tmp_path: Path) -> None:
    data = small_recordings(tmp_path / "data")
    chosen: list[list[dict[str, str]]] = [[], *([{"name": name}] for name in ALL)]
    specs = [speech_spec(epochs=1, augment=augments) for augments in chosen]
    found = {train_here(spec, data, tmp_path / str(number))[-1]["weights_sha256"] for number, spec in enumerate(specs)}
    assert len(found) == 4


@pytest.mark.parametrize("name", ALL)
def test_they_are_for_recordings_alone(name: str) -> None:
    both = make_spec("speech_recognition", {"name": "speech_rnn"}, augment=[{"name": name}])
    assert parse_training_spec(both).training.augment[0].name == name
    with pytest.raises(InvalidSpec, match=f"Augment {name} is for recordings, not for the series of"):
        parse_training_spec(make_spec("sequence_classification", {"name": "tcn"}, augment=[{"name": name}]))


def test_a_range_of_ratios_has_its_lower_end_first() -> None:
    with pytest.raises(InvalidSpec, match=r"(?i)lowest_db must not be above highest_db"):
        parse_training_spec(speech_spec(augment=[{"name": "noise", "lowest_db": 30, "highest_db": 10}]))


def test_samples_that_were_shifted_can_be_made_noisy_and_the_other_way_round(audio: Tensor) -> None:
    both = [NoiseAugment(name="noise"), TimeShiftAugment(name="time_shift")]
    for augments in (both, both[::-1]):
        (changed, _), _ = augment((audio, LENGTHS), augments)
        assert changed.dtype == torch.float32
        np.testing.assert_array_equal(changed[torch.arange(4000) >= LENGTHS[:, None]], 0)
