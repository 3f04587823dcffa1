"""Body of ``POST /jobs``: a training spec, and what is agreed beside it."""

from pydantic import Field

from trainyard_spec.training import TrainingSpec


class JobSubmission(TrainingSpec):
    """A training spec, and a binding quote for it."""

    accept_quote: str | None = Field(
        default=None, description="Id of a binding quote for this very spec: the job costs no more than it promises."
    )
