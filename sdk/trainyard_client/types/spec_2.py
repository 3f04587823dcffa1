"""The training spec, as dictionaries. Written by ``scripts/client_types.py``."""

from typing import NotRequired, TypedDict

from trainyard_client.types.enums import Task
from trainyard_client.types.spec import LimitsConfig, ResourcesConfig, SplitConfig, TrainingConfig
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


class TrainingSpec(TypedDict):
    name: str
    """Name of the job, for people."""
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
        | CausalLmConfig
    )
    training: NotRequired[TrainingConfig]
    split: NotRequired[SplitConfig]
    resources: NotRequired[ResourcesConfig]
    priority: NotRequired[int]
    """Priority: higher runs first inside the organization."""
    limits: NotRequired[LimitsConfig]
