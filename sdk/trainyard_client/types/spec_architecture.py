"""The ``architecture`` of a training spec, a dictionary for each. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import (
    Activation,
    BaseDtype,
    CnnConfigNorm,
    KernelSize,
    Method,
    MlpConfigNorm,
    Padding,
    Pool,
    Pooling,
    PretrainedConfigPooling,
    Quantization,
    ResnetConfigDepth,
    RnnConfigCell,
    SpeechRnnConfigCell,
    Stem,
    Subsampling,
    TargetModules,
    TcnConfigNorm,
    TcnConfigPooling,
    Variant,
)


class CausalLmConfig(TypedDict):
    name: Literal["causal_lm"]
    model: NotRequired[str]
    """Pretrained model: the name under which the operator registered it."""
    method: NotRequired[Method]
    """Fine-tuning method: low-rank adapters (LoRA), or all of its weights."""
    rank: NotRequired[int]
    """LoRA rank of the adapters."""
    alpha: NotRequired[int]
    """LoRA alpha: the adapters count alpha / rank times."""
    adapter_dropout: NotRequired[float]
    """LoRA dropout, before the adapters."""
    target_modules: NotRequired[TargetModules]
    """LoRA target modules: every dense layer, or those of the attention alone."""
    quantization: NotRequired[Quantization]
    """Quantization of the fixed weights below the adapters (QLoRA), where the worker's device has it."""
    base_dtype: NotRequired[BaseDtype]
    gradient_checkpointing: NotRequired[bool]
    """Gradient checkpointing: computes each layer twice and keeps far fewer activations."""


class CnnConfig(TypedDict):
    name: Literal["cnn"]
    channels: NotRequired[list[int]]
    """Output channels of each block, first to last; each block halves height and width."""
    kernel_size: NotRequired[KernelSize]
    """Kernel size: side of the square kernels, in pixels."""
    padding: NotRequired[Padding]
    """Padding. same: zeros around keep height and width in convolutions; valid: they lose kernel_size - 1."""
    hidden: NotRequired[list[int]]
    """Hidden layer sizes: units of each dense layer between the last block and the output."""
    pool: NotRequired[Pool]
    """Pooling: how each block halves height and width."""
    activation: NotRequired[Activation]
    """Activation function after each convolution and each hidden dense layer."""
    norm: NotRequired[CnnConfigNorm]
    """Normalization between a convolution and its activation."""


class DensenetConfig(TypedDict):
    """DenseNet-BC: Huang et al., "Densely Connected Convolutional Networks" (CVPR 2017)."""

    name: Literal["densenet"]
    growth: NotRequired[int]
    """Growth rate: channels that each layer adds. DenseNet-121 has 32."""
    blocks: NotRequired[list[int]]
    """Block sizes: layers of each dense block; between two blocks height, width and channels are halved."""
    stem: NotRequired[Stem]


class GptConfig(TypedDict):
    """GPT-2: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019)."""

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
    """Latent factors: embedding dimension of users and items."""


class MlpConfig(TypedDict):
    name: Literal["mlp"]
    hidden: NotRequired[list[int]]
    """Hidden layer sizes: units of each hidden layer, first to last."""
    activation: NotRequired[Activation]
    """Activation function after each hidden layer."""
    norm: NotRequired[MlpConfigNorm]
    """Normalization between a hidden layer and its activation."""


class MobilenetConfig(TypedDict):
    """MobileNetV2: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (CVPR 2018)."""

    name: Literal["mobilenet"]
    width: NotRequired[float]
    """Width multiplier on the published channels, rounded to multiples of 8."""
    stem: NotRequired[Stem]


class PretrainedConfig(TypedDict):
    name: Literal["pretrained"]
    model: NotRequired[str]
    """Pretrained model: the name under which the operator registered it."""
    method: NotRequired[Method]
    """Fine-tuning method: low-rank adapters (LoRA), or all of its weights."""
    rank: NotRequired[int]
    """LoRA rank of the adapters."""
    alpha: NotRequired[int]
    """LoRA alpha: the adapters count alpha / rank times."""
    adapter_dropout: NotRequired[float]
    """LoRA dropout, before the adapters."""
    source_language: NotRequired[str | None]
    target_language: NotRequired[str | None]
    pooling: NotRequired[PretrainedConfigPooling]
    """Pooling of its outputs, texts only: the mean over all tokens, or the first (cls)."""


class ResnetConfig(TypedDict):
    """ResNet: He et al., "Deep Residual Learning for Image Recognition" (CVPR 2016)."""

    name: Literal["resnet"]
    depth: NotRequired[ResnetConfigDepth]
    """Depth: layers with weights. 18 and 34 are made of basic blocks, 50 of bottlenecks."""
    width: NotRequired[int]
    """Base width: channels of the first stage; each of the three others has twice as many."""
    stem: NotRequired[Stem]


class RnnConfig(TypedDict):
    name: Literal["rnn"]
    cell: NotRequired[RnnConfigCell]
    """Recurrent cell: a tanh unit (vanilla), an LSTM or a GRU."""
    embedding: NotRequired[int]
    """Embedding dimension: numbers that stand for a token or a step."""
    hidden: NotRequired[int]
    """Hidden size: units of each layer, in each direction."""
    num_layers: NotRequired[int]
    """Recurrent layers on top of each other."""
    bidirectional: NotRequired[bool]
    """Bidirectional: whether each layer also reads from the end."""
    pooling: NotRequired[Pooling]
    """Pooling of the last layer's outputs: the final state (last), their mean, or a mean weighted by attention."""


class Seq2seqConfig(TypedDict):
    """Encoder–decoder network; ``variant`` chooses between ``transformer`` and ``lstm``."""

    name: Literal["seq2seq"]
    variant: NotRequired[Variant]
    """Variant: encoder and decoder of self-attention layers (transformer), or of LSTM layers with attention."""
    d_model: NotRequired[int]
    """Embedding dimension: numbers that stand for a token, in every layer."""
    num_heads: NotRequired[int]
    """Attention heads of each layer, a divisor of d_model; transformer only."""
    num_layers: NotRequired[int]
    """Layers of the encoder, and of the decoder; a transformer's feed-forward dimension is 4 × d_model."""


class SpeechRnnConfig(TypedDict):
    name: Literal["speech_rnn"]
    subsampling: NotRequired[Subsampling]
    """Subsampling factor: frames that become one before the recurrent layers, by convolutions of stride 2."""
    channels: NotRequired[int]
    """Output channels of each of these convolutions."""
    cell: NotRequired[SpeechRnnConfigCell]
    """Recurrent cell of each layer."""
    hidden: NotRequired[int]
    """Hidden size: units of each layer, in each direction."""
    num_layers: NotRequired[int]
    """Recurrent layers on top of each other."""
    bidirectional: NotRequired[bool]
    """Bidirectional: whether each layer also hears from the end."""
    pooling: NotRequired[Pooling]


class TcnConfig(TypedDict):
    name: Literal["tcn"]
    channels: NotRequired[list[int]]
    """Channels of each residual block."""
    kernel_size: NotRequired[int]
    """Kernel size: steps that a convolution reads at once."""
    norm: NotRequired[TcnConfigNorm]
    """Weight normalization: kernels learnt as a length and a direction, as in the paper, or none."""
    pooling: NotRequired[TcnConfigPooling]
    """Pooling of the last block's outputs: its last step, or the mean of all."""


class TextPoolConfig(TypedDict):
    name: Literal["text_pool"]
    embedding: NotRequired[int]
    """Embedding dimension: numbers that stand for a token."""
    hidden: NotRequired[list[int]]
    """Hidden layer sizes: units of each dense layer between the mean and the output."""
    activation: NotRequired[Activation]
    """Activation function after each hidden layer."""
