"""Timings of a training: where its billed seconds go, and the duration of another training at the same speed."""

from pydantic import Field

from trainyard_spec.base import Count, Seconds, Step, WireModel

FORWARD_SHARE = 1 / 3
"""Of a training step's time: what evaluating the same rows takes, where that was not measured (no gradients)."""


class TrainingTimings(WireModel):
    """Billed seconds of one process's training; ``steps`` excludes the first step.

    ``finish_seconds``, which are unknown beforehand, are those of the final test and of writing the model.
    ``startup_seconds``, from the start of the process to the first step, are not billed.
    """

    steps_per_epoch: Step = Field(ge=1)
    first_step_seconds: Seconds
    steps: Step
    steps_seconds: Seconds
    validations: Count = 0
    validations_seconds: Seconds = 0.0
    checkpoints: Count = 0
    checkpoints_seconds: Seconds = 0.0
    finish_seconds: Seconds | None = None
    startup_seconds: Seconds | None = None

    @property
    def step_seconds(self) -> float:
        """Seconds of a step after the first; of the first where there was no other."""
        return self.steps_seconds / self.steps if self.steps else self.first_step_seconds

    def training_seconds(self, *, epochs: int, checkpoint_every: int, val_share: float, test_share: float) -> float:
        """How long a training of so many ``epochs`` is billed, with a checkpoint after each ``checkpoint_every`` steps.

        The shares are the rows of the parts for each row that trains: by them is guessed what was not measured.
        """
        steps = epochs * self.steps_per_epoch
        epoch_forward = self.steps_per_epoch * self.step_seconds * FORWARD_SHARE
        validation = self.validations_seconds / self.validations if self.validations else epoch_forward * val_share
        checkpoint = self.checkpoints_seconds / self.checkpoints if self.checkpoints else 0.0
        finish = epoch_forward * test_share if self.finish_seconds is None else self.finish_seconds
        return (
            self.first_step_seconds
            + (steps - 1) * self.step_seconds
            + epochs * validation
            + (steps - 1) // checkpoint_every * checkpoint
            + finish
        )
