"""The loop of PyTorch's own tutorial: a ``Dataset``, a ``DataLoader``, one step after the other."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Material, Workload, material_of


class Rows(Dataset[tuple[Tensor, Tensor]]):
    """One row at a time, as a transform leaves it."""

    def __init__(self, material: Material) -> None:
        self._material = material

    def __len__(self) -> int:
        return len(self._material.target)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        material = self._material
        return material.normalized(material.inputs[index]), material.target[index]


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    material = material_of(workload, data, threads=threads)
    model = material.network.to(memory_format=torch.contiguous_format)
    loader = DataLoader(Rows(material), batch_size=material.batch_size, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, weight_decay=0.01)

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        running_loss = 0.0
        while True:
            for inputs, labels in loader:
                optimizer.zero_grad()
                loss = criterion(model(inputs), labels)
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
                if window.step(len(labels)):
                    return window.pace()

    return train
