"""Embedding of texts: how they become vectors, and how near those of a pair are brought."""

from pydantic import Field

from trainyard_spec.automatic import AutoDimensions
from trainyard_spec.base import ContractModel

MOST_ROWS = 8_192
"""Of a step whose rows are each other's negatives: every text is compared with all others of it."""


class EmbeddingConfig(ContractModel):
    """Vectors have length 1: they are compared by their cosine.

    The negatives of a row are the other rows of its step, ``batch_size`` times ``accumulate`` of them, whatever fits
    into memory at once and however many slots share them (GradCache; Gao et al., 2021).
    """

    temperature: float = Field(
        default=0.05,
        ge=0.001,
        le=10,
        description="Temperature of the loss info_nce: cosines are divided by it, and the smaller it is, the more the "
        "nearest negatives count.",
    )
    dimensions: AutoDimensions = Field(
        default="auto",
        description="Embedding dimension of networks that are trained from nothing; auto: 128. A pretrained network "
        "has its own.",
    )
