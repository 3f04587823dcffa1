"""Fine-tuning on conversations: examples of a language model, and the objectives of preference tuning."""

from typing import Self

from pydantic import Field, model_validator

from trainyard_spec.automatic import AutoTokens
from trainyard_spec.base import ContractModel, RulesViolated, RuleViolation
from trainyard_spec.graders import AnyGrader


class TuningConfig(ContractModel):
    """Fine-tuning on conversations.

    An example with more than ``max_length`` tokens is truncated at its end, and dropped if no token to learn is left.
    """

    max_length: AutoTokens = Field(
        default="auto",
        description="Maximum sequence length: tokens of an example, or of a packed row; longer ones are cut at the "
        "end. auto: 1,024, or the base model's context where that is shorter.",
    )
    packing: bool = Field(
        default=True,
        description="Packing: several examples in one row of max_length tokens, none of which attends to another.",
    )
    beta: float = Field(
        default=0.1,
        gt=0,
        le=100,
        description="Beta of the losses dpo, orpo and kto: the weight of staying near the reference, or of the odds "
        "ratio.",
    )
    graders: tuple[AnyGrader, ...] = Field(
        default=(),
        max_length=6,
        description="Graders: how answers written to test conversations are judged, before and after the training.",
    )
    graded_examples: int = Field(
        default=50, ge=1, le=1_000, description="Test conversations whose last answer is written and graded, at most."
    )
    max_new_tokens: int = Field(default=128, ge=1, le=4_096, description="Tokens of a graded answer, at most.")

    @model_validator(mode="after")
    def _graders_have_names_of_their_own(self) -> Self:
        names = [grader.name for grader in self.graders]
        if len(set(names)) < len(names):
            message = "two graders of one name would have one metric"
            raise RulesViolated(RuleViolation("graders", message, "Keep one of them."))
        return self
