"""Configuration of ``causal_lm``: fine-tuning of a pretrained causal language model."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from trainyard_spec.architectures.base import ArchitectureConfig
from trainyard_spec.base import RuleViolation, require_no_violations
from trainyard_spec.tasks import Task

ADAPTER_FIELDS = ("rank", "alpha", "adapter_dropout", "target_modules", "quantization", "base_dtype")
"""Of low-rank adapters alone."""
ADAPTER_FORM = ("rank", "alpha", "target_modules", "quantization")
"""Those in which adapters agree with the ones that they go on from."""


class CausalLmConfig(ArchitectureConfig):
    place: ClassVar[int] = 175
    title: ClassVar[str] = "Pretrained language model"
    summary: ClassVar[str] = (
        "A causal language model that the operator has registered, trained on whole or by low-rank adapters."
    )
    tasks: ClassVar[tuple[Task, ...]] = (Task.LANGUAGE_MODELLING, Task.INSTRUCTION_TUNING, Task.PREFERENCE_TUNING)

    adaptation: ClassVar[frozenset[str]] = frozenset({"method", "gradient_checkpointing", *ADAPTER_FIELDS})

    name: Literal["causal_lm"] = "causal_lm"
    model: str = Field(
        default="default",
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$",
        description="Pretrained model: the name under which the operator registered it.",
    )
    method: Literal["lora", "full"] = Field(
        default="lora", description="Fine-tuning method: low-rank adapters (LoRA), or all of its weights."
    )
    rank: int = Field(default=16, ge=1, le=256, description="LoRA rank of the adapters.")
    alpha: int = Field(default=32, ge=1, le=1_024, description="LoRA alpha: the adapters count alpha / rank times.")
    adapter_dropout: float = Field(default=0.0, ge=0, lt=1, description="LoRA dropout, before the adapters.")
    target_modules: Literal["all_linear", "attention"] = Field(
        default="all_linear", description="LoRA target modules: every dense layer, or those of the attention alone."
    )
    quantization: Literal["none", "int8", "int4"] = Field(
        default="none",
        description="Quantization of the fixed weights below the adapters (QLoRA), where the worker's device has it.",
    )
    base_dtype: Literal["float32", "stored"] = Field(
        default="float32",
        description="Data type of the fixed weights below the adapters: float32, or the one that they are stored in, "
        "such as bfloat16, in half the memory.",
    )
    gradient_checkpointing: bool = Field(
        default=False,
        description="Gradient checkpointing: computes each layer twice and keeps far fewer activations.",
    )

    @model_validator(mode="after")
    def _adapters_are_those_of_lora(self) -> Self:
        if self.method == "full":
            require_no_violations(
                RuleViolation(
                    name, f"{name} is of adapters, and the method full has none", "Leave it out, or use lora."
                )
                for name in ADAPTER_FIELDS
                if getattr(self, name) != type(self).model_fields[name].default
            )
        if self.quantization != "none" and self.base_dtype != "float32":
            message = "quantized weights have a data type of their own"
            require_no_violations([RuleViolation("base_dtype", message, "Leave it out, or set quantization to none.")])
        return self
