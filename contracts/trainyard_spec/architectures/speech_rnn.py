"""Configuration of ``speech_rnn``: recurrent layers over the log-mel frames of a recording."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RulesViolated, RuleViolation
from trainyard_spec.tasks import Task


class SpeechRnnConfig(ArchitectureConfig):
    place: ClassVar[int] = 120
    title: ClassVar[str] = "Recurrent network for recordings"
    summary: ClassVar[str] = "LSTM or GRU layers over log-mel frames, thinned out by convolutions first if asked to."
    tasks: ClassVar[tuple[Task, ...]] = (Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION)

    former_names: ClassVar[Mapping[str, str]] = {"layers": "num_layers"}

    name: Literal["speech_rnn"] = "speech_rnn"
    subsampling: Literal[1, 2, 4] = Field(
        default=2,
        description="Subsampling factor: frames that become one before the recurrent layers, by convolutions of "
        "stride 2.",
    )
    channels: int = Field(default=32, ge=1, le=512, description="Output channels of each of these convolutions.")
    cell: Literal["lstm", "gru"] = Field(default="lstm", description="Recurrent cell of each layer.")
    hidden: int = Field(default=128, ge=1, le=4_096, description="Hidden size: units of each layer, in each direction.")
    num_layers: int = Field(default=2, ge=1, le=8, description="Recurrent layers on top of each other.")
    bidirectional: bool = Field(default=True, description="Bidirectional: whether each layer also hears from the end.")
    pooling: Literal["last", "mean", "attention"] = Field(
        default="mean",
        description="Pooling of the last layer's outputs: its final state, their mean, or a mean weighted by "
        "attention. Speech recognition judges every frame.",
    )

    @model_validator(mode="after")
    def _channels_are_of_convolutions(self) -> Self:
        if self.subsampling == 1 and self.channels != type(self).model_fields["channels"].default:
            message = "channels are of convolutions, and without subsampling there are none"
            raise RulesViolated(RuleViolation("channels", message, "Leave it out, or raise subsampling."))
        return self
