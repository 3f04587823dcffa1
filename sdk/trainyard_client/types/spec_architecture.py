"""The ``architecture`` of a training spec, a dictionary for each. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import (
    Activation,
    CnnConfigNorm,
    KernelSize,
    Method,
    MlpConfigNorm,
    Padding,
    Pool,
    Pooling,
    Positions,
    PretrainedConfigPooling,
    ResnetConfigDepth,
    RnnConfigCell,
    SpeechRnnConfigCell,
    Stem,
    Subsampling,
    TcnConfigNorm,
    TcnConfigPooling,
    TransformerConfigActivation,
    TransformerConfigNorm,
    Variant,
    VggConfigDepth,
)


class CnnConfig(TypedDict):
    name: Literal["cnn"]
    channels: NotRequired[list[int]]
    """Output channels of each block, first to last; each block halves height and width."""
    kernel_size: NotRequired[KernelSize]
    """Side of the square kernels, in pixels."""
    padding: NotRequired[Padding]
    """same: zeros around keep height and width in convolutions; valid: they lose kernel_size - 1."""
    hidden: NotRequired[list[int]]
    """Units of each dense layer between the last block and the output."""
    pool: NotRequired[Pool]
    """How each block halves height and width."""
    activation: NotRequired[Activation]
    """Non-linearity after each convolution and each hidden dense layer."""
    norm: NotRequired[CnnConfigNorm]
    """Normalization between a convolution and its activation."""


class DensenetConfig(TypedDict):
    name: Literal["densenet"]
    growth: NotRequired[int]
    """Channels that each layer adds. DenseNet-121 has 32."""
    blocks: NotRequired[list[int]]
    """Layers of each dense block; between two blocks height, width and channels are halved."""
    stem: NotRequired[Stem]


class GptConfig(TypedDict):
    """That of Radford et al., "Language Models are Unsupervised Multitask Learners" (2019)."""

    name: Literal["gpt"]
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a token, in every layer."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, side by side; a divisor of d_model."""
    num_layers: NotRequired[int]
    """Decoder layers, each with a feed-forward dimension of 4 × d_model."""


class MatrixFactorizationConfig(TypedDict):
    name: Literal["matrix_factorization"]
    factors: NotRequired[int]
    """Numbers that stand for a user or an item."""


class MlpConfig(TypedDict):
    name: Literal["mlp"]
    hidden: NotRequired[list[int]]
    """Units of each hidden layer, first to last."""
    activation: NotRequired[Activation]
    """Non-linearity after each hidden layer."""
    norm: NotRequired[MlpConfigNorm]
    """Normalization between a hidden layer and its activation."""


class MobilenetConfig(TypedDict):
    """Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018)."""

    name: Literal["mobilenet"]
    width: NotRequired[float]
    """Factor on the published channels, rounded to multiples of 8."""
    stem: NotRequired[Stem]


class PretrainedConfig(TypedDict):
    name: Literal["pretrained"]
    model: NotRequired[str]
    """Name under which the operator registered it."""
    method: NotRequired[Method]
    """Whether small adapters of its layers learn, or all of its weights."""
    rank: NotRequired[int]
    """Rank of the adapters (lora)."""
    alpha: NotRequired[int]
    """The adapters count alpha / rank times (lora)."""
    adapter_dropout: NotRequired[float]
    """Dropout before the adapters (lora)."""
    pooling: NotRequired[PretrainedConfigPooling]
    """What of its outputs is judged: the mean over all tokens, or the first."""


class ResnetConfig(TypedDict):
    """He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016)."""

    name: Literal["resnet"]
    depth: NotRequired[ResnetConfigDepth]
    """Layers with weights. 18 and 34 are made of basic blocks, 50 of bottlenecks."""
    width: NotRequired[int]
    """Channels of the first stage; each of the three others has twice as many."""
    stem: NotRequired[Stem]


class RnnConfig(TypedDict):
    name: Literal["rnn"]
    cell: NotRequired[RnnConfigCell]
    """What each layer remembers by: a tanh unit, an LSTM or a GRU."""
    embedding: NotRequired[int]
    """Numbers that stand for a token or a step."""
    hidden: NotRequired[int]
    """Units of each layer, in each direction."""
    num_layers: NotRequired[int]
    """Recurrent layers on top of each other."""
    bidirectional: NotRequired[bool]
    """Whether each layer also reads from the end."""
    pooling: NotRequired[Pooling]
    """What of the last layer is judged: its final state, or a mean over all."""


class Seq2seqConfig(TypedDict):
    """``transformer``: Vaswani et al., "Attention Is All You Need" (2017), normalized before each part."""

    name: Literal["seq2seq"]
    variant: NotRequired[Variant]
    """What both halves are made of: self-attention, or LSTM layers."""
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a token, in every layer."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, a divisor of d_model; transformer only."""
    num_layers: NotRequired[int]
    """Layers of the encoder, and of the decoder; a transformer's feed-forward dimension is 4 × d_model."""


class SpeechRnnConfig(TypedDict):
    name: Literal["speech_rnn"]
    subsampling: NotRequired[Subsampling]
    """Frames that become one before the recurrent layers, by convolutions of stride 2."""
    channels: NotRequired[int]
    """Output channels of each of these convolutions."""
    cell: NotRequired[SpeechRnnConfigCell]
    """What each layer remembers by."""
    hidden: NotRequired[int]
    """Units of each layer, in each direction."""
    num_layers: NotRequired[int]
    """Recurrent layers on top of each other."""
    bidirectional: NotRequired[bool]
    """Whether each layer also hears from the end."""
    pooling: NotRequired[Pooling]


class TcnConfig(TypedDict):
    """Bai, Kolter & Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks" (2018)."""

    name: Literal["tcn"]
    channels: NotRequired[list[int]]
    """Channels of each residual block."""
    kernel_size: NotRequired[int]
    """Steps that a convolution reads at once."""
    norm: NotRequired[TcnConfigNorm]
    """Whether kernels are learnt as a length and a direction, as in the paper."""
    pooling: NotRequired[TcnConfigPooling]
    """What of the last block is judged: its last step, or the mean of all."""


class TextPoolConfig(TypedDict):
    name: Literal["text_pool"]
    embedding: NotRequired[int]
    """Numbers that stand for a token."""
    hidden: NotRequired[list[int]]
    """Units of each dense layer between the mean and the output."""
    activation: NotRequired[Activation]
    """Non-linearity after each hidden layer."""


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
    """How the place of a token or step is told: by fixed waves, or by learnt vectors."""
    norm: NotRequired[TransformerConfigNorm]
    """Layer normalization before each part, which trains more easily, or after it."""
    activation: NotRequired[TransformerConfigActivation]
    """Non-linearity between two attentions."""


class TwoTowerConfig(TypedDict):
    name: Literal["two_tower"]
    embedding: NotRequired[int]
    """Numbers that stand for a user or item at first."""
    hidden: NotRequired[list[int]]
    """Units of each hidden layer of both towers, first to last."""
    factors: NotRequired[int]
    """Numbers that a tower ends with."""
    activation: NotRequired[Activation]
    """Non-linearity after each hidden layer."""


class VggConfig(TypedDict):
    """Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (ICLR 2015)."""

    name: Literal["vgg"]
    depth: NotRequired[VggConfigDepth]
    """Layers with weights in the published configurations A, B, D and E."""
    width: NotRequired[int]
    """Channels of the first stage; they double up to eight times as many."""
    hidden: NotRequired[list[int]]
    """Units of each dense layer before the output: none suits small images, the paper has two of 4096."""


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
