"""Signs in a training's curves: divergence, over-fitting, a step left out."""

from collections.abc import Iterator

from trainyard_engine.core.loop import Training
from trainyard_engine.core.loss_history import LossState
from trainyard_engine.tasks.verdict.sentences import number
from trainyard_spec.verdicts import Sign, SignCode

WORSE_THAN_START = 1.5
"""A mean loss so many times the first step's is no noise of batches."""
CLEAR_CHANGE = 0.1
"""Of losses, as a share of them."""
LEAST_RISE = 0.02
"""Of a validation loss, as a share of that after the first epoch: what is nearly 0 always rises by a multiple."""


def training_signs(training: Training) -> Iterator[Sign]:
    """Signs in a finished training, whose network has its final weights."""
    losses = training.losses
    if losses.start is not None and losses.train is not None and losses.train > WORSE_THAN_START * losses.start:
        yield Sign(
            code=SignCode.DIVERGED,
            message=f"The training loss rose from {number(losses.start)} at the first step to {number(losses.train)} "
            "in the last epoch. Lower the learning rate (optimizer.lr), or set regularization.clip_norm to 1.",
        )
    if training.skipped_step is not None:
        message = f"Step {training.skipped_step + 1} was left out: it made the loss no number."
        yield Sign(code=SignCode.STEP_LEFT_OUT, message=message)
    yield from _overfitting(losses, training.val_metrics.get("loss"))
    if training.step < training.plan.total_steps and training.spec.early_stopping:
        stopping = training.spec.early_stopping
        yield Sign(
            code=SignCode.STOPPED_EARLY,
            message=f"It stopped after epoch {training.epoch} of {training.plan.epochs}: {stopping.metric} had not "
            f"improved for {stopping.patience} epochs. The model is that of the best epoch.",
        )


def _overfitting(losses: LossState, val: float | None) -> Iterator[Sign]:
    """Where validation, ``val`` with the final weights, got worse while training got better."""
    best, train = losses.best_val, losses.train
    if val is None or best is None or train is None or losses.train_at_best is None or losses.first_val is None:
        return
    rises = val - best > max(CLEAR_CHANGE * best, LEAST_RISE * losses.first_val)
    if rises and train < (1 - CLEAR_CHANGE) * losses.train_at_best:
        yield Sign(
            code=SignCode.OVERFITS,
            message=f"The validation loss rose from {number(best)} after epoch {losses.best_epoch} to {number(val)}, "
            f"while the training loss fell from {number(losses.train_at_best)} to {number(train)}: it learns its "
            "training rows by heart. Use early stopping, or regularize more.",
        )
