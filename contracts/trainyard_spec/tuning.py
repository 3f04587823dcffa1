"""How conversations become a language model's examples, and what is asked of it about preferences."""

from pydantic import Field

from trainyard_spec.base import ContractModel


class TuningConfig(ContractModel):
    """An example with more than ``max_length`` tokens is cut at its end; what then teaches nothing is left out."""

    max_length: int = Field(
        default=1_024,
        ge=8,
        le=131_072,
        description="Maximum sequence length: tokens of an example, or of a packed row; longer ones are cut at the "
        "end.",
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
