"""What a training spec may ask for in ``training.augment``. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict


class ColorAugment(TypedDict):
    """Brightness jitter, then contrast jitter about the image's mean, by factors at most this far from 1."""

    name: Literal["color"]
    brightness: NotRequired[float]
    """Brightness jitter: largest distance of its factor from 1."""
    contrast: NotRequired[float]
    """Contrast jitter: largest distance of its factor from 1."""


class CropAugment(TypedDict):
    """Random crop: pads each side with ``padding`` zero pixels and cuts a random window of the original size."""

    name: Literal["crop"]
    padding: NotRequired[int]
    """Padding in pixels, on each side."""


class CutmixAugment(TypedDict):
    """CutMix: pastes a rectangle of another image and mixes the labels by area (Yun et al., ICCV 2019)."""

    name: Literal["cutmix"]
    alpha: NotRequired[float]
    """Parameter alpha of the Beta distribution of the shares pasted."""


class EraseAugment(TypedDict):
    """Random erasing: fills a rectangle with the image's mean colour (Zhong et al., AAAI 2020)."""

    name: Literal["erase"]
    probability: NotRequired[float]
    """Probability of random erasing."""
    area: NotRequired[float]
    """Largest share of the image that is painted over."""


class FlipAugment(TypedDict):
    """Horizontal flip of an image with probability ``probability``."""

    name: Literal["flip"]
    probability: NotRequired[float]
    """Probability of a horizontal flip."""


class JitterAugment(TypedDict):
    name: Literal["jitter"]
    deviation: NotRequired[float]
    """Standard deviation of the noise, in deviations of the channel."""


class MixupAugment(TypedDict):
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
    name: Literal["rotate"]
    degrees: NotRequired[float]
    """Largest angle of rotation in degrees, either way."""


class ScaleAugment(TypedDict):
    """Random scaling about the image's centre by a factor between 1 - ``fraction`` and 1 + ``fraction``."""

    name: Literal["scale"]
    fraction: NotRequired[float]
    """Largest change of scale, either way."""


class SpecAugment(TypedDict):
    """SpecAugment: replaces bands of mel bins and spans of frames by the mean (Park et al., Interspeech 2019)."""

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
    name: Literal["time_shift"]
    fraction: NotRequired[float]
    """Largest shift in time, as a share of the recording's length."""


class TokenDropoutAugment(TypedDict):
    """Token dropout: replaces each token by the unknown token with ``probability`` (Iyyer et al., 2015, 3.2)."""

    name: Literal["token_dropout"]
    probability: NotRequired[float]
    """Probability that a token is dropped."""


class TranslateAugment(TypedDict):
    """Random translation by at most ``fraction`` of height and width; uncovered pixels become black."""

    name: Literal["translate"]
    fraction: NotRequired[float]
    """Largest shift, as a share of height and width."""


class WindowWarpAugment(TypedDict):
    name: Literal["window_warp"]
    window: NotRequired[float]
    """Window size, as a share of the series."""
    factor: NotRequired[float]
    """Warp factor: the window becomes so many times longer or, as often, shorter."""
