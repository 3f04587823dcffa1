"""Audio features: the section ``training.audio``."""

from typing import Self

from pydantic import Field, model_validator

from trainyard_spec.base import ContractModel, RulesViolated, RuleViolation

FULL_SCALE = 32_768
"""What an amplitude of 1 is stored as; samples are int16."""


class AudioConfig(ContractModel):
    """Log-mel spectrogram of recordings; each mel bin is standardized over the training recordings."""

    mels: int = Field(
        default=80, ge=8, le=256, description="Mel bins: bands on the mel scale that a frame is measured in."
    )
    window_ms: float = Field(
        default=25.0, ge=5, le=200, description="Window length in milliseconds: sound that a frame measures."
    )
    hop_ms: float = Field(
        default=10.0, ge=2, le=200, description="Hop length in milliseconds: from one frame to the next."
    )
    max_seconds: float = Field(
        default=30.0,
        ge=0.1,
        le=600,
        description="Maximum duration in seconds: of a recording this much is read, from its start.",
    )

    @model_validator(mode="after")
    def _nothing_is_skipped(self) -> Self:
        if self.hop_ms > self.window_ms:
            message = "hop_ms must not be above window_ms: what lies between two frames would not be heard"
            raise RulesViolated(RuleViolation("hop_ms", message))
        return self
