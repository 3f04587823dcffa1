"""Body of ``POST /jobs``: a training spec, and the terms agreed for it."""

from pydantic import Field

from trainyard_spec.training import TrainingSpec


class JobSubmission(TrainingSpec):
    """Training spec with an optional binding quote."""

    accept_quote: str | None = Field(
        default=None, description="Id of a binding quote for this very spec: the job costs no more than it promises."
    )
