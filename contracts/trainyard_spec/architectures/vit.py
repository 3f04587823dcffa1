"""Configuration of ``vit``: a transformer over the patches of an image."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task

LARGEST_PATCH = 16
"""That of the paper's own networks, on images of 224 × 224."""
LEAST_PATCHES_A_SIDE = 2
"""In a small training few large patches learn more than many small ones: see ``docs/results.md``."""
MOST_PATCHES = 1_024
"""Attention compares each with each."""


class VitConfig(ArchitectureConfig):
    """Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021)."""

    title: ClassVar[str] = "Vision transformer (ViT)"
    summary: ClassVar[str] = "Self-attention over the patches of an image; learns best from many images."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION)

    name: Literal["vit"] = "vit"
    patch_size: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Side of a patch in pixels; it must divide the images' height and width. Unless it is stated, it "
        "follows from their size.",
    )
    dim: int = Field(default=192, ge=1, le=4_096, description="Numbers per token; a multiple of heads.")
    depth: int = Field(default=6, ge=1, le=64, description="Transformer blocks.")
    heads: int = Field(default=3, ge=1, le=64, description="Attention heads of each block.")
    mlp_ratio: int = Field(default=4, ge=1, le=16, description="Units between the two dense layers of a block, by dim.")

    @model_validator(mode="after")
    def _heads_share_the_dim(self) -> Self:
        if self.dim % self.heads:
            message = f"dim must be a multiple of heads, and {self.dim} is none of {self.heads}"
            raise RulesViolated(RuleViolation("heads", message))
        return self

    def patch_side(self, *, height: int, width: int) -> int | None:
        """Side in pixels of the patches of images of ``height`` × ``width``; None where no side that is chosen fits.

        Chosen is the largest, up to the paper's, that divides both and leaves two patches a side.
        """
        if self.patch_size is not None:
            return self.patch_size
        largest = min(LARGEST_PATCH, max(1, min(height, width) // LEAST_PATCHES_A_SIDE))
        side = max(size for size in fitting_patches(height=height, width=width) if size <= largest)
        return side if height * width <= MOST_PATCHES * side**2 else None


def fitting_patches(*, height: int, width: int) -> list[int]:
    """Sides of the patches, least first, into which images of ``height`` × ``width`` can be cut."""
    return [size for size in range(1, 65) if height % size == 0 and width % size == 0]
