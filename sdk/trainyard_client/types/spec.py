"""The training spec, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict

from trainyard_client.types.enums import (
    By,
    Impute,
    Init,
    Loss,
    Metric,
    NonFinite,
    Precision,
    Scale,
    Scaling,
    Task,
    Tokenizer,
)
from trainyard_client.types.spec_architecture import (
    CnnConfig,
    DensenetConfig,
    GptConfig,
    MatrixFactorizationConfig,
    MlpConfig,
    MobilenetConfig,
    PretrainedConfig,
    ResnetConfig,
    RnnConfig,
    Seq2seqConfig,
    SpeechRnnConfig,
    TcnConfig,
    TextPoolConfig,
    TransformerConfig,
    TwoTowerConfig,
    VggConfig,
    VitConfig,
)
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
    """Bands on the mel scale that a frame is measured in."""
    window_ms: NotRequired[float]
    """Milliseconds of sound that a frame measures."""
    hop_ms: NotRequired[float]
    """Milliseconds from one frame to the next."""
    max_seconds: NotRequired[float]
    """Of a recording this much is read, from its start."""


class CheckpointConfig(TypedDict):
    every_steps: NotRequired[int]
    """Checkpoint interval, in optimizer steps."""
    max_to_keep: NotRequired[int]
    """Newest checkpoints kept; at least two, so that one can be damaged."""


class EarlyStoppingConfig(TypedDict):
    metric: NotRequired[Metric]
    patience: NotRequired[int]
    """Epochs without improvement before training ends."""
    min_delta: NotRequired[float]
    """Smallest change that counts as an improvement."""


class EmaConfig(TypedDict):
    """An exponential moving average of weights and norm statistics: it is what is validated, tested and kept."""

    decay: NotRequired[float]


class LimitsConfig(TypedDict):
    max_cost: NotRequired[str | None]
    """Hard cap on the job's cost."""
    max_runtime_seconds: NotRequired[int]
    """Billed training time after which the job stops."""


class ResourcesConfig(TypedDict):
    pool: NotRequired[str]
    slots: NotRequired[int]
    """Slots of one worker that train it together, each a part of every batch; results depend on it."""
    preemptible: NotRequired[bool]
    """Lets the job give way, with a checkpoint, to work that has a better right."""
    labels: NotRequired[dict[str, Any]]
    """Labels that its worker must have, as the operators name them."""


class SplitConfig(TypedDict):
    """Which rows train, validate and test. Fractions of the rows in each part; they sum to one."""

    by: NotRequired[By]
    """All but random need a dataset that was uploaded with the option of that name."""
    train: NotRequired[float]
    val: NotRequired[float]
    test: NotRequired[float]
    seed: NotRequired[int]


class PreprocessConfig(TypedDict):
    """How stored numbers become a network's inputs; what it takes is measured on the training rows alone."""

    scale: NotRequired[Scale]
    impute: NotRequired[Impute]
    """What a column's missing numbers become."""


class RegularizationConfig(TypedDict):
    l1: NotRequired[float]
    """Weight of the sum of absolute weights added to the loss."""
    l2: NotRequired[float]
    """Weight of half the sum of squared weights added to the loss."""
    dropout: NotRequired[float]
    label_smoothing: NotRequired[float]
    clip_norm: NotRequired[float | None]
    """Largest global gradient norm."""


class SequenceConfig(TypedDict):
    """How much of a series is read to tell its class."""

    max_length: NotRequired[int]
    """Steps of a series that are read, from its start."""


class SeriesConfig(TypedDict):
    context: NotRequired[int]
    """Steps that a forecast sees."""
    horizon: NotRequired[int]
    """Steps that are forecast at once."""
    stride: NotRequired[int]
    """Steps from the beginning of a training window to that of the next."""
    scaling: NotRequired[Scaling]
    residual: NotRequired[bool]
    """Forecast the difference from the window's last value (NLinear): it follows trends."""
    season: NotRequired[int | None]
    """Steps of a season, such as 7 for days with weeks: the test then tells what repeating it would do."""


class TextConfig(TypedDict):
    """How texts become tokens. The vocabulary is learnt from the training rows alone."""

    tokenizer: NotRequired[Tokenizer]
    vocabulary: NotRequired[int]
    """Most different tokens that are kept."""
    max_length: NotRequired[int]
    """Tokens of a text that are read, or looked back on; of char_ngrams, words."""
    ngram_range: NotRequired[list[Any]]
    """Fewest and most characters of an n-gram; char_ngrams only."""


class TrainingConfig(TypedDict):
    epochs: NotRequired[int | Literal["auto"]]
    batch_size: NotRequired[int | Literal["auto"]]
    """Rows computed at once; auto: the more, the more rows train."""
    accumulate: NotRequired[int]
    """Batches whose gradients one step adds up; steps count those."""
    preprocess: NotRequired[PreprocessConfig]
    seed: NotRequired[int]
    loss: NotRequired[Loss]
    """bce asks of each class alone whether it is the one; of two, with one output, of the second."""
    focal_gamma: NotRequired[float]
    """How much less the focal loss minds what is nearly right; 0: not at all."""
    class_weights: NotRequired[list[float] | None]
    """What a row counts in the loss, by its class, in the order of the classes."""
    balance_classes: NotRequired[bool]
    """Let all classes, rare or not, count the same in the loss."""
    precision: NotRequired[Precision]
    """Of a network's layers; weights and sums stay fp32. auto: bf16 on a GPU, else fp32."""
    compile: NotRequired[bool]
    """Let PyTorch compile the network: up to minutes at the start, then faster steps."""
    non_finite: NotRequired[NonFinite]
    """When the loss is no number: once go back to a checkpoint and leave that step out, or fail."""
    optimizer: NotRequired[SgdConfig | AdamConfig | AdamwConfig | RmspropConfig | AdagradConfig]
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
    """How the learning rate changes; auto: cosine, after a warm-up."""
    regularization: NotRequired[RegularizationConfig]
    ema: NotRequired[EmaConfig | None]
    """Average the weights over the steps."""
    init: NotRequired[Init]
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
    text: NotRequired[TextConfig | None]
    """Text tasks only."""
    series: NotRequired[SeriesConfig | None]
    """Forecasts only."""
    sequence: NotRequired[SequenceConfig | None]
    """Classification of sequences only."""
    audio: NotRequired[AudioConfig | None]
    """Tasks of recordings only."""
    early_stopping: NotRequired[EarlyStoppingConfig | None]
    checkpoint: NotRequired[CheckpointConfig]


class TrainingSpec(TypedDict):
    name: str
    dataset: str
    """Id of a ready dataset version."""
    task: Task
    architecture: (
        MlpConfig
        | CnnConfig
        | ResnetConfig
        | VggConfig
        | MobilenetConfig
        | DensenetConfig
        | VitConfig
        | TextPoolConfig
        | RnnConfig
        | TransformerConfig
        | TcnConfig
        | SpeechRnnConfig
        | GptConfig
        | Seq2seqConfig
        | MatrixFactorizationConfig
        | TwoTowerConfig
        | PretrainedConfig
    )
    training: NotRequired[TrainingConfig]
    split: NotRequired[SplitConfig]
    resources: NotRequired[ResourcesConfig]
    priority: NotRequired[int]
    """Higher runs first inside the organization."""
    limits: NotRequired[LimitsConfig]
