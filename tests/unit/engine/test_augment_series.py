"""Window warping of series: what is stretched, what stays, and that it is drawn per series."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.support.compiled import make_spec
from tests.support.series import small_loads, small_runs
from tests.support.trainings import train_here
from trainyard_engine.core.rng import seed_torch
from trainyard_engine.modalities.augment import augment
from trainyard_spec.augmentation import WindowWarpAugment
from trainyard_spec.validation import InvalidSpec, parse_training_spec

WARP = [{"name": "window_warp", "window": 0.3}]
SERIES, STEPS = 200, 61


def warped(raw: tuple[Tensor, ...], *, window: float = 0.2, factor: float = 2.0) -> Tensor:
    seed_torch("warp")
    (steps, *others), _ = augment(raw, [WindowWarpAugment(name="window_warp", window=window, factor=factor)])
    assert len(others) == len(raw) - 1
    assert all(after is before for after, before in zip(others, raw[1:], strict=True))
    return steps


def ramps(lengths: Tensor) -> Tensor:
    """Each step is its own number, and in the second channel minus that; behind the ends stands -7."""
    place = torch.arange(STEPS).float()[None, :, None] * torch.tensor([1.0, -1.0])
    return torch.where((torch.arange(STEPS) < lengths[:, None])[:, :, None], place, -7.0)


def test_a_window_runs_slower_or_faster_than_the_rest() -> None:
    slopes = warped((ramps(torch.full((SERIES,), STEPS)),))[:, :, 0].diff(dim=1)
    slowest, fastest = slopes.min(dim=1).values, slopes.max(dim=1).values
    # Of 60 steps, 12 become 24 and all 72 are rescaled to 60; or 12 become 6, and 54 are rescaled.
    stretched = ((slowest - 0.6).abs() < 1e-4) & ((fastest - 1.2).abs() < 1e-4)
    squeezed = ((slowest - 0.9).abs() < 1e-4) & ((fastest - 1.8).abs() < 1e-4)
    assert (stretched ^ squeezed).all()
    assert 70 < stretched.sum() < 130


def test_every_series_draws_its_window_for_itself() -> None:
    slopes = warped((ramps(torch.full((SERIES,), STEPS)),))[:, :, 0].diff(dim=1)
    starts = ((slopes < 0.7) | (slopes > 1.7)).int().argmax(dim=1)
    assert len(starts.unique()) > 30
    assert starts.min() < 4
    assert starts.max() > 40


def test_ends_stay_and_so_does_what_is_behind_them() -> None:
    lengths = torch.tensor([STEPS, 20, 2, 1]).repeat(SERIES // 4)
    before = ramps(lengths)
    after = warped((before, lengths), window=0.5, factor=5.0)
    behind = torch.arange(STEPS) >= lengths[:, None]
    assert torch.equal(after[behind], before[behind])
    rows = torch.arange(SERIES)
    torch.testing.assert_close(after[:, 0], before[:, 0])
    torch.testing.assert_close(after[rows, lengths - 1], before[rows, lengths - 1], atol=1e-4, rtol=0)
    torch.testing.assert_close(after[~behind][:, 0], -after[~behind][:, 1])
    assert (after[:, :, 0].diff(dim=1)[~behind[:, 1:]] >= 0).all()


def test_between_a_missing_number_and_another_the_nearer_counts() -> None:
    before = ramps(torch.full((SERIES,), STEPS))
    whole = warped((before,), window=0.23, factor=1.7)  # by which no step is read half-way between two
    before[:, ::2, 0] = torch.nan
    after = warped((before,), window=0.23, factor=1.7)
    known = ~after[:, :, 0].isnan()
    assert torch.equal(known, whole[:, :, 0].round() % 2 == 1)
    torch.testing.assert_close(after[:, :, 0][known], whole[:, :, 0][known].round(), atol=1e-4, rtol=0)
    assert torch.equal(after[:, :, 1], whole[:, :, 1])


@pytest.mark.parametrize("task", ["time_series_forecasting", "sequence_classification"])
def test_it_changes_what_is_learnt(tmp_path: Path, task: str) -> None:
    data = (small_loads if task == "time_series_forecasting" else small_runs)(tmp_path / "data")
    options = {"series": {"context": 8, "horizon": 3}} if task == "time_series_forecasting" else {}
    augments = ([{"name": "jitter"}], [*WARP, {"name": "jitter"}])
    specs = [
        make_spec(task, {"name": "tcn", "channels": [4]}, epochs=1, augment=chosen, **options) for chosen in augments
    ]
    unwarped, warped = (train_here(spec, data, tmp_path / str(number))[-1] for number, spec in enumerate(specs))
    assert unwarped["weights_sha256"] != warped["weights_sha256"]


def test_it_is_for_series_alone() -> None:
    with pytest.raises(InvalidSpec, match="Augment window_warp is for series, not for the recordings of"):
        parse_training_spec(make_spec("audio_classification", {"name": "speech_rnn"}, augment=WARP))
