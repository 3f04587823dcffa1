"""The training spec, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import Any, Literal, NotRequired, TypedDict

from trainyard_client.types.enums import By, Head, Impute, Metric
from trainyard_client.types.enums_2 import Scale, Scaling, Tokenizer


class AudioConfig(TypedDict):
    """Log-mel spectrogram of recordings; each mel bin is standardized over the training recordings."""

    mels: NotRequired[int]
    """Mel bins: bands on the mel scale that a frame is measured in."""
    window_ms: NotRequired[float]
    """Window length in milliseconds: sound that a frame measures."""
    hop_ms: NotRequired[float]
    """Hop length in milliseconds: from one frame to the next."""
    max_seconds: NotRequired[float]
    """Maximum duration in seconds: of a recording this much is read, from its start."""


class BleuGrader(TypedDict):
    """Corpus BLEU (Papineni et al., 2002) over all answers."""

    name: Literal["bleu"]


class CheckpointConfig(TypedDict):
    every_steps: NotRequired[int]
    """Checkpoint interval, in optimizer steps."""
    max_to_keep: NotRequired[int]
    """Newest checkpoints kept; at least two, so that one can be damaged."""


class ContainsGrader(TypedDict):
    """Containment: 1 if the answer contains ``text`` or, without one, the reference, else 0."""

    name: Literal["contains"]
    text: NotRequired[str | None]
    """Text to look for; the reference if none."""
    ignore_case: NotRequired[bool]
    """Takes upper and lower case for the same."""


class EarlyStoppingConfig(TypedDict):
    metric: NotRequired[Metric]
    """Validation metric that is watched."""
    patience: NotRequired[int]
    """Patience: epochs without improvement before training ends."""
    min_delta: NotRequired[float]
    """Minimum change of the metric that counts as an improvement."""


class EmaConfig(TypedDict):
    decay: NotRequired[float]
    """Decay of the moving average: the share of it that each step leaves."""


class EmbeddingConfig(TypedDict):
    """Sentence embeddings of length 1, compared by cosine similarity."""

    temperature: NotRequired[float]
    dimensions: NotRequired[int | Literal["auto"]]


class ExactMatchGrader(TypedDict):
    """Exact match: 1 if the answer equals the reference, ignoring white space at both ends, else 0."""

    name: Literal["exact_match"]
    ignore_case: NotRequired[bool]
    """Takes upper and lower case for the same."""


class FineTuningConfig(TypedDict):
    """Fine-tuning of a network that starts from a model."""

    head: NotRequired[Head]
    """Head: keep that of the model, or draw a new one; auto: keep it where task and classes are the same."""
    freeze: NotRequired[bool]
    """Frozen body: only the head learns, and norms of the body keep their statistics."""
    body_lr: NotRequired[float | None]
    """Learning rate of the body, before the schedule; without: that of the optimizer."""


class LimitsConfig(TypedDict):
    max_cost: NotRequired[str | None]
    """Cost cap: the job pauses before it would cost more."""
    max_runtime_seconds: NotRequired[int]
    """Maximum runtime in seconds: billed training time after which the job pauses."""
    auto_resume: NotRequired[bool | None]
    """Auto-resume: goes on by itself once there are funds again; null: as the wallet's settings say."""


class ResourcesConfig(TypedDict):
    pool: NotRequired[str]
    """Pool of workers that the job runs in."""
    slots: NotRequired[int]
    preemptible: NotRequired[bool]
    """Lets the job give way, with a checkpoint, to work that has a better right."""
    labels: NotRequired[dict[str, Any]]
    """Labels that its worker must have, as the operators name them."""


class SplitConfig(TypedDict):
    """Training, validation and test split. The fractions sum to one."""

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
    """How much of a sequence is read for its classification."""

    max_length: NotRequired[int]
    """Maximum sequence length: steps of a series that are read, from its start."""


class SeriesConfig(TypedDict):
    """Forecasting windows: ``context`` input steps, followed by the ``horizon`` steps to forecast."""

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
    """Tokenization. The vocabulary is built from the training rows alone."""

    tokenizer: NotRequired[Tokenizer]
    vocabulary: NotRequired[int]
    """Vocabulary size: most different tokens that are kept."""
    max_length: NotRequired[int]
    """Maximum sequence length: tokens of a text that are read, or looked back on; of char_ngrams, words."""
    ngram_range: NotRequired[list[Any]]
    """N-gram range: fewest and most characters of an n-gram; char_ngrams only."""


class JsonSchemaGrader(TypedDict):
    """JSON Schema: 1 if the answer is one JSON value that ``json_schema`` allows, else 0."""

    name: Literal["json_schema"]
    json_schema: dict[str, Any]
    """JSON Schema, of the draft 2020-12 unless it names another."""


class RegexGrader(TypedDict):
    """Regular expression: 1 if ``pattern`` matches anywhere in the answer, else 0."""

    name: Literal["regex"]
    pattern: str
    """Regular expression, in Python's syntax."""


class RougeLGrader(TypedDict):
    """ROUGE-L (Lin, 2004): F1 of the longest common subsequence of lower-case words."""

    name: Literal["rouge_l"]
