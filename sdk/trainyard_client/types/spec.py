"""The training spec, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict

from trainyard_client.types.enums import By, Impute, Init, Loss, Metric, NonFinite, Precision, Scale, Scaling, Tokenizer
from trainyard_client.types.spec_augment import (
    ColorAugment,
    CropAugment,
    CutmixAugment,
    EraseAugment,
    FlipAugment,
    JitterAugment,
    MixupAugment,
    NoiseAugment,
    RotateAugment,
    ScaleAugment,
    SpecAugment,
    TimeShiftAugment,
    TokenDropoutAugment,
    TranslateAugment,
    WindowWarpAugment,
)
from trainyard_client.types.spec_optimizer import AdagradConfig, AdamConfig, AdamwConfig, RmspropConfig, SgdConfig
from trainyard_client.types.spec_schedule import (
    ConstantSchedule,
    CosineSchedule,
    ExponentialSchedule,
    InverseTimeSchedule,
    OneCycleSchedule,
    PlateauSchedule,
    StepSchedule,
)


class AudioConfig(TypedDict):
    """Recordings become frames of log-mel energies; each mel bin is standardized over training recordings."""

    mels: NotRequired[int]
    """Mel bins: bands on the mel scale that a frame is measured in."""
    window_ms: NotRequired[float]
    """Window length in milliseconds: sound that a frame measures."""
    hop_ms: NotRequired[float]
    """Hop length in milliseconds: from one frame to the next."""
    max_seconds: NotRequired[float]
    """Maximum duration in seconds: of a recording this much is read, from its start."""


class CheckpointConfig(TypedDict):
    every_steps: NotRequired[int]
    """Checkpoint interval, in optimizer steps."""
    max_to_keep: NotRequired[int]
    """Newest checkpoints kept; at least two, so that one can be damaged."""


class EarlyStoppingConfig(TypedDict):
    metric: NotRequired[Metric]
    """Validation metric that is watched."""
    patience: NotRequired[int]
    """Patience: epochs without improvement before training ends."""
    min_delta: NotRequired[float]
    """Minimum change of the metric that counts as an improvement."""


class EmaConfig(TypedDict):
    """An exponential moving average of weights and norm statistics: it is what is validated, tested and kept."""

    decay: NotRequired[float]
    """Decay of the moving average: the share of it that each step leaves."""


class LimitsConfig(TypedDict):
    max_cost: NotRequired[str | None]
    """Cost cap: the job pauses before it would cost more."""
    max_runtime_seconds: NotRequired[int]
    """Maximum runtime in seconds: billed training time after which the job pauses."""


class ResourcesConfig(TypedDict):
    pool: NotRequired[str]
    """Pool of workers that the job runs in."""
    slots: NotRequired[int]
    preemptible: NotRequired[bool]
    """Lets the job give way, with a checkpoint, to work that has a better right."""
    labels: NotRequired[dict[str, Any]]
    """Labels that its worker must have, as the operators name them."""


class SplitConfig(TypedDict):
    """Which rows train, validate and test. Fractions of the rows in each part; they sum to one."""

    by: NotRequired[By]
    """Split strategy. All but random need a dataset that was uploaded with the option of that name."""
    train: NotRequired[float]
    """Training fraction of the rows."""
    val: NotRequired[float]
    """Validation fraction of the rows."""
    test: NotRequired[float]
    """Test fraction of the rows."""
    seed: NotRequired[int]
    """Random seed of the split."""


class PreprocessConfig(TypedDict):
    """How stored numbers become a network's inputs; what it takes is measured on the training rows alone."""

    scale: NotRequired[Scale]
    """Feature scaling: standardize to mean 0 and deviation 1, min_max to 0 … 1, or none."""
    impute: NotRequired[Impute]
    """Imputation: what a column's missing numbers become."""


class RegularizationConfig(TypedDict):
    l1: NotRequired[float]
    """L1 regularization: weight of the sum of absolute weights added to the loss."""
    l2: NotRequired[float]
    """L2 regularization: weight of half the sum of squared weights added to the loss."""
    dropout: NotRequired[float]
    """Dropout probability of the network's hidden units."""
    label_smoothing: NotRequired[float]
    """Label smoothing: share of a label that is spread over all classes."""
    clip_norm: NotRequired[float | None]
    """Gradient clipping: largest global L2 norm of the gradients."""


class SequenceConfig(TypedDict):
    """How much of a series is read to tell its class."""

    max_length: NotRequired[int]
    """Maximum sequence length: steps of a series that are read, from its start."""


class SeriesConfig(TypedDict):
    context: NotRequired[int]
    """Context length: steps that a forecast sees."""
    horizon: NotRequired[int]
    """Forecast horizon: steps that are forecast at once."""
    stride: NotRequired[int]
    """Stride: steps from the beginning of a training window to that of the next."""
    scaling: NotRequired[Scaling]
    residual: NotRequired[bool]
    """Residual forecast: the difference from the window's last value (NLinear); it follows trends."""
    season: NotRequired[int | None]
    """Seasonal period in steps, such as 7 for days with weeks: the test then tells what repeating it would do."""


class TextConfig(TypedDict):
    """How texts become tokens. The vocabulary is learnt from the training rows alone."""

    tokenizer: NotRequired[Tokenizer]
    vocabulary: NotRequired[int]
    """Vocabulary size: most different tokens that are kept."""
    max_length: NotRequired[int]
    """Maximum sequence length: tokens of a text that are read, or looked back on; of char_ngrams, words."""
    ngram_range: NotRequired[list[Any]]
    """N-gram range: fewest and most characters of an n-gram; char_ngrams only."""


class TuningConfig(TypedDict):
    """An example with more than ``max_length`` tokens is cut at its end; what then teaches nothing is left out."""

    max_length: NotRequired[int]
    """Maximum sequence length: tokens of an example, or of a packed row; longer ones are cut at the end."""
    packing: NotRequired[bool]
    """Packing: several examples in one row of max_length tokens, none of which attends to another."""
    beta: NotRequired[float]
    """Beta of the losses dpo, orpo and kto: the weight of staying near the reference, or of the odds ratio."""


class TrainingConfig(TypedDict):
    epochs: NotRequired[int | Literal["auto"]]
    batch_size: NotRequired[int | Literal["auto"]]
    """Batch size: rows computed at once; auto: the more, the more rows train."""
    accumulate: NotRequired[int]
    """Gradient accumulation steps: batches whose gradients one optimizer step adds up; steps count those."""
    preprocess: NotRequired[PreprocessConfig]
    seed: NotRequired[int]
    """Random seed of weights, order, dropout and augmentation."""
    loss: NotRequired[Loss]
    focal_gamma: NotRequired[float]
    """Focusing parameter gamma of the focal loss: how much less it minds what is nearly right; 0: not at all."""
    class_weights: NotRequired[list[float] | None]
    """Class weights: what a row counts in the loss, by its class, in the order of the classes."""
    balance_classes: NotRequired[bool]
    """Balanced class weights: let all classes, rare or not, count the same in the loss."""
    precision: NotRequired[Precision]
    compile: NotRequired[bool]
    """torch.compile: up to minutes at the start, then faster steps."""
    non_finite: NotRequired[NonFinite]
    """Non-finite loss (NaN or infinity): once go back to a checkpoint and leave that step out, or fail."""
    optimizer: NotRequired[SgdConfig | AdamConfig | AdamwConfig | RmspropConfig | AdagradConfig]
    """Optimizer, with its learning rate."""
    schedule: NotRequired[
        ConstantSchedule
        | InverseTimeSchedule
        | ExponentialSchedule
        | StepSchedule
        | CosineSchedule
        | OneCycleSchedule
        | PlateauSchedule
        | Literal["auto"]
    ]
    """Learning rate schedule; auto: cosine, after a warm-up."""
    regularization: NotRequired[RegularizationConfig]
    ema: NotRequired[EmaConfig | None]
    """Exponential moving average of the weights over the steps."""
    init: NotRequired[Init]
    """Weight initialization; default: the layers' own."""
    augment: NotRequired[
        list[
            FlipAugment
            | CropAugment
            | RotateAugment
            | TranslateAugment
            | ScaleAugment
            | ColorAugment
            | EraseAugment
            | MixupAugment
            | CutmixAugment
            | TokenDropoutAugment
            | JitterAugment
            | WindowWarpAugment
            | NoiseAugment
            | TimeShiftAugment
            | SpecAugment
        ]
    ]
    """Data augmentation of training examples, in this order."""
    text: NotRequired[TextConfig | None]
    """Tokenization; text tasks only."""
    tuning: NotRequired[TuningConfig | None]
    """Conversations as examples; tasks of conversations only."""
    series: NotRequired[SeriesConfig | None]
    """Windows of time series; forecasts only."""
    sequence: NotRequired[SequenceConfig | None]
    """Length of sequences; classification of sequences only."""
    audio: NotRequired[AudioConfig | None]
    """Log-mel spectrograms; tasks of recordings only."""
    early_stopping: NotRequired[EarlyStoppingConfig | None]
    """Early stopping: ends training once a validation metric has stopped improving, and keeps the best weights."""
    checkpoint: NotRequired[CheckpointConfig]
