"""The ``architecture`` of a training spec, a dictionary for each. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import Activation
from trainyard_client.types.enums_2 import (
    Positions,
    TransformerConfigActivation,
    TransformerConfigNorm,
    VggConfigDepth,
    VitConfigStem,
)


class TransformerConfig(TypedDict):
    name: Literal["transformer"]
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a token or a step, in every layer."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, side by side; a divisor of d_model."""
    num_layers: NotRequired[int]
    """Encoder layers on top of each other."""
    d_ff: NotRequired[int]
    """Feed-forward dimension: hidden units between two attentions."""
    positions: NotRequired[Positions]
    """Positional encoding: fixed sinusoids, or learnt vectors."""
    norm: NotRequired[TransformerConfigNorm]
    """Layer normalization before each part (pre-norm), which trains more easily, or after it (post-norm)."""
    activation: NotRequired[TransformerConfigActivation]
    """Activation function between two attentions."""


class TwoTowerConfig(TypedDict):
    name: Literal["two_tower"]
    embedding: NotRequired[int]
    """Embedding dimension of users and items, before the towers."""
    hidden: NotRequired[list[int]]
    """Hidden layer sizes of both towers: units of each layer, first to last."""
    factors: NotRequired[int]
    """Output dimension of both towers, whose dot product is the score."""
    activation: NotRequired[Activation]
    """Activation function after each hidden layer."""


class VggConfig(TypedDict):
    name: Literal["vgg"]
    depth: NotRequired[VggConfigDepth]
    """Depth: layers with weights in the published configurations A, B, D and E."""
    width: NotRequired[int]
    """Base width: channels of the first stage; they double up to eight times as many."""
    hidden: NotRequired[list[int]]


class VitConfig(TypedDict):
    """Vision Transformer: Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021)."""

    name: Literal["vit"]
    patch_size: NotRequired[int | None]
    stem: NotRequired[VitConfigStem]
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a patch, in every layer."""
    num_layers: NotRequired[int]
    """Encoder layers on top of each other."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, side by side; a divisor of d_model."""
    d_ff: NotRequired[int | None]
    """Feed-forward dimension: hidden units between two attentions; 4 × d_model unless it is stated."""
