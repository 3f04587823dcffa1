"""Fine-tuning: how a training continues from an earlier model, and the conditions under which it can."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from trainyard_spec.base import ContractModel, RuleViolation
from trainyard_spec.tasks import DataKind, Task

if TYPE_CHECKING:
    from trainyard_spec.training import TrainingSpec

ModelId = Annotated[str, Field(pattern=r"^mdl_[0-9a-z]+$")]
Head = Literal["auto", "keep", "new"]


class FineTuningConfig(ContractModel):
    """Fine-tuning of a network that starts from a model.

    Its head are the weights whose number depends on the number of outputs; its body are all others.
    """

    head: Head = Field(
        default="auto",
        description="Head: keep that of the model, or draw a new one; auto: keep it where task and classes are the "
        "same.",
    )
    freeze: bool = Field(
        default=False, description="Frozen body: only the head learns, and norms of the body keep their statistics."
    )
    body_lr: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="Learning rate of the body, before the schedule; without: that of the optimizer.",
    )


def fine_tuning_violations(spec: "TrainingSpec") -> Iterator[RuleViolation]:
    """What of ``training.fine_tuning`` contradicts the rest of ``spec``, or would be ignored."""
    tuning, training = spec.training.fine_tuning, spec.training
    if spec.init_from is None:
        if tuning is not None:
            message = "fine_tuning is of a training that starts from a model, and this one starts from none"
            yield RuleViolation("training.fine_tuning", message, "Name the model in init_from, or leave it out.")
        return
    if training.init != "default":
        message = "init draws weights anew, and this training starts from those of a model"
        yield RuleViolation("training.init", message, "Leave it out.")
    if tuning is None:
        return
    if tuning.freeze and tuning.body_lr is not None:
        message = "body_lr is of a body that learns, and freeze keeps it as it is"
        yield RuleViolation("training.fine_tuning.body_lr", message, "Leave one of the two out.")
    if tuning.freeze and getattr(spec.architecture, "method", None) == "lora":
        message = "freeze keeps the body as it is, and adapters of the method lora are a part of it"
        yield RuleViolation("training.fine_tuning.freeze", message, "Leave it out, or set architecture.method to full.")
    if not has_head(spec) and tuning != FineTuningConfig():
        message = f"the network of {spec.task} has no head apart from its body"
        yield RuleViolation("training.fine_tuning", message, "Leave it out.")


def has_head(spec: "TrainingSpec") -> bool:
    """Whether what a network gives is told by layers of their own: not by the vectors of tokens, users or items.

    Of an embedding every layer makes the vector that it is asked for.
    """
    traits = spec.task.traits
    return not traits.writes and traits.data != DataKind.INTERACTIONS and spec.task != Task.SENTENCE_EMBEDDING


def tuning_of(spec: "TrainingSpec") -> FineTuningConfig:
    """The section of ``spec``, or its defaults."""
    return spec.training.fine_tuning or FineTuningConfig()
