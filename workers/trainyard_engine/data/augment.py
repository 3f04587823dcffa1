"""Image augmentations on whole batches of stored pixels, on the device, drawn from torch's default generator."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from trainyard_spec.training import AnyAugment, CropAugment, FlipAugment


def augment(images: Tensor, augments: Sequence[AnyAugment]) -> Tensor:
    """Applies ``augments`` in order to uint8 (batch, channels, height, width); every image draws for itself."""
    for spec in augments:
        images = flip(images, spec) if isinstance(spec, FlipAugment) else crop(images, spec)
    return images


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
