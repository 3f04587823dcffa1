"""Data augmentations. Each is drawn anew for every example, or in mixing augmentations for every batch."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel, RulesViolated, RuleViolation
from trainyard_spec.tasks import DataKind

Chance = Annotated[float, Field(ge=0, le=1)]


class ImageAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.IMAGES


class TextAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.TEXTS


class SeriesAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.SERIES


class RecordingAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.RECORDINGS


class FlipAugment(ImageAugment):
    """Horizontal flip of an image with probability ``probability``."""

    name: Literal["flip"]
    probability: Chance = Field(default=0.5, description="Probability of a horizontal flip.")


class CropAugment(ImageAugment):
    """Random crop: pads each side with ``padding`` zero pixels and cuts a random window of the original size."""

    name: Literal["crop"]
    padding: int = Field(default=2, ge=1, le=64, description="Padding in pixels, on each side.")


class RotateAugment(ImageAugment):
    """Random rotation about the image's centre by at most ``degrees`` either way; uncovered pixels become black."""

    name: Literal["rotate"]
    degrees: float = Field(default=15.0, gt=0, le=180, description="Largest angle of rotation in degrees, either way.")


class TranslateAugment(ImageAugment):
    """Random translation by at most ``fraction`` of height and width; uncovered pixels become black."""

    name: Literal["translate"]
    fraction: float = Field(default=0.1, gt=0, le=1, description="Largest shift, as a share of height and width.")


class ScaleAugment(ImageAugment):
    """Random scaling about the image's centre by a factor between 1 - ``fraction`` and 1 + ``fraction``."""

    name: Literal["scale"]
    fraction: float = Field(default=0.1, gt=0, lt=1, description="Largest change of scale, either way.")


class ColorAugment(ImageAugment):
    """Brightness jitter, then contrast jitter about the image's mean, by factors at most this far from 1."""

    name: Literal["color"]
    brightness: Chance = Field(default=0.2, description="Brightness jitter: largest distance of its factor from 1.")
    contrast: Chance = Field(default=0.2, description="Contrast jitter: largest distance of its factor from 1.")


class EraseAugment(ImageAugment):
    """Random erasing: fills a rectangle with the image's mean colour (Zhong et al., AAAI 2020)."""

    name: Literal["erase"]
    probability: Chance = Field(default=0.5, description="Probability of random erasing.")
    area: float = Field(default=0.25, gt=0, le=1, description="Largest share of the image that is painted over.")


class MixupAugment(ImageAugment):
    """Mixup: blends pairs of images and their labels by a weight from Beta(alpha, alpha) (Zhang et al., ICLR 2018)."""

    name: Literal["mixup"]
    alpha: float = Field(
        default=0.2, gt=0, le=100, description="Parameter alpha of the Beta distribution of mixing shares."
    )


class CutmixAugment(ImageAugment):
    """CutMix: pastes a rectangle of another image and mixes the labels by area (Yun et al., ICCV 2019)."""

    name: Literal["cutmix"]
    alpha: float = Field(
        default=1.0, gt=0, le=100, description="Parameter alpha of the Beta distribution of the shares pasted."
    )


class TokenDropoutAugment(TextAugment):
    """Token dropout: replaces each token by the unknown token with ``probability`` (Iyyer et al., 2015, 3.2)."""

    name: Literal["token_dropout"]
    probability: float = Field(default=0.1, ge=0, lt=1, description="Probability that a token is dropped.")


class JitterAugment(SeriesAugment):
    """Jitter: adds normal noise to every value; ``deviation`` is in standard deviations of the channel over the batch.

    Um et al., "Data Augmentation of Wearable Sensor Data" (ICMI 2017).
    """

    name: Literal["jitter"]
    deviation: float = Field(
        default=0.05, gt=0, le=10, description="Standard deviation of the noise, in deviations of the channel."
    )


class WindowWarpAugment(SeriesAugment):
    """Window warping: stretches or compresses a window of a series, then rescales the whole to the original length.

    Le Guennec et al., "Data Augmentation for Time Series Classification using Convolutional Neural Networks" (2016).
    """

    name: Literal["window_warp"]
    window: float = Field(default=0.1, gt=0, lt=1, description="Window size, as a share of the series.")
    factor: float = Field(
        default=2.0,
        gt=1,
        le=10,
        description="Warp factor: the window becomes so many times longer or, as often, shorter.",
    )


class NoiseAugment(RecordingAugment):
    """Adds normal noise to a recording at a signal-to-noise ratio between ``lowest_db`` and ``highest_db`` decibels."""

    name: Literal["noise"]
    lowest_db: float = Field(default=10.0, ge=-20, le=80, description="Lowest signal-to-noise ratio in decibels.")
    highest_db: float = Field(default=40.0, ge=-20, le=80, description="Highest signal-to-noise ratio in decibels.")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.lowest_db > self.highest_db:
            raise RulesViolated(RuleViolation("lowest_db", "lowest_db must not be above highest_db"))
        return self


class TimeShiftAugment(RecordingAugment):
    """Time shift of a recording by at most ``fraction`` of its length either way; the gap is filled with silence."""

    name: Literal["time_shift"]
    fraction: float = Field(
        default=0.1, gt=0, le=1, description="Largest shift in time, as a share of the recording's length."
    )


class SpecAugment(RecordingAugment):
    """SpecAugment: replaces bands of mel bins and spans of frames by the mean (Park et al., Interspeech 2019).

    The largest masks are fractions of the number of bins and of each recording's frames (Park et al., "SpecAugment on
    Large Scale Datasets", ICASSP 2020).
    """

    name: Literal["spec_augment"]
    frequency_masks: int = Field(default=2, ge=0, le=10, description="Frequency masks of each recording.")
    frequency_share: Chance = Field(
        default=0.3, description="Largest share of the mel bins that a frequency mask covers."
    )
    time_masks: int = Field(default=2, ge=0, le=20, description="Time masks of each recording.")
    time_share: Chance = Field(
        default=0.1, description="Largest share of a recording's frames that a time mask covers."
    )


AnyAugment = Annotated[
    FlipAugment
    | CropAugment
    | RotateAugment
    | TranslateAugment
    | ScaleAugment
    | ColorAugment
    | EraseAugment
    | MixupAugment
    | CutmixAugment
    | TokenDropoutAugment
    | JitterAugment
    | WindowWarpAugment
    | NoiseAugment
    | TimeShiftAugment
    | SpecAugment,
    Field(discriminator="name"),
]
