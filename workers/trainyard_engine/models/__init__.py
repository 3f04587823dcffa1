"""Builds the networks of the catalogue; their configurations are in ``trainyard_spec.architectures``."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from trainyard_engine.core.rng import seed_torch
from trainyard_engine.models import (
    cnn,
    densenet,
    gpt,
    matrix_factorization,
    mlp,
    mobilenet,
    pretrained,
    resnet,
    rnn,
    seq2seq,
    speech_rnn,
    tcn,
    text_pool,
    transformer,
    two_tower,
    vgg,
    vit,
)
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.initialization import initialize
from trainyard_spec.training import TrainingSpec

BUILDERS: dict[str, Callable[[Any, BuildContext], nn.Module]] = {
    "mlp": mlp.build,
    "cnn": cnn.build,
    "resnet": resnet.build,
    "vgg": vgg.build,
    "mobilenet": mobilenet.build,
    "densenet": densenet.build,
    "vit": vit.build,
    "text_pool": text_pool.build,
    "rnn": rnn.build,
    "transformer": transformer.build,
    "matrix_factorization": matrix_factorization.build,
    "two_tower": two_tower.build,
    "tcn": tcn.build,
    "speech_rnn": speech_rnn.build,
    "gpt": gpt.build,
    "seq2seq": seq2seq.build,
    "pretrained": pretrained.build,
}


def build_model(spec: TrainingSpec, context: BuildContext) -> nn.Module:
    """The spec's network on the CPU, float32, with the first weights that belong to its seed.

    Raises ``EngineFault`` when the architecture does not fit the data.
    """
    seed_torch("init", spec.training.seed)
    model = build_bare(spec, context)
    initialize(model, spec.training.init)
    if len(context.input_shape) == 3:
        # On a CPU a step of the cnn takes three quarters of the time that it takes in the default format.
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # absent from torch's stubs
    return model


def build_bare(spec: TrainingSpec, context: BuildContext) -> nn.Module:
    """The network with whatever weights its layers are born with."""
    return BUILDERS[spec.architecture.name](spec.architecture, context)


def parameters_of(model: nn.Module) -> int:
    """How many numbers training may change."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


__all__ = ["BUILDERS", "BuildContext", "build_bare", "build_model", "parameters_of"]
