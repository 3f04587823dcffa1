"""The training spec, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Literal, NotRequired, TypedDict

from trainyard_client.types.enums import Init, Task
from trainyard_client.types.enums_2 import Loss, NonFinite, Precision, Sharding
from trainyard_client.types.spec import (
    AudioConfig,
    BleuGrader,
    CheckpointConfig,
    ContainsGrader,
    EarlyStoppingConfig,
    EmaConfig,
    EmbeddingConfig,
    ExactMatchGrader,
    FineTuningConfig,
    JsonSchemaGrader,
    LimitsConfig,
    PreprocessConfig,
    RegexGrader,
    RegularizationConfig,
    ResourcesConfig,
    RougeLGrader,
    SequenceConfig,
    SeriesConfig,
    SplitConfig,
    TextConfig,
)
from trainyard_client.types.spec_architecture import (
    CausalLmConfig,
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
)
from trainyard_client.types.spec_architecture_2 import TransformerConfig, TwoTowerConfig, VggConfig, VitConfig
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


class TextSimilarityGrader(TypedDict):
    """Text similarity: 1 minus the Levenshtein distance in characters divided by the length of the longer text."""

    name: Literal["text_similarity"]


class TuningConfig(TypedDict):
    """Fine-tuning on conversations."""

    max_length: NotRequired[int | Literal["auto"]]
    packing: NotRequired[bool]
    """Packing: several examples in one row of max_length tokens, none of which attends to another."""
    beta: NotRequired[float]
    """Beta of the losses dpo, orpo and kto: the weight of staying near the reference, or of the odds ratio."""
    graders: NotRequired[
        list[
            ExactMatchGrader
            | ContainsGrader
            | RegexGrader
            | RougeLGrader
            | BleuGrader
            | TextSimilarityGrader
            | JsonSchemaGrader
        ]
    ]
    """Graders: how answers written to test conversations are judged, before and after the training."""
    graded_examples: NotRequired[int]
    """Test conversations whose last answer is written and graded, at most."""
    max_new_tokens: NotRequired[int]
    """Tokens of a graded answer, at most."""


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
    sharding: NotRequired[Sharding]
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
    embedding: NotRequired[EmbeddingConfig | None]
    """Vectors of texts; sentence embedding only."""
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
    fine_tuning: NotRequired[FineTuningConfig | None]
    """Fine-tuning of the model in init_from."""
    checkpoint: NotRequired[CheckpointConfig]


class TrainingSpec(TypedDict):
    name: str
    """Name of the job, for people."""
    dataset: str
    """Id of a ready dataset version."""
    task: Task
    init_from: NotRequired[str | None]
    """Model whose weights it starts from, by its id."""
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
        | CausalLmConfig
    )
    training: NotRequired[TrainingConfig]
    split: NotRequired[SplitConfig]
    resources: NotRequired[ResourcesConfig]
    priority: NotRequired[int]
    """Priority: higher runs first inside the organization."""
    limits: NotRequired[LimitsConfig]
