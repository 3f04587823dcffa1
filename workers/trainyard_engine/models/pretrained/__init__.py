"""``pretrained``: a registered network of ``transformers`` with a new head, all of it trained or by adapters alone."""

from torch import nn

from trainyard_engine.core.faults import invalid_input
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.pretrained.images import PretrainedImages
from trainyard_engine.models.pretrained.network import Pretrained
from trainyard_engine.models.pretrained.recordings import PretrainedRecordings
from trainyard_engine.models.pretrained.spectrograms import PretrainedSpectrograms
from trainyard_engine.models.pretrained.texts import PretrainedTexts
from trainyard_engine.models.pretrained.translators import PretrainedTranslator
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.pretrained import PretrainedConfig
from trainyard_spec.pretrained_models import (
    AUDIO_FAMILY,
    IMAGE_FAMILY,
    SPECTROGRAM_FAMILY,
    TEXT_FAMILY,
    TRANSLATION_FAMILY,
    PretrainedFamily,
)

NETWORKS: dict[PretrainedFamily, type[Pretrained]] = {
    TEXT_FAMILY: PretrainedTexts,
    IMAGE_FAMILY: PretrainedImages,
    AUDIO_FAMILY: PretrainedRecordings,
    SPECTROGRAM_FAMILY: PretrainedSpectrograms,
    TRANSLATION_FAMILY: PretrainedTranslator,
}


@architecture("pretrained")
def build(config: PretrainedConfig, context: BuildContext) -> nn.Module:
    """Raises ``EngineFault`` for a registered model that ``transformers`` cannot load."""
    assert context.base is not None  # noqa: S101  the kind has found it
    network = next(network for family, network in NETWORKS.items() if family.holds(context.base.config))
    try:
        return network(config, context, context.base)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise invalid_input(
            f"The pretrained model {config.model} cannot be loaded: {error}",
            code="unusable_model",
            hint="Ask the operator.",
            field="architecture.model",
        ) from error


__all__ = ["Pretrained", "build"]
