"""Configuration of ``vit``: a transformer over the patches of an image."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.stem import SMALL_SIDE
from trainyard_spec.base import RulesViolated, RuleViolation, with_names_of_today
from trainyard_spec.tasks import Task

LARGEST_PATCH = 16
"""That of the paper's own networks, on images of 224 × 224."""
LEAST_PATCHES_A_SIDE = 2
"""In a small training few large patches learn more than many small ones: see ``docs/results.md``."""
CONVOLVED_CHANNELS = (32, 64)
"""Of the convolutions before the patches: those of ``cnn``."""
D_FF_RATIO, LARGEST_RATIO = 4, 16
"""Of the feed-forward dimension to ``d_model``: the paper's, and the largest that earlier releases took."""
MOST_PATCHES = 1_024
"""Attention compares each with each."""

VitStem = Literal["patches", "convolutional"]


class VitConfig(ArchitectureConfig):
    """Vision Transformer: Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021).

    The convolutional stem makes it the paper's hybrid architecture (section 3.1), whose patches are taken from a
    feature map.
    """

    place: ClassVar[int] = 70
    title: ClassVar[str] = "Vision transformer (ViT)"
    summary: ClassVar[str] = "Self-attention over the patches of an image; learns best from many images."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    former_names: ClassVar[Mapping[str, str]] = {"dim": "d_model", "depth": "num_layers", "heads": "num_heads"}

    name: Literal["vit"] = "vit"
    patch_size: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Patch size: side of a patch in pixels; it must divide the images' height and width. Unless "
        "it is stated, it follows from their size.",
    )
    stem: Literal["auto", VitStem] = Field(
        default="auto",
        description="Stem. patches cuts the image itself, as published; convolutional cuts what two convolutions make "
        "of it, which learns more from few images; auto is convolutional where no patch_size is stated and the "
        f"shorter side of the images is at most {SMALL_SIDE} pixels.",
    )
    d_model: int = Field(
        default=192, ge=1, le=4_096, description="Embedding dimension: numbers that stand for a patch, in every layer."
    )
    num_layers: int = Field(default=6, ge=1, le=64, description="Encoder layers on top of each other.")
    num_heads: int = Field(
        default=3, ge=1, le=64, description="Attention heads of each layer, side by side; a divisor of d_model."
    )
    d_ff: int | None = Field(
        default=None,
        ge=1,
        le=65_536,
        description="Feed-forward dimension: hidden units between two attentions; 4 × d_model unless it is stated.",
    )

    @model_validator(mode="before")
    @classmethod
    def _reads_mlp_ratio(cls, data: Any) -> Any:
        """What earlier releases stated in place of ``d_ff``: how many times ``d_model`` it is."""
        if not isinstance(data, dict) or "mlp_ratio" not in data:
            return data
        ratio, sizes = data["mlp_ratio"], with_names_of_today(data, cls.former_names)
        width = sizes.get("d_model", cls.model_fields["d_model"].default)
        if type(ratio) is not int or not 1 <= ratio <= LARGEST_RATIO or type(width) is not int or "d_ff" in sizes:
            hint = "Leave it out, and state d_ff."
            raise RulesViolated(RuleViolation("mlp_ratio", f"mlp_ratio is a number from 1 to {LARGEST_RATIO}", hint))
        del sizes["mlp_ratio"]
        return sizes if ratio == D_FF_RATIO else sizes | {"d_ff": ratio * width}

    @model_validator(mode="after")
    def _heads_share_the_embedding(self) -> Self:
        if self.d_model % self.num_heads:
            message = f"attention heads must divide d_model, and {self.num_heads} does not divide {self.d_model}"
            raise RulesViolated(RuleViolation("num_heads", message))
        return self

    @property
    def feed_forward_dimension(self) -> int:
        """``d_ff``, or what follows from ``d_model``."""
        return self.d_ff or D_FF_RATIO * self.d_model

    def by_first_names(self, stated: dict[str, Any]) -> dict[str, Any]:
        ratio, rest = divmod(self.feed_forward_dimension, self.d_model)
        if rest == 0:
            stated = {name: value for name, value in stated.items() if name != "d_ff"}
            stated |= {} if ratio == D_FF_RATIO else {"mlp_ratio": ratio}
        return super().by_first_names(stated)

    def stem_for(self, *, height: int, width: int) -> VitStem:
        """What ``stem`` comes to for images of ``height`` × ``width`` pixels."""
        if self.stem == "auto":
            small = self.patch_size is None and min(height, width) <= SMALL_SIDE
            return "convolutional" if small else "patches"
        return self.stem

    def patch_side(self, *, height: int, width: int) -> int | None:
        """Side in pixels of the patches of images of ``height`` × ``width``; None where no side that is chosen fits.

        Chosen is the largest, up to the paper's, that divides both and leaves two patches a side.
        """
        if self.patch_size is not None:
            return self.patch_size
        largest = min(LARGEST_PATCH, max(1, min(height, width) // LEAST_PATCHES_A_SIDE))
        side = max(size for size in fitting_patches(height=height, width=width) if size <= largest)
        return side if height * width <= MOST_PATCHES * side**2 else None


def pools_of(side: int) -> tuple[bool, ...]:
    """Whether a pooling that halves follows each convolution before patches of ``side`` pixels: while that is even."""
    return tuple(side % (2 << place) == 0 for place in range(len(CONVOLVED_CHANNELS)))


def fitting_patches(*, height: int, width: int) -> list[int]:
    """Sides of the patches, least first, into which images of ``height`` × ``width`` can be cut."""
    return [size for size in range(1, 65) if height % size == 0 and width % size == 0]
