"""Lower bound of the memory of a training, from spec and data profile alone.

Weights are counted layer by layer, without biases, norms and what only the data tell (such as the number of tokens):
the count is never more than the engine will build, and nearly all of a large network. Activations are those that the
gradient computation needs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

from trainyard_spec.architectures.gpt import GptConfig
from trainyard_spec.architectures.matrix_factorization import MatrixFactorizationConfig
from trainyard_spec.architectures.mlp import MlpConfig
from trainyard_spec.architectures.rnn import RnnConfig
from trainyard_spec.architectures.tcn import TcnConfig
from trainyard_spec.architectures.text_pool import TextPoolConfig
from trainyard_spec.architectures.transformer import TransformerConfig
from trainyard_spec.architectures.two_tower import TwoTowerConfig
from trainyard_spec.datasets import AnyProfile, ImageProfile, InteractionProfile, SeriesProfile
from trainyard_spec.image_networks import (
    ConvolutionCount,
    count_cnn,
    count_densenet,
    count_mobilenet,
    count_resnet,
    count_vgg,
    count_vit,
)
from trainyard_spec.series import SequenceConfig, SeriesConfig
from trainyard_spec.tasks import Task
from trainyard_spec.texts import TextConfig
from trainyard_spec.training import TrainingConfig, TrainingSpec

Counter = Callable[[Any, TrainingSpec, AnyProfile], "NetworkSize"]

BYTES_PER_NUMBER = 4
STATES: dict[str, int] = {"sgd": 1, "adam": 2, "adamw": 2, "rmsprop": 2, "adagrad": 1}
"""NetworkSize that an optimizer carries for each parameter, at most."""
GATES: dict[str, int] = {"vanilla": 1, "lstm": 4, "gru": 3}


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Number of ``weights`` of a network, and of the ``activations`` that it keeps per example."""

    weights: int
    activations: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes: ``fixed`` for weights, gradients, optimizer state and EMA, and ``per_example`` of a batch."""

    fixed: int
    per_example: int

    @property
    def least(self) -> int:
        """With one example at a time, which is as far as a batch can be divided."""
        return self.fixed + self.per_example

    def with_batch(self, examples: int) -> int:
        """With so many at a time."""
        return self.fixed + examples * self.per_example


def training_bytes(training: TrainingConfig, parameters: int) -> int:
    """Bytes of weights, gradients, optimizer state and average: what every step needs, whatever the batch."""
    copies = 2 + STATES[training.optimizer.name] + (1 if training.ema else 0)
    return copies * parameters * BYTES_PER_NUMBER


def bytes_of_slot(spec: TrainingSpec, whole: int, *, at_end: int, slots: int | None = None) -> int:
    """What one of the slots of ``spec``, or of ``slots``, holds of ``whole``, the bytes that do not depend on a batch.

    Of a sharded training it is an equal part, but not less than the bytes ``at_end``: the first slot then has the
    whole model, to test and write it.
    """
    if spec.training.sharding == "none":
        return whole
    return max(-(-whole // (slots or spec.resources.slots)), at_end)


def footprint(spec: TrainingSpec, profile: AnyProfile) -> Footprint | None:
    """Footprint of a training by ``spec`` on data like ``profile``; ``None`` for an architecture not counted here."""
    count = COUNTED.get(spec.architecture.name)
    if count is None:
        return None
    numbers = count(spec.architecture, spec, profile)
    return Footprint(
        fixed=training_bytes(spec.training, numbers.weights), per_example=BYTES_PER_NUMBER * numbers.activations
    )


def _mlp(config: MlpConfig, spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    return _dense([_inputs(spec, profile), *config.hidden, 1])


def _text_pool(config: TextPoolConfig, _spec: TrainingSpec, _profile: AnyProfile) -> NetworkSize:
    return _dense([config.embedding, *config.hidden, 1])


def _rnn(config: RnnConfig, spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    directions, gates = (2 if config.bidirectional else 1), GATES[config.cell]
    width = directions * config.hidden
    inputs = [config.embedding, *[width] * (config.num_layers - 1)]
    weights = sum(directions * gates * config.hidden * (size + config.hidden) for size in inputs)
    return NetworkSize(weights, _steps(spec, profile) * config.num_layers * gates * width)


def _transformer(config: TransformerConfig, spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    width, hidden = config.d_model, config.d_ff
    weights = config.num_layers * (4 * width * width + 2 * width * hidden)
    return NetworkSize(weights, _steps(spec, profile) * config.num_layers * (6 * width + hidden))


def _gpt(config: GptConfig, spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    width, steps = config.d_model, _steps(spec, profile)
    weights = config.num_layers * 12 * width * width + steps * width
    return NetworkSize(weights, steps * config.num_layers * 10 * width)


def _matrix_factorization(config: MatrixFactorizationConfig, _spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    return NetworkSize(_users(profile) * config.factors, 2 * config.factors)


def _two_tower(config: TwoTowerConfig, _spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    tower = _dense([config.embedding, *config.hidden, config.factors])
    return NetworkSize(_users(profile) * config.embedding + 2 * tower.weights, 2 * tower.activations)


def _dense(widths: Sequence[int]) -> NetworkSize:
    return NetworkSize(weights=sum(prod(pair) for pair in pairwise(widths)), activations=sum(widths))


def _inputs(spec: TrainingSpec, profile: AnyProfile) -> int:
    """NetworkSize of an example, where the profile tells them: a table's become more by its categories."""
    if isinstance(profile, ImageProfile):
        return profile.channels * profile.height * profile.width
    if isinstance(profile, SeriesProfile):
        return len(profile.channels) * _steps(spec, profile)
    return 1


def _steps(spec: TrainingSpec, profile: AnyProfile) -> int:
    """Steps of one example, at most, as far as the profile tells; of texts all that a model reads which writes on."""
    if isinstance(profile, SeriesProfile):
        if spec.task == Task.TIME_SERIES_FORECASTING:
            return (spec.training.series or SeriesConfig()).context
        return min(profile.longest, (spec.training.sequence or SequenceConfig()).max_length)
    if spec.task == Task.LANGUAGE_MODELLING:
        return (spec.training.text or TextConfig()).max_length
    return 1


def _users(profile: AnyProfile) -> int:
    return profile.users if isinstance(profile, InteractionProfile) else 0


def _tcn(config: TcnConfig, spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
    channels = len(profile.channels) if isinstance(profile, SeriesProfile) else 1
    weights = 0
    for outputs in config.channels:
        weights += (channels + outputs) * outputs * config.kernel_size + (channels != outputs) * channels * outputs
        channels = outputs
    return NetworkSize(weights + channels, _steps(spec, profile) * 2 * sum(config.channels))


def _of_images(count: Callable[[Any, ImageProfile], ConvolutionCount]) -> Counter:
    def counted(config: Any, _spec: TrainingSpec, profile: AnyProfile) -> NetworkSize:
        if not isinstance(profile, ImageProfile):
            return NetworkSize(0, 0)
        found = count(config, profile)
        return NetworkSize(found.weights, found.activations)

    return counted


COUNTED: dict[str, Counter] = {
    "mlp": _mlp,
    "cnn": _of_images(count_cnn),
    "resnet": _of_images(count_resnet),
    "vgg": _of_images(count_vgg),
    "mobilenet": _of_images(count_mobilenet),
    "densenet": _of_images(count_densenet),
    "vit": _of_images(count_vit),
    "tcn": _tcn,
    "text_pool": _text_pool,
    "rnn": _rnn,
    "transformer": _transformer,
    "gpt": _gpt,
    "matrix_factorization": _matrix_factorization,
    "two_tower": _two_tower,
}
"""All but those whose weights are registered with the workers, or whose sizes only the texts themselves tell."""
