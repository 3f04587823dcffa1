"""``tcn``: dilated causal convolutions in residual blocks (Bai, Kolter & Koltun, 2018)."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from trainyard_engine.modalities.series.steps import PaddedSteps
from trainyard_engine.models.context import BuildContext
from trainyard_engine.models.layers.sequences import channels_of
from trainyard_engine.models.layers.tokens import mean_over
from trainyard_engine.models.registry import architecture
from trainyard_spec.architectures.tcn import TcnConfig


class CausalConv1d(nn.Conv1d):
    """A convolution whose output at a step depends on that step and earlier ones: (batch, channels, steps) as given."""

    def forward(self, x: Tensor) -> Tensor:
        past = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(functional.pad(x, (past, 0)))


class ResidualBlock(nn.Module):
    """Two convolutions, each with ReLU and dropout, added to what came in (section 3.3, figure 1b).

    (batch, inputs, steps) to (batch, outputs, steps); where the two differ, what came in passes a 1×1 convolution.
    """

    def __init__(self, inputs: int, outputs: int, *, dilation: int, config: TcnConfig, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in (inputs, outputs):
            convolution = CausalConv1d(width, outputs, config.kernel_size, dilation=dilation)
            layers += [
                weight_norm(convolution) if config.norm == "weight" else convolution,
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
        self.layers = nn.Sequential(*layers)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv1d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.shortcut(x) + self.layers(x))


class Tcn(nn.Module):
    """``Steps`` to (batch, outputs). What stands behind the end of a series reaches none of its steps."""

    def __init__(self, config: TcnConfig, context: BuildContext) -> None:
        super().__init__()
        self.pooling = config.pooling
        widths = [channels_of(context), *config.channels]
        self.blocks = nn.Sequential(
            *(
                ResidualBlock(inputs, outputs, dilation=2**level, config=config, dropout=context.dropout)
                for level, (inputs, outputs) in enumerate(zip(widths, config.channels, strict=False))
            )
        )
        self.output = nn.Linear(widths[-1], context.outputs)

    def forward(self, inputs: PaddedSteps) -> Tensor:
        values, mask = inputs
        read = self.blocks(values.transpose(1, 2)).transpose(1, 2)
        if self.pooling == "mean":
            pooled = mean_over(read, mask)
        else:
            last = mask.sum(dim=1) - 1
            pooled = read[torch.arange(len(read), device=read.device), last]
        outputs: Tensor = self.output(pooled)
        return outputs


@architecture("tcn")
def build(config: TcnConfig, context: BuildContext) -> nn.Module:
    return Tcn(config, context)
