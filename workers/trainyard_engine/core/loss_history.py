"""Loss history: how the losses of a training went, in a few numbers however long it is."""

import torch
from torch import Tensor

from trainyard_spec.base import WireModel


class LossState(WireModel):
    """``start`` is the first step's training loss; the others are of whole epochs, ``train_…`` the mean over an epoch's
    steps. ``…_at_best`` belongs to the epoch of the lowest validation loss, the first of which is ``first_val``.

    ``total`` is over the ``steps`` taken in the epoch under way. Checkpoints of earlier releases hold none.
    """

    start: float | None = None
    first_val: float | None = None
    best_val: float | None = None
    best_epoch: int = 0
    train_at_best: float | None = None
    train: float | None = None
    epochs: int = 0
    total: float = 0.0
    steps: int = 0


class Losses:
    """``state`` is all it remembers. Losses of steps stay on the device until somebody asks."""

    def __init__(self, state: LossState | None = None) -> None:
        self._begin(state or LossState())

    def _begin(self, told: LossState) -> None:
        self._told = told
        self._start: Tensor | None = None
        self._total: float | Tensor = told.total
        self._steps = told.steps

    @property
    def state(self) -> LossState:
        start = self._told.start if self._start is None else self._start.item()
        return self._told.model_copy(update={"start": start, "total": float(self._total), "steps": self._steps})

    def step(self, loss: Tensor, *, step: int) -> None:
        """Notes the loss of step number ``step`` (from 1)."""
        if step == 1:
            self._start = loss
        self._total = loss.to(torch.float64) + self._total
        self._steps += 1

    def epoch(self, val: float) -> None:
        """Notes the end of an epoch, with its validation loss."""
        found = self.state
        train = found.total / found.steps if found.steps else None
        update = {"train": train, "epochs": found.epochs + 1, "total": 0.0, "steps": 0}
        if found.first_val is None:
            update["first_val"] = val
        if found.best_val is None or val < found.best_val:
            update |= {"best_val": val, "best_epoch": found.epochs + 1, "train_at_best": train}
        self._begin(found.model_copy(update=update))
