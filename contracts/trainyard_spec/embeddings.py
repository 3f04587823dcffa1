"""Sentence embeddings: pooling, and the contrastive loss of pairs."""

from pydantic import Field

from trainyard_spec.automatic import AutoDimensions
from trainyard_spec.base import ContractModel

MOST_ROWS = 8_192
"""Of a step whose rows are each other's negatives: every text is compared with all others of it."""


class EmbeddingConfig(ContractModel):
    """Sentence embeddings of length 1, compared by cosine similarity.

    The negatives of a row are the other rows of its optimizer step (in-batch negatives), ``batch_size`` ×
    ``accumulate`` of them, whatever fits into memory at once and however many slots share the batch (GradCache; Gao et
    al., 2021).
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
