"""Augmentations that mix the images of a batch, and their labels in the same proportion."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import Beta

from trainyard_spec.augmentation import CutmixAugment, MixupAugment


@dataclass(frozen=True, slots=True)
class Mixing:
    """Each image keeps the share ``own``, a scalar, and has the rest from the image ``partners``, int64 (batch,)."""

    own: Tensor
    partners: Tensor


def mixup(images: Tensor, spec: MixupAugment) -> tuple[Tensor, Mixing]:
    """Blends every image with another one; the share is drawn once for the batch, as in the paper."""
    mixing = Mixing(own=_beta(images, spec.alpha), partners=_partners(images))
    pixels = images.float()
    return mixing.own * pixels + (1 - mixing.own) * pixels[mixing.partners], mixing


def cutmix(images: Tensor, spec: CutmixAugment) -> tuple[Tensor, Mixing]:
    """Pastes one rectangle of another image into every image; the share is what its border leaves of the image."""
    height, width = images.shape[2:]
    side = (1 - _beta(images, spec.alpha)).sqrt()
    partners = _partners(images)
    middle = torch.rand(2, device=images.device)
    rows = _near(middle[0] * height, side * height, height)
    columns = _near(middle[1] * width, side * width, width)
    inside = rows[:, None] & columns[None, :]
    own = 1 - inside.float().mean()
    return torch.where(inside, images[partners], images), Mixing(own=own, partners=partners)


def _near(middle: Tensor, length: Tensor, size: int) -> Tensor:
    """Which of the pixels 0 … size - 1 have their centre within half a ``length`` of ``middle``: bool (size,)."""
    return (torch.arange(size, device=middle.device) + 0.5 - middle).abs() < length / 2


def _beta(images: Tensor, alpha: float) -> Tensor:
    concentration = torch.tensor(alpha, device=images.device)
    share: Tensor = Beta(concentration, concentration).sample()
    return share


def _partners(images: Tensor) -> Tensor:
    return torch.randperm(len(images), device=images.device)


MIXERS: dict[str, Callable[[Tensor, Any], tuple[Tensor, Mixing]]] = {"mixup": mixup, "cutmix": cutmix}
