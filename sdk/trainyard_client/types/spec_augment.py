"""What a training spec may ask for in ``training.augment``. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict


class ColorAugment(TypedDict):
    """Multiplies all values, then their distances from the image's mean, by factors up to this far from 1."""

    name: Literal["color"]
    brightness: NotRequired[float]
    """Brightness jitter: largest distance of its factor from 1."""
    contrast: NotRequired[float]
    """Contrast jitter: largest distance of its factor from 1."""


class CropAugment(TypedDict):
    """Pads with zeros by ``padding`` pixels a side and cuts a random window of the original size."""

    name: Literal["crop"]
    padding: NotRequired[int]
    """Padding in pixels, on each side."""


class CutmixAugment(TypedDict):
    """Pastes a rectangle of another image, labels in proportion (Yun et al., "CutMix", ICCV 2019)."""

    name: Literal["cutmix"]
    alpha: NotRequired[float]
    """Parameter alpha of the Beta distribution of the shares pasted."""


class EraseAugment(TypedDict):
    name: Literal["erase"]
    probability: NotRequired[float]
    """Probability of random erasing."""
    area: NotRequired[float]
    """Largest share of the image that is painted over."""


class FlipAugment(TypedDict):
    """Mirrors an image left to right with probability ``probability``."""

    name: Literal["flip"]
    probability: NotRequired[float]
    """Probability of a horizontal flip."""


class JitterAugment(TypedDict):
    """Adds normal noise to every number: ``deviation`` is in deviations of the channel over the batch."""

    name: Literal["jitter"]
    deviation: NotRequired[float]
    """Standard deviation of the noise, in deviations of the channel."""


class MixupAugment(TypedDict):
    """Blends images and labels in pairs by a share from Beta(alpha, alpha) (Zhang et al., "mixup", ICLR 2018)."""

    name: Literal["mixup"]
    alpha: NotRequired[float]
    """Parameter alpha of the Beta distribution of mixing shares."""


class NoiseAugment(TypedDict):
    name: Literal["noise"]
    lowest_db: NotRequired[float]
    """Lowest signal-to-noise ratio in decibels."""
    highest_db: NotRequired[float]
    """Highest signal-to-noise ratio in decibels."""


class RotateAugment(TypedDict):
    """Turns an image about its centre by up to ``degrees`` either way; what comes from outside is black."""

    name: Literal["rotate"]
    degrees: NotRequired[float]
    """Largest angle of rotation in degrees, either way."""


class ScaleAugment(TypedDict):
    """Enlarges or shrinks an image about its centre by a factor between 1 - ``fraction`` and 1 + ``fraction``."""

    name: Literal["scale"]
    fraction: NotRequired[float]
    """Largest change of scale, either way."""


class SpecAugment(TypedDict):
    name: Literal["spec_augment"]
    frequency_masks: NotRequired[int]
    """Frequency masks of each recording."""
    frequency_share: NotRequired[float]
    """Largest share of the mel bins that a frequency mask covers."""
    time_masks: NotRequired[int]
    """Time masks of each recording."""
    time_share: NotRequired[float]
    """Largest share of a recording's frames that a time mask covers."""


class TimeShiftAugment(TypedDict):
    """Moves a recording, within its length, by up to ``fraction`` of it either way; what comes in is silence."""

    name: Literal["time_shift"]
    fraction: NotRequired[float]
    """Largest shift in time, as a share of the recording's length."""


class TokenDropoutAugment(TypedDict):
    """Makes each token of a text unknown with probability ``probability`` (Iyyer et al., 2015, section 3.2)."""

    name: Literal["token_dropout"]
    probability: NotRequired[float]
    """Probability that a token is dropped."""


class TranslateAugment(TypedDict):
    """Moves an image by up to ``fraction`` of its height and width; what comes from outside is black."""

    name: Literal["translate"]
    fraction: NotRequired[float]
    """Largest shift, as a share of height and width."""


class WindowWarpAugment(TypedDict):
    name: Literal["window_warp"]
    window: NotRequired[float]
    """Window size, as a share of the series."""
    factor: NotRequired[float]
    """Warp factor: the window becomes so many times longer or, as often, shorter."""
