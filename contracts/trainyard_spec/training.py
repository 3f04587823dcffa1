"""TrainingSpec: the complete definition of a training run, as data.

The same model serves the API, the clients, the dashboard's forms (through its JSON Schema) and the engine.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from trainyard_spec.architectures import ARCHITECTURES, AnyArchitecture
from trainyard_spec.architectures.causal_lm import CausalLmConfig
from trainyard_spec.audio import AudioConfig
from trainyard_spec.augmentation import AnyAugment
from trainyard_spec.automatic import AutoBatchSize, AutoEpochs, AutoSchedule
from trainyard_spec.base import Coefficient, ContractModel, Probability, require_no_violations, with_names_of_today
from trainyard_spec.embeddings import EmbeddingConfig
from trainyard_spec.fine_tuning import FineTuningConfig, ModelId
from trainyard_spec.gangs import without_nodes
from trainyard_spec.losses import LossName
from trainyard_spec.metrics import ValidationMetric
from trainyard_spec.optimizers import AdamwConfig, AnyOptimizer
from trainyard_spec.preprocessing import PreprocessConfig
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.spec_rules import DEFAULT_GAMMA, violations
from trainyard_spec.splits import Seed, SplitConfig
from trainyard_spec.task_sections import TASK_SECTIONS
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig, default_tokenizer
from trainyard_spec.tuning import TuningConfig

Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$")]
Labels = Annotated[dict[Label, Label], Field(max_length=8)]
ClassWeights = Annotated[tuple[Annotated[float, Field(gt=0, le=1e6)], ...], Field(min_length=2, max_length=65_536)]


class RegularizationConfig(ContractModel):
    l1: Coefficient = Field(
        default=0.0, description="L1 regularization: weight of the sum of absolute weights added to the loss."
    )
    l2: Coefficient = Field(
        default=0.0, description="L2 regularization: weight of half the sum of squared weights added to the loss."
    )
    dropout: Probability = Field(default=0.0, description="Dropout probability of the network's hidden units.")
    label_smoothing: Probability = Field(
        default=0.0, description="Label smoothing: share of a label that is spread over all classes."
    )
    clip_norm: float | None = Field(
        default=None, gt=0, le=1e6, description="Gradient clipping: largest global L2 norm of the gradients."
    )


class EarlyStoppingConfig(ContractModel):
    metric: ValidationMetric = Field(default="val_loss", description="Validation metric that is watched.")
    patience: int = Field(
        default=3, ge=1, le=1_000, description="Patience: epochs without improvement before training ends."
    )
    min_delta: float = Field(
        default=0.0, ge=0, description="Minimum change of the metric that counts as an improvement."
    )


class EmaConfig(ContractModel):
    """Exponential moving average of weights and norm statistics, which is validated, tested and saved as the model.

    After step t, average += (1 - d) * (weights - average) with d = min(decay, (1 + t) / (10 + t)), so that the first
    weights are soon forgotten. Polyak & Juditsky (1992); Tarvainen & Valpola (2017).
    """

    decay: float = Field(
        default=0.999, ge=0, lt=1, description="Decay of the moving average: the share of it that each step leaves."
    )


class CheckpointConfig(ContractModel):
    former_names: ClassVar[Mapping[str, str]] = {"keep": "max_to_keep"}

    every_steps: int = Field(default=200, ge=1, le=1_000_000, description="Checkpoint interval, in optimizer steps.")
    max_to_keep: int = Field(
        default=2, ge=2, le=20, description="Newest checkpoints kept; at least two, so that one can be damaged."
    )


class TrainingConfig(ContractModel):
    epochs: AutoEpochs = Field(
        default="auto",
        description="Epochs: passes over the training rows; auto: as many as the data need, ending on the best by "
        "validation where a model is judged by its loss.",
    )
    batch_size: AutoBatchSize = Field(
        default="auto", description="Batch size: rows computed at once; auto: the more, the more rows train."
    )
    accumulate: int = Field(
        default=1,
        ge=1,
        le=1_024,
        description="Gradient accumulation steps: batches whose gradients one optimizer step adds up; steps count "
        "those.",
    )
    preprocess: PreprocessConfig = PreprocessConfig()
    seed: Seed = Field(default=0, description="Random seed of weights, order, dropout and augmentation.")
    loss: LossName = Field(
        default="auto",
        description="Loss function; auto: the task's own. bce asks of each class alone whether it is the one; of "
        "two, with one output, of the second.",
    )
    focal_gamma: float = Field(
        default=DEFAULT_GAMMA,
        ge=0,
        le=10,
        description="Focusing parameter gamma of the focal loss: how much less it minds what is nearly right; 0: "
        "not at all.",
    )
    class_weights: ClassWeights | None = Field(
        default=None,
        description="Class weights: what a row counts in the loss, by its class, in the order of the classes.",
    )
    balance_classes: bool = Field(
        default=False, description="Balanced class weights: let all classes, rare or not, count the same in the loss."
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = Field(
        default="auto",
        description="Mixed precision: number format of a network's layers; weights and sums stay fp32. auto: bf16 "
        "on a GPU, else fp32.",
    )
    compile: bool = Field(
        default=False,
        description="torch.compile: up to minutes at the start, then faster steps.",
    )
    sharding: Literal["none", "full"] = Field(
        default="none",
        description="Sharding over the job's slots. full: each holds a part of all parameters, gradients and optimizer "
        "state (FSDP, ZeRO-3); none: each holds all of them. Pretrained language models only.",
    )
    non_finite: Literal["recover", "fail"] = Field(
        default="recover",
        description="Non-finite loss (NaN or infinity): once go back to a checkpoint and leave that step out, or fail.",
    )
    optimizer: AnyOptimizer = Field(default=AdamwConfig(name="adamw"), description="Optimizer, with its learning rate.")
    schedule: AutoSchedule = Field(default="auto", description="Learning rate schedule; auto: cosine, after a warm-up.")
    regularization: RegularizationConfig = RegularizationConfig()
    ema: EmaConfig | None = Field(default=None, description="Exponential moving average of the weights over the steps.")
    init: Literal[
        "default", "he", "xavier", "he_uniform", "he_normal", "xavier_uniform", "xavier_normal", "orthogonal"
    ] = Field(default="default", description="Weight initialization; default: the layers' own.")
    augment: tuple[AnyAugment, ...] = Field(
        default=(), max_length=16, description="Data augmentation of training examples, in this order."
    )
    text: TextConfig | None = Field(default=None, description="Tokenization; text tasks only.")
    embedding: EmbeddingConfig | None = Field(default=None, description="Vectors of texts; sentence embedding only.")
    tuning: TuningConfig | None = Field(
        default=None, description="Conversations as examples; tasks of conversations only."
    )
    series: SeriesConfig | None = Field(default=None, description="Windows of time series; forecasts only.")
    sequence: SequenceConfig | None = Field(
        default=None, description="Length of sequences; classification of sequences only."
    )
    audio: AudioConfig | None = Field(default=None, description="Log-mel spectrograms; tasks of recordings only.")
    early_stopping: EarlyStoppingConfig | None = Field(
        default=None,
        description="Early stopping: ends training once a validation metric has stopped improving, and keeps the "
        "best weights.",
    )
    fine_tuning: FineTuningConfig | None = Field(default=None, description="Fine-tuning of the model in init_from.")
    checkpoint: CheckpointConfig = CheckpointConfig()


class ResourcesConfig(ContractModel):
    pool: str = Field(
        default="default", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="Pool of workers that the job runs in."
    )
    slots: int = Field(
        default=1,
        ge=1,
        le=8,
        description="Slots (GPUs, or shares of a CPU) of one worker that train it together by data parallelism, "
        "each a part of every batch; results depend on it.",
    )
    preemptible: bool = Field(
        default=False, description="Lets the job give way, with a checkpoint, to work that has a better right."
    )
    labels: Labels = Field(default={}, description="Labels that its worker must have, as the operators name them.")

    _nodes = model_validator(mode="before")(without_nodes)


LANGUAGE_MODEL_RATES = {"lora": 2e-4, "full": 2e-5}
"""Learning rates of pretrained language models, by the method, where a spec states no optimizer."""
PREFERENCE_SHARE = 0.1
"""Of these for preferences."""

MAX_COST = 1_000_000
"""In units of the currency."""


STRETCH_SECONDS = 5
"""No worker is given a job that cannot pay for so much training; a cap or a raise of one below it is refused."""


class LimitsConfig(ContractModel):
    max_cost: Decimal | None = Field(
        default=None,
        gt=0,
        le=MAX_COST,
        decimal_places=6,
        description="Cost cap: the job pauses before it would cost more.",
    )
    max_runtime_seconds: int = Field(
        default=86_400,
        ge=1,
        le=30 * 86_400,
        description="Maximum runtime in seconds: billed training time after which the job pauses.",
    )
    auto_resume: bool | None = Field(
        default=None,
        description="Auto-resume: goes on by itself once there are funds again; null: as the wallet's settings say.",
    )


class TrainingSpec(ContractModel):
    name: str = Field(min_length=1, max_length=120, description="Name of the job, for people.")
    dataset: str = Field(pattern=r"^dsv_[0-9a-z]+$", description="Id of a ready dataset version.")
    task: Task
    init_from: ModelId | None = Field(default=None, description="Model whose weights it starts from, by its id.")
    architecture: AnyArchitecture
    training: TrainingConfig = Field(default=TrainingConfig(), validate_default=True)
    split: SplitConfig = Field(default=SplitConfig(), validate_default=True)
    resources: ResourcesConfig = ResourcesConfig()
    priority: int = Field(
        default=0, ge=-100, le=100, description="Priority: higher runs first inside the organization."
    )
    limits: LimitsConfig = LimitsConfig()

    @field_validator("training")
    @classmethod
    def _task_sections_are_spelled_out(cls, training: TrainingConfig, info: ValidationInfo) -> TrainingConfig:
        """A stored spec says all that it depends on, so that a later default cannot change it."""
        task, architecture = info.data.get("task"), info.data.get("architecture")
        left_out = {
            name: section.model()
            for name, section in TASK_SECTIONS.items()
            if task in section.tasks and getattr(training, name) is None
        }
        training = training.model_copy(update=left_out) if left_out else training
        if isinstance(architecture, CausalLmConfig):
            training = _with_gentle_steps(training, architecture, compares=task == Task.PREFERENCE_TUNING)
        if task and architecture and training.text and "tokenizer" not in training.text.model_fields_set:
            tokenizer = default_tokenizer(task.traits, architecture=architecture.name)
            text = TextConfig(**training.text.model_dump(exclude={"tokenizer"}), tokenizer=tokenizer)
            return training.model_copy(update={"text": text})
        return training

    @field_validator("split")
    @classmethod
    def _not_all_draw_rows(cls, split: SplitConfig, info: ValidationInfo) -> SplitConfig:
        task = info.data.get("task")
        ways: tuple[str, ...] = task.traits.splits if task else ()
        if ways and "random" not in ways and "by" not in split.model_fields_set:
            return split.model_copy(update={"by": ways[0]})
        return split

    @model_validator(mode="after")
    def _obeys_the_rules(self) -> Self:
        require_no_violations(violations(self))
        return self


def _with_gentle_steps(training: TrainingConfig, architecture: CausalLmConfig, *, compares: bool) -> TrainingConfig:
    """Rates and clipping as is usual for language models that know a lot already, where the spec states none.

    ``compares``: by preferences, which are learnt by smaller steps.
    """
    changed: dict[str, Any] = {}
    if "optimizer" not in training.model_fields_set:
        lr = LANGUAGE_MODEL_RATES[architecture.method] * (PREFERENCE_SHARE if compares else 1)
        changed["optimizer"] = AdamwConfig(name="adamw", lr=lr, weight_decay=0.0)
    if "regularization" not in training.model_fields_set:
        changed["regularization"] = RegularizationConfig(clip_norm=1.0)
    return training.model_copy(update=changed) if changed else training


def spec_with_names_of_today(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A ``TrainingSpec`` as JSON with every field under its present name, whatever release stored it.

    Nothing else is read or checked: what stands under its present name already stays as it is.
    """
    architecture, training = stored["architecture"], stored["training"]
    config = ARCHITECTURES.get(architecture["name"])
    if config is not None and not architecture.keys() <= config.model_fields.keys():
        architecture = config.model_validate(architecture).model_dump(mode="json")
    checkpoint = with_names_of_today(training["checkpoint"], CheckpointConfig.former_names)
    return {**stored, "architecture": architecture, "training": {**training, "checkpoint": checkpoint}}
