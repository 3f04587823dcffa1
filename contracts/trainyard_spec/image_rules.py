"""Validation rules of image sizes: networks that downsample an image to nothing, or cannot cut it into patches."""

from collections.abc import Callable, Iterator
from typing import Any

from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.architectures.densenet import DensenetConfig
from trainyard_spec.architectures.mobilenet import MobilenetConfig
from trainyard_spec.architectures.resnet import ResnetConfig
from trainyard_spec.architectures.stem import is_small
from trainyard_spec.architectures.vgg import VggConfig
from trainyard_spec.architectures.vit import MOST_PATCHES, VitConfig, fitting_patches
from trainyard_spec.base import RuleViolation

HALVINGS_OF_VGG = 5
HALVINGS, HALVINGS_OF_SMALL_STEM = 5, 3
"""Of height and width, in a residual network and in MobileNet."""
HALVINGS_OF_LARGE_STEM = 2


def image_violations(config: Any, *, height: int, width: int) -> Iterator[RuleViolation]:
    """Why the network of ``config`` cannot take images of ``height`` × ``width`` pixels."""
    if isinstance(config, CnnConfig):
        yield from _blocks(config, height, width)
    elif isinstance(config, VitConfig):
        yield from _patches(config, height, width)
    elif type(config) in LEAST_SIDE:
        least = LEAST_SIDE[type(config)](config, height, width)
        if min(height, width) < least:
            yield RuleViolation(
                "architecture",
                f"The network divides height and width by {least}, and the images have {height}×{width} pixels.",
                f"Compile the dataset with an image_size of {least} or more, or choose cnn.",
                "image_too_small",
            )


def _halved(config: ResnetConfig | MobilenetConfig, height: int, width: int) -> int:
    small = is_small(config.stem, height=height, width=width)
    return 1 << (HALVINGS_OF_SMALL_STEM if small else HALVINGS)


def _halved_between_blocks(config: DensenetConfig, height: int, width: int) -> int:
    small = is_small(config.stem, height=height, width=width)
    return 1 << len(config.blocks) - 1 + (0 if small else HALVINGS_OF_LARGE_STEM)


LEAST_SIDE: dict[type, Callable[[Any, int, int], int]] = {
    VggConfig: lambda config, height, width: 1 << HALVINGS_OF_VGG,
    ResnetConfig: _halved,
    MobilenetConfig: _halved,
    DensenetConfig: _halved_between_blocks,
}
"""The pixels that a side of an image must have: what the network divides it by."""


def _blocks(config: CnnConfig, height: int, width: int) -> Iterator[RuleViolation]:
    side, most = min(height, width), 0
    while most < len(config.channels) and config.side_after(side) >= 1:
        side, most = config.side_after(side), most + 1
    if most == len(config.channels):
        return
    each = f"lose {config.lost} pixels and be halved" if config.lost else "be halved"
    fewer = [f"Give architecture.channels at most {most} entries"] if most else []
    same = ["set architecture.padding to same"] if config.padding == "valid" else []
    hint = ", or ".join([*fewer, *same, "compile the dataset with a larger image_size"])
    yield RuleViolation(
        "architecture.channels",
        f"Images of {height}×{width} pixels can {each} {most} times, but the network has {len(config.channels)} "
        "blocks.",
        f"{hint[0].upper()}{hint[1:]}.",
        "image_too_small",
    )


def _patches(config: VitConfig, height: int, width: int) -> Iterator[RuleViolation]:
    side = config.patch_side(height=height, width=width)
    if side is not None and height % side == width % side == 0:
        return
    patches = f"whole patches of {side}×{side}" if side else f"at most {MOST_PATCHES:,} whole patches"
    yield RuleViolation(
        "architecture.patch_size",
        f"Images of {height}×{width} pixels cannot be cut into {patches}.",
        f"Patch sizes that fit: {', '.join(map(str, fitting_patches(height=height, width=width)))}.",
        "patch_does_not_fit",
    )
