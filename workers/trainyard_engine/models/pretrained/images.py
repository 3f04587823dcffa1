"""Images: a vision transformer or a convolutional network, pooled and normed as its authors do before its head."""

from typing import Any

from torch import Tensor

from trainyard_engine.core.pretrained_backbones import PretrainedBackbone
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.pretrained.network import Pretrained, config_of, with_new_head
from trainyard_spec.architectures.pretrained import PretrainedConfig


class PretrainedImages(Pretrained):
    """Float32 (batch, channels, height, width), of the size that the network was trained on, to (batch, outputs)."""

    def __init__(self, config: PretrainedConfig, context: BuildContext, base: PretrainedBackbone) -> None:
        super().__init__()
        from transformers import AutoModelForImageClassification

        # Of two classes of one kind of network, ``architectures`` chooses: without, none is chosen at all.
        known = config_of(base, dropout=context.dropout, num_labels=context.outputs, architectures=[])
        self.network: Any = with_new_head(AutoModelForImageClassification, known, base)
        self.adapt(self.network.base_model, config, base)

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.network(pixel_values=images).logits
        return outputs
