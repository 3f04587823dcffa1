"""Spectrograms: a vision transformer that hears (Gong et al., "AST: Audio Spectrogram Transformer", 2021)."""

from typing import Any

from torch import Tensor, nn

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.audio.spectrogram import SpectrogramProcessor
from trainyard_engine.modalities.audio.waveform import Waves
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.pretrained.network import Pretrained, config_of, loaded
from trainyard_spec.architectures.pretrained import PretrainedConfig


class PretrainedSpectrograms(Pretrained):
    """``Waves`` to (batch, outputs), from the mean of what its two tokens of the whole say."""

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        from transformers import AutoModel

        self.processor = SpectrogramProcessor.of(base.processor, base.config)
        known = config_of(base, dropout=context.dropout)
        self.encoder: Any = loaded(AutoModel, known, base)
        self.adapt(self.encoder, config, base)
        self.dropout = nn.Dropout(context.dropout)
        self.head = nn.Linear(known.hidden_size, context.outputs)
        self._filters: list[Tensor] = []  # In a list they are no part of this module, and made where they are used.

    def forward(self, waves: Waves) -> Tensor:
        if not self._filters:
            self._filters.append(self.processor.filters().to(waves.samples.device))
        features = self.processor.features(waves, self._filters[0])
        outputs: Tensor = self.head(self.dropout(self.encoder(features).pooler_output))
        return outputs
