"""Configuration of ``pretrained``: fine-tuning of a pretrained encoder of texts, images or audio."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RuleViolation, require_no_violations
from trainyard_spec.tasks import Task


class PretrainedConfig(ArchitectureConfig):
    place: ClassVar[int] = 170
    title: ClassVar[str] = "Pretrained network"
    summary: ClassVar[str] = "A network that the operator has registered, trained on whole or by low-rank adapters."
    tasks: ClassVar[tuple[Task, ...]] = (
        *(Task.TEXT_CLASSIFICATION, Task.IMAGE_CLASSIFICATION, Task.IMAGE_REGRESSION),
        *(Task.AUDIO_CLASSIFICATION, Task.SPEECH_RECOGNITION, Task.TEXT_REGRESSION),
        *(Task.SENTENCE_EMBEDDING, Task.TRANSLATION, Task.TOKEN_CLASSIFICATION),
    )
    adaptation: ClassVar[frozenset[str]] = frozenset({"method", "rank", "alpha", "adapter_dropout"})

    name: Literal["pretrained"] = "pretrained"
    model: str = Field(
        default="default",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$",
        description="Pretrained model: the name under which the operator registered it.",
    )
    method: Literal["lora", "full"] = Field(
        default="lora", description="Fine-tuning method: low-rank adapters (LoRA), or all of its weights."
    )
    rank: int = Field(default=8, ge=1, le=256, description="LoRA rank of the adapters.")
    alpha: int = Field(default=16, ge=1, le=1_024, description="LoRA alpha: the adapters count alpha / rank times.")
    adapter_dropout: float = Field(default=0.0, ge=0, lt=1, description="LoRA dropout, before the adapters.")
    source_language: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Source language, of multilingual translators only: its code in the network's vocabulary, such as "
        "eng_Latn.",
    )
    target_language: str | None = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Target language, of multilingual translators only: its code in the network's vocabulary, such as "
        "deu_Latn.",
    )
    pooling: Literal["mean", "cls"] = Field(
        default="mean", description="Pooling of its outputs, texts only: the mean over all tokens, or the first (cls)."
    )

    @model_validator(mode="after")
    def _adapters_are_those_of_lora(self) -> Self:
        if self.method == "full":
            defaults = {name: type(self).model_fields[name].default for name in ("rank", "alpha", "adapter_dropout")}
            require_no_violations(
                RuleViolation(
                    name, f"{name} is of adapters, and the method full has none", "Leave it out, or use lora."
                )
                for name, default in defaults.items()
                if getattr(self, name) != default
            )
        return self
