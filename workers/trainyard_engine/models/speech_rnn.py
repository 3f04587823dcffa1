"""``speech_rnn``: recurrent layers over log-mel frames, thinned out by convolutions first (Amodei et al., "Deep Speech
2", ICML 2016)."""

from typing import Any

from torch import Tensor, nn

from trainyard_engine.modalities.audio.encode import Frames
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.frames import ended
from trainyard_engine.models.layers.recurrent import packed, pooled, read_through, recurrent_layers, unpacked
from trainyard_engine.models.layers.tokens import AttentionPooling
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.speech_rnn import SpeechRnnConfig


class ConvSubsampling(nn.Module):
    """``Frames`` of ``width`` numbers to ``Frames`` half as many, each of ``self.width`` numbers, ``halvings`` times.

    What lies behind a recording's end stays zero, so that its own frames do not depend on the batch that it is in.
    """

    def __init__(self, width: int, channels: int, *, halvings: int) -> None:
        super().__init__()
        inputs = [1, *[channels] * (halvings - 1)][:halvings]
        self.convolutions = nn.ModuleList(nn.Conv2d(size, channels, 3, stride=2, padding=1) for size in inputs)
        for _ in inputs:
            width = _halved(width)
        self.width = width * channels if halvings else width

    def forward(self, frames: Frames) -> Frames:
        if not self.convolutions:
            return frames
        values, lengths = frames.features.unsqueeze(1), frames.lengths
        for convolution in self.convolutions:
            values, lengths = convolution(values).relu(), _halved(lengths)
            thinned = Frames(values.transpose(1, 2), lengths)
            values = values * thinned.is_heard[:, None, :, None]
        return Frames(values.transpose(1, 2).flatten(2), lengths)


class SpeechRnn(nn.Module):
    """``Frames`` to (batch, outputs), or (batch, frames left, outputs). Dropout precedes every layer and the output.

    Of outputs per frame the first stands for nothing, and behind a recording's end it is certain.
    """

    def __init__(self, config: SpeechRnnConfig, context: BuildContext) -> None:
        super().__init__()
        width = config.hidden * (2 if config.bidirectional else 1)
        self.pooling = config.pooling
        self.thinning = ConvSubsampling(
            context.input_shape[0], config.channels, halvings=config.subsampling.bit_length() - 1
        )
        self.dropout = nn.Dropout(context.dropout)
        self.layers = recurrent_layers(
            config.cell,
            self.thinning.width,
            config.hidden,
            layers=config.num_layers,
            bidirectional=config.bidirectional,
        )
        self.per_frame = context.per_frame
        self.attention = None
        if config.pooling == "attention" and not context.per_frame:
            self.attention = AttentionPooling(width)
        self.output = nn.Linear(width, context.outputs)

    def forward(self, frames: Frames) -> Tensor:
        thinned: Frames = self.thinning(frames)
        mask = thinned.is_heard
        read, state = read_through(self.layers, packed(thinned.features, mask), self.dropout)
        if self.per_frame:
            return ended(self.output(self.dropout(unpacked(read, mask))), mask)
        summary = pooled(read, state, mask, pooling=self.pooling, attention=self.attention)
        outputs: Tensor = self.output(self.dropout(summary))
        return outputs


def _halved(size: Any) -> Any:
    """Rounded up, of an int or a tensor of them."""
    return (size + 1) // 2


@architecture("speech_rnn")
def build(config: SpeechRnnConfig, context: BuildContext) -> nn.Module:
    return SpeechRnn(config, context)
