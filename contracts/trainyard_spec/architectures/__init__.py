"""The catalogue of architectures: one configuration model each, behind one table.

The build function of an entry lives in ``trainyard_engine.models`` under the same module name, because
this package must stay importable without torch.
"""

from typing import Annotated

from pydantic import Field

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.architectures.cnn import CnnConfig
from trainyard_spec.architectures.densenet import DensenetConfig
from trainyard_spec.architectures.gpt import GptConfig
from trainyard_spec.architectures.matrix_factorization import MatrixFactorizationConfig
from trainyard_spec.architectures.mlp import MlpConfig
from trainyard_spec.architectures.mobilenet import MobilenetConfig
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.architectures.resnet import ResnetConfig
from trainyard_spec.architectures.rnn import RnnConfig
from trainyard_spec.architectures.seq2seq import Seq2seqConfig
from trainyard_spec.architectures.speech_rnn import SpeechRnnConfig
from trainyard_spec.architectures.tcn import TcnConfig
from trainyard_spec.architectures.text_pool import TextPoolConfig
from trainyard_spec.architectures.transformer import TransformerConfig
from trainyard_spec.architectures.two_tower import TwoTowerConfig
from trainyard_spec.architectures.vgg import VggConfig
from trainyard_spec.architectures.vit import VitConfig

ARCHITECTURES: dict[str, type[ArchitectureConfig]] = {
    "mlp": MlpConfig,
    "cnn": CnnConfig,
    "resnet": ResnetConfig,
    "vgg": VggConfig,
    "mobilenet": MobilenetConfig,
    "densenet": DensenetConfig,
    "vit": VitConfig,
    "text_pool": TextPoolConfig,
    "rnn": RnnConfig,
    "transformer": TransformerConfig,
    "tcn": TcnConfig,
    "speech_rnn": SpeechRnnConfig,
    "gpt": GptConfig,
    "seq2seq": Seq2seqConfig,
    "matrix_factorization": MatrixFactorizationConfig,
    "two_tower": TwoTowerConfig,
    "pretrained": PretrainedConfig,
}

AnyArchitecture = Annotated[
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
    | PretrainedConfig,
    Field(discriminator="name"),
]


__all__ = [
    "ARCHITECTURES",
    "AnyArchitecture",
    "ArchitectureConfig",
    "CnnConfig",
    "DensenetConfig",
    "GptConfig",
    "MatrixFactorizationConfig",
    "MlpConfig",
    "MobilenetConfig",
    "PretrainedConfig",
    "ResnetConfig",
    "RnnConfig",
    "Seq2seqConfig",
    "SpeechRnnConfig",
    "TcnConfig",
    "TextPoolConfig",
    "TransformerConfig",
    "TwoTowerConfig",
    "VggConfig",
    "VitConfig",
]
