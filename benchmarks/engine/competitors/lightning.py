"""Lightning, as in its "15 minutes": a ``LightningModule`` with a ``DataLoader``, fitted by a ``Trainer``."""

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from benchmarks.engine.competitors.plain import Rows
from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Workload, material_of


class Classifier(lightning.LightningModule):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        inputs, labels = batch
        loss = nn.functional.cross_entropy(self.network(inputs), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=0.001, weight_decay=0.01)


class Timed(lightning.Callback):
    def __init__(self, window: Window, size: int) -> None:
        self._window = window
        self._size = size

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any, **__: Any) -> None:
        if self._window.step(self._size):
            trainer.should_stop = True


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    material = material_of(workload, data, threads=threads)
    model = Classifier(material.network.to(memory_format=torch.contiguous_format))
    loader = DataLoader(Rows(material), batch_size=material.batch_size, shuffle=True)

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        trainer = lightning.Trainer(
            accelerator="cpu",
            max_epochs=1_000,
            callbacks=[Timed(window, material.batch_size)],
            default_root_dir=mkdtemp(prefix="trainyard-bench-"),
            enable_progress_bar=False,
            enable_model_summary=False,
            # Its own checkpoints are written at the end of an epoch, so not within a round.
            enable_checkpointing=False,
        )
        trainer.fit(model, loader)
        return window.pace()

    return train
