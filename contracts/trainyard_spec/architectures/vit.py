"""Configuration of ``vit``: a transformer over the patches of an image."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import DoesNotFit, Misfit
from trainyard_spec.tasks import Task


class VitConfig(ArchitectureConfig):
    """Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021)."""

    title: ClassVar[str] = "Vision transformer (ViT)"
    summary: ClassVar[str] = "Self-attention over the patches of an image; learns best from many images."
    tasks: ClassVar[tuple[Task, ...]] = (Task.IMAGE_CLASSIFICATION,)

    name: Literal["vit"] = "vit"
    patch_size: int = Field(
        default=4, ge=1, le=64, description="Side of a patch in pixels; it must divide the images' height and width."
    )
    dim: int = Field(default=192, ge=1, le=4_096, description="Numbers per token; a multiple of heads.")
    depth: int = Field(default=6, ge=1, le=64, description="Transformer blocks.")
    heads: int = Field(default=3, ge=1, le=64, description="Attention heads of each block.")
    mlp_ratio: int = Field(default=4, ge=1, le=16, description="Units between the two dense layers of a block, by dim.")

    @model_validator(mode="after")
    def _heads_share_the_dim(self) -> Self:
        if self.dim % self.heads:
            message = f"dim must be a multiple of heads, and {self.dim} is none of {self.heads}"
            raise DoesNotFit(Misfit("heads", message))
        return self
