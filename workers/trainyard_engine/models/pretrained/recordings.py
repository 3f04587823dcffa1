"""Recordings: a network that hears samples as they are (Baevski et al., "wav2vec 2.0", NeurIPS 2020)."""

from typing import Any

import torch
from torch import Tensor, nn

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.modalities.audio.waveform import WaveProcessor, Waves
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.frames import ended
from trainyard_engine.models.layers.tokens import mean_over
from trainyard_engine.models.pretrained.network import Pretrained, config_of, loaded
from trainyard_spec.architectures.pretrained import PretrainedConfig

DROPOUTS = ("hidden_dropout", "attention_dropout", "activation_dropout", "feat_proj_dropout")
UNDRAWN: dict[str, Any] = {
    **dict.fromkeys(("mask_time_prob", "mask_feature_prob", "layerdrop"), 0.0),
    "apply_spec_augment": False,
}
"""Masks and left-out layers of the pretraining, which ``transformers`` draws by numpy's generator: no step of a
training could be repeated by its number."""


class PretrainedRecordings(Pretrained):
    """``Waves`` to (batch, outputs) from the mean over what is heard, or (batch, frames, outputs).

    Of outputs per frame the first stands for nothing, and behind a recording's end it is certain.
    """

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        from transformers import AutoModel

        self.processor = WaveProcessor.of(base.processor, base.config)
        self.per_frame = context.per_frame
        shares = dict.fromkeys(DROPOUTS, context.dropout)
        known = config_of(base, dropout=context.dropout, **UNDRAWN, **shares)
        self.encoder: Any = loaded(AutoModel, known, base)
        self.adapt(self.encoder, config, base)
        self.dropout = nn.Dropout(context.dropout)
        self.head = nn.Linear(known.hidden_size, context.outputs)

    def forward(self, waves: Waves) -> Tensor:
        mask = waves.is_heard.long() if self.processor.has_mask else None
        states = self.encoder(waves.samples, attention_mask=mask).last_hidden_state
        frames = self.processor.frames(waves.lengths)
        is_heard = torch.arange(states.shape[1], device=states.device) < frames[:, None]
        if self.per_frame:
            return ended(self.head(self.dropout(states)), is_heard)
        outputs: Tensor = self.head(self.dropout(mean_over(states, is_heard)))
        return outputs
