"""``vit``: Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale" (2021)."""

import torch
from torch import Tensor, nn

from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.attention import SelfAttention
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.vit import CONVOLVED_CHANNELS, VitConfig, pools_of

NORM_EPSILON = 1e-6
EMBEDDING_STD = 0.02


class VitBlock(nn.Module):
    """A pre-norm encoder block: x + attention(norm(x)), then x + mlp(norm(x)); dropout ends both branches."""

    def __init__(self, config: VitConfig, dropout: float) -> None:
        super().__init__()
        dim, hidden = config.d_model, config.feed_forward_dimension
        self.attention = nn.Sequential(
            nn.LayerNorm(dim, eps=NORM_EPSILON), SelfAttention(dim, config.num_heads), nn.Dropout(dropout)
        )
        self.mlp = nn.Sequential(
            *(nn.LayerNorm(dim, eps=NORM_EPSILON), nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(dropout)),
            *(nn.Linear(hidden, dim), nn.Dropout(dropout)),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        y: Tensor = x + self.mlp(x)
        return y


def convolutional_stem(dim: int, side: int, *, channels: int) -> nn.Sequential:
    """Convolutions, and patches of what they make: (batch, channels, height, width) to (batch, dim, rows, columns).

    A patch reads ``side`` × ``side`` pixels and what the convolutions see beyond them.
    """
    layers: list[nn.Module] = []
    left = side
    for outputs, pools in zip(CONVOLVED_CHANNELS, pools_of(side), strict=True):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1), nn.ReLU(), *([nn.MaxPool2d(2)] if pools else [])]
        channels, left = outputs, left // 2 if pools else left
    return nn.Sequential(*layers, nn.Conv2d(channels, dim, left, stride=left))


class PatchEmbedding(nn.Module):
    """Images to a class token and one token per patch, positions added: (batch, 1 + patches, dim).

    ``stem`` makes (batch, dim, rows, columns) of images; ``patches`` is rows × columns.
    """

    def __init__(self, stem: nn.Module, dim: int, *, patches: int, dropout: float) -> None:
        super().__init__()
        self.patches = stem
        self.class_token = nn.Parameter(torch.empty(1, 1, dim))
        self.positions = nn.Parameter(torch.empty(1, 1 + patches, dim))
        self.dropout = nn.Dropout(dropout)
        for embedding in (self.class_token, self.positions):
            nn.init.trunc_normal_(embedding, std=EMBEDDING_STD)

    def forward(self, images: Tensor) -> Tensor:
        patches = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat((self.class_token.expand(len(images), -1, -1), patches), dim=1)
        y: Tensor = self.dropout(tokens + self.positions)
        return y


class ClassToken(nn.Module):
    """The first token alone: (batch, tokens, dim) to (batch, dim)."""

    def forward(self, x: Tensor) -> Tensor:
        return x[:, 0]


@architecture("vit")
def build(config: VitConfig, context: BuildContext) -> nn.Module:
    """float32 (batch, channels, height, width) to (batch, outputs).

    Dropout follows the embeddings and every dense layer of a block but queries, keys and values.
    """
    return nn.Sequential(
        _embedding(config, context),
        *(VitBlock(config, context.dropout) for _ in range(config.num_layers)),
        nn.LayerNorm(config.d_model, eps=NORM_EPSILON),
        ClassToken(),
        nn.Linear(config.d_model, context.outputs),
    )


def _embedding(config: VitConfig, context: BuildContext) -> PatchEmbedding:
    channels, height, width = context.input_shape
    side = context.patch_size or config.patch_side(height=height, width=width)
    assert side is not None  # noqa: S101  images that no patches fit are refused
    stem: nn.Module = nn.Conv2d(channels, config.d_model, side, stride=side)
    if (context.stem or config.stem_for(height=height, width=width)) == "convolutional":
        stem = convolutional_stem(config.d_model, side, channels=channels)
    patches = (height // side) * (width // side)
    return PatchEmbedding(stem, config.d_model, patches=patches, dropout=context.dropout)
