"""Augmentations: what each draws anew for every image or text, or, in mixing, for every batch."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from trainyard_spec.base import ContractModel
from trainyard_spec.tasks import DataKind, Task

Chance = Annotated[float, Field(ge=0, le=1)]


class ImageAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.IMAGES


class TextAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.TEXTS


class SeriesAugment(ContractModel):
    changes: ClassVar[DataKind] = DataKind.SERIES


class FlipAugment(ImageAugment):
    """Mirrors an image left to right with probability ``probability``."""

    name: Literal["flip"]
    probability: Chance = 0.5


class CropAugment(ImageAugment):
    """Pads with zeros by ``padding`` pixels a side and cuts a random window of the original size."""

    name: Literal["crop"]
    padding: int = Field(default=2, ge=1, le=64)


class RotateAugment(ImageAugment):
    """Turns an image about its centre by up to ``degrees`` either way; what comes from outside is black."""

    name: Literal["rotate"]
    degrees: float = Field(default=15.0, gt=0, le=180)


class TranslateAugment(ImageAugment):
    """Moves an image by up to ``fraction`` of its height and width; what comes from outside is black."""

    name: Literal["translate"]
    fraction: float = Field(default=0.1, gt=0, le=1)


class ScaleAugment(ImageAugment):
    """Enlarges or shrinks an image about its centre by a factor between 1 - ``fraction`` and 1 + ``fraction``."""

    name: Literal["scale"]
    fraction: float = Field(default=0.1, gt=0, lt=1)


class ColorAugment(ImageAugment):
    """Multiplies all values, then their distances from the image's mean, by factors up to this far from 1."""

    name: Literal["color"]
    brightness: Chance = 0.2
    contrast: Chance = 0.2


class EraseAugment(ImageAugment):
    """Paints a rectangle in the image's mean colour (Zhong et al., "Random Erasing Data Augmentation", AAAI 2020)."""

    name: Literal["erase"]
    probability: Chance = 0.5
    area: float = Field(default=0.25, gt=0, le=1, description="Largest share of the image that is painted over.")


class MixupAugment(ImageAugment):
    """Blends images and labels in pairs by a share from Beta(alpha, alpha) (Zhang et al., "mixup", ICLR 2018)."""

    name: Literal["mixup"]
    alpha: float = Field(default=0.2, gt=0, le=100)


class CutmixAugment(ImageAugment):
    """Pastes a rectangle of another image, labels in proportion (Yun et al., "CutMix", ICCV 2019)."""

    name: Literal["cutmix"]
    alpha: float = Field(default=1.0, gt=0, le=100)


class TokenDropoutAugment(TextAugment):
    """Makes each token of a text unknown with probability ``probability`` (Iyyer et al., 2015, section 3.2)."""

    name: Literal["token_dropout"]
    probability: float = Field(default=0.1, ge=0, lt=1)


class JitterAugment(SeriesAugment):
    """Adds normal noise to every number: ``deviation`` is in deviations of the channel over the batch.

    Um et al., "Data Augmentation of Wearable Sensor Data" (ICMI 2017).
    """

    name: Literal["jitter"]
    deviation: float = Field(default=0.05, gt=0, le=10)


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
    | JitterAugment,
    Field(discriminator="name"),
]


def require_one_mixing(augments: Sequence[AnyAugment]) -> None:
    """Raises ``ValueError`` unless mixup or cutmix, of which there may be one, comes last."""
    if any(isinstance(augment, MixupAugment | CutmixAugment) for augment in augments[:-1]):
        raise ValueError("mixup or cutmix comes last in augment, and only one of the two")


def require_augments_of(task: Task, augments: Sequence[AnyAugment]) -> None:
    """Raises ``ValueError`` unless each of ``augments`` changes what ``task`` has."""
    for augment in augments:
        if augment.changes != task.traits.data:
            raise ValueError(
                f"augment {augment.name} is for {augment.changes}, not for the {task.traits.data} of {task}"
            )
