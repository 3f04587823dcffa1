"""Hugging Face's ``Trainer``, with a model that returns its loss, as the documentation asks of any module."""

from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from torch import Tensor, nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainerCallback, TrainerControl, TrainingArguments

from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Material, Workload, material_of


class Rows(Dataset[dict[str, Tensor]]):
    def __init__(self, material: Material) -> None:
        self._material = material

    def __len__(self) -> int:
        return len(self._material.target)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"input_ids": self._material.inputs[index], "labels": self._material.target[index]}


class Classifier(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.network(input_ids)
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


class Timed(TrainerCallback):  # type: ignore[misc]  # absent from the project's own environment
    def __init__(self, window: Window, size: int) -> None:
        self._window = window
        self._size = size

    def on_step_end(self, _arguments: Any, _state: Any, control: TrainerControl, **_: Any) -> None:
        if self._window.step(self._size):
            control.should_training_stop = True


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    material = material_of(workload, data, threads=threads)
    model = Classifier(material.network)

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        arguments = TrainingArguments(
            output_dir=mkdtemp(prefix="trainyard-bench-"),
            per_device_train_batch_size=material.batch_size,
            num_train_epochs=1_000,
            learning_rate=0.001,
            weight_decay=0.01,
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
        )
        trainer = Trainer(
            model=model,
            args=arguments,
            train_dataset=Rows(material),
            callbacks=[Timed(window, material.batch_size)],
        )
        trainer.train()
        return window.pace()

    return train
