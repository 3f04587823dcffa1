"""Augmentations of batches of stored images.

Images are (batch, channels, height, width) with values 0 … 255: uint8 as they are stored, float32 once an augmentation
has blended pixels. Every image draws for itself.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_spec.augmentation import (
    ColorAugment,
    CropAugment,
    EraseAugment,
    FlipAugment,
    RotateAugment,
    ScaleAugment,
    TranslateAugment,
)

WHITE = 255.0


def flip(images: Tensor, spec: FlipAugment) -> Tensor:
    """Mirrors each image left to right with the spec's probability."""
    chosen = torch.rand(len(images), 1, 1, 1, device=images.device) < spec.probability
    return torch.where(chosen, images.flip(3), images)


def crop(images: Tensor, spec: CropAugment) -> Tensor:
    """Pads with zeros (black) and cuts a window of the original size at a place drawn uniformly for each image."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (spec.padding,) * 4)
    corners = torch.randint(2 * spec.padding + 1, (2, count, 1), device=images.device)
    rows = corners[0] + torch.arange(height, device=images.device)
    columns = corners[1] + torch.arange(width, device=images.device)
    image = torch.arange(count, device=images.device)[:, None, None]
    return padded[image, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def rotate(images: Tensor, spec: RotateAugment) -> Tensor:
    """Turns each image about its centre by an angle drawn uniformly."""
    angle = _uniform(images, -math.radians(spec.degrees), math.radians(spec.degrees))
    height, width = images.shape[2:]
    # The grid's units are half the height and half the width, which differ where the image is not square.
    above, below = height / width, width / height
    return _resampled(images, angle.cos(), -angle.sin() * above, 0.0, angle.sin() * below, angle.cos(), 0.0)


def translate(images: Tensor, spec: TranslateAugment) -> Tensor:
    """Moves each image by shares of its width and of its height, both drawn uniformly."""
    across, down = (2 * _uniform(images, -spec.fraction, spec.fraction) for _ in range(2))
    return _resampled(images, 1.0, 0.0, across, 0.0, 1.0, down)


def scale(images: Tensor, spec: ScaleAugment) -> Tensor:
    """Enlarges each image about its centre by a factor drawn uniformly."""
    inverse = 1 / _uniform(images, 1 - spec.fraction, 1 + spec.fraction)
    return _resampled(images, inverse, 0.0, 0.0, 0.0, inverse, 0.0)


def color(images: Tensor, spec: ColorAugment) -> Tensor:
    """Brightness, then contrast, each by a factor drawn uniformly; values stay within 0 … 255."""
    brightness = _uniform(images, 1 - spec.brightness, 1 + spec.brightness)[:, None, None, None]
    contrast = _uniform(images, 1 - spec.contrast, 1 + spec.contrast)[:, None, None, None]
    bright = images.float() * brightness
    mean = bright.mean(dim=(1, 2, 3), keepdim=True)
    return (mean + (bright - mean) * contrast).clamp(0, WHITE)


def erase(images: Tensor, spec: EraseAugment) -> Tensor:
    """Paints, with the spec's probability, a rectangle in the image's mean colour.

    Its area is drawn uniformly up to the spec's share of the image, its aspect ratio log-uniformly from 0.3 to 1 / 0.3
    by the image's, its place uniformly.
    """
    height, width = images.shape[2:]
    area = _uniform(images, 0.0, spec.area)
    ratio = _uniform(images, math.log(0.3), -math.log(0.3)).exp()
    tall, wide = ((area * ratio).sqrt().clamp(max=1.0), (area / ratio).sqrt().clamp(max=1.0))
    top, left = (_uniform(images, 0.0, 1.0) * (1 - side) for side in (tall, wide))
    chosen = _uniform(images, 0.0, 1.0) < spec.probability
    rows = _between(top * height, (top + tall) * height, height)
    columns = _between(left * width, (left + wide) * width, width)
    inside = (rows[:, :, None] & columns[:, None, :] & chosen[:, None, None])[:, None]
    pixels = images.float()
    return torch.where(inside, pixels.mean(dim=(2, 3), keepdim=True), pixels)


def _between(start: Tensor, end: Tensor, size: int) -> Tensor:
    """Which of the pixels 0 … size - 1 have their centre from ``start`` to ``end``: bool (batch, size)."""
    centres = torch.arange(size, device=start.device) + 0.5
    return (centres >= start[:, None]) & (centres < end[:, None])


def _uniform(images: Tensor, low: float, high: float) -> Tensor:
    """A draw for each image, float32 (batch,)."""
    return low + (high - low) * torch.rand(len(images), device=images.device)


def _resampled(images: Tensor, *entries: Tensor | float) -> Tensor:
    """Reads each pixel, bilinearly, from where the 2×3 matrix of ``entries`` sends it; outside is black."""
    columns = [torch.as_tensor(entry, device=images.device).float().expand(len(images)) for entry in entries]
    grid = functional.affine_grid(
        torch.stack(columns, dim=1).reshape(-1, 2, 3), list(images.shape), align_corners=False
    )
    return functional.grid_sample(images.float(), grid, align_corners=False)
