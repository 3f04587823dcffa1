"""What a training spec may ask for in ``training.augment``. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict


class ColorAugment(TypedDict):
    """Multiplies all values, then their distances from the image's mean, by factors up to this far from 1."""

    name: Literal["color"]
    brightness: NotRequired[float]
    contrast: NotRequired[float]


class CropAugment(TypedDict):
    """Pads with zeros by ``padding`` pixels a side and cuts a random window of the original size."""

    name: Literal["crop"]
    padding: NotRequired[int]


class CutmixAugment(TypedDict):
    """Pastes a rectangle of another image, labels in proportion (Yun et al., "CutMix", ICCV 2019)."""

    name: Literal["cutmix"]
    alpha: NotRequired[float]


class EraseAugment(TypedDict):
    name: Literal["erase"]
    probability: NotRequired[float]
    area: NotRequired[float]
    """Largest share of the image that is painted over."""


class FlipAugment(TypedDict):
    """Mirrors an image left to right with probability ``probability``."""

    name: Literal["flip"]
    probability: NotRequired[float]


class JitterAugment(TypedDict):
    """Adds normal noise to every number: ``deviation`` is in deviations of the channel over the batch."""

    name: Literal["jitter"]
    deviation: NotRequired[float]


class MixupAugment(TypedDict):
    """Blends images and labels in pairs by a share from Beta(alpha, alpha) (Zhang et al., "mixup", ICLR 2018)."""

    name: Literal["mixup"]
    alpha: NotRequired[float]


class NoiseAugment(TypedDict):
    name: Literal["noise"]
    lowest_db: NotRequired[float]
    highest_db: NotRequired[float]


class RotateAugment(TypedDict):
    """Turns an image about its centre by up to ``degrees`` either way; what comes from outside is black."""

    name: Literal["rotate"]
    degrees: NotRequired[float]


class ScaleAugment(TypedDict):
    """Enlarges or shrinks an image about its centre by a factor between 1 - ``fraction`` and 1 + ``fraction``."""

    name: Literal["scale"]
    fraction: NotRequired[float]


class SpecAugment(TypedDict):
    name: Literal["spec_augment"]
    frequency_masks: NotRequired[int]
    frequency_share: NotRequired[float]
    """Largest share of the mel bins that a mask covers."""
    time_masks: NotRequired[int]
    time_share: NotRequired[float]
    """Largest share of a recording's frames that a mask covers."""


class TimeShiftAugment(TypedDict):
    """Moves a recording, within its length, by up to ``fraction`` of it either way; what comes in is silence."""

    name: Literal["time_shift"]
    fraction: NotRequired[float]


class TokenDropoutAugment(TypedDict):
    """Makes each token of a text unknown with probability ``probability`` (Iyyer et al., 2015, section 3.2)."""

    name: Literal["token_dropout"]
    probability: NotRequired[float]


class TranslateAugment(TypedDict):
    """Moves an image by up to ``fraction`` of its height and width; what comes from outside is black."""

    name: Literal["translate"]
    fraction: NotRequired[float]


class WindowWarpAugment(TypedDict):
    name: Literal["window_warp"]
    window: NotRequired[float]
    """The window's share of the series."""
    factor: NotRequired[float]
    """The window becomes so many times longer or, as often, shorter."""
