"""The ``architecture`` of a training spec, a dictionary for each. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import VggConfigDepth


class VggConfig(TypedDict):
    """Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015)."""

    name: Literal["vgg"]
    depth: NotRequired[VggConfigDepth]
    """Depth: layers with weights in the published configurations A, B, D and E."""
    width: NotRequired[int]
    """Base width: channels of the first stage; they double up to eight times as many."""
    hidden: NotRequired[list[int]]


class VitConfig(TypedDict):
    """Dosovitskiy et al., "An Image is Worth 16x16 Words" (ICLR 2021)."""

    name: Literal["vit"]
    patch_size: NotRequired[int | None]
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a patch, in every layer."""
    num_layers: NotRequired[int]
    """Encoder layers on top of each other."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, side by side; a divisor of d_model."""
    d_ff: NotRequired[int | None]
    """Feed-forward dimension: hidden units between two attentions; 4 × d_model unless it is stated."""
