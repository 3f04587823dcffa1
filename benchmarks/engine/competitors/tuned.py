"""The practical limit: all data in one tensor, a batch is one gather, channels last, a fused optimizer, no metrics."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional

from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Workload, material_of


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    material = material_of(workload, data, threads=threads)
    model = material.network
    if material.is_images:
        model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, weight_decay=0.01, fused=True)
    size, rows = material.batch_size, len(material.target)

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        while True:
            order = torch.randperm(rows)
            for begin in range(0, rows - size + 1, size):
                index = order[begin : begin + size]
                inputs = material.normalized(material.inputs.index_select(0, index))
                loss = functional.cross_entropy(model(inputs), material.target.index_select(0, index))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if window.step(size):
                    return window.pace()

    return train
