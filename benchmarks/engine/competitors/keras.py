"""Keras on its torch backend: the same torch module as a layer, ``compile`` and ``fit`` on arrays in memory."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"

import keras
import torch

from benchmarks.engine.window import Pace, Window
from benchmarks.engine.workloads import Workload, material_of


class Timed(keras.callbacks.Callback):
    def __init__(self, window: Window, size: int) -> None:
        super().__init__()
        self._window = window
        self._size = size

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._window.step(self._size):
            self.model.stop_training = True


def prepare(workload: Workload, data: Path, *, threads: int) -> Callable[[float], Pace]:
    keras.config.disable_interactive_logging()
    material = material_of(workload, data, threads=threads)
    network = material.network.to(memory_format=torch.contiguous_format)
    inputs = material.inputs.numpy()
    layers: list[Any] = [keras.Input(inputs.shape[1:], dtype=str(inputs.dtype))]
    if material.is_images:
        mean, variance = material.shift.flatten().tolist(), material.scale.flatten().square().tolist()
        layers.append(keras.layers.Normalization(axis=1, mean=mean, variance=variance))
    model = keras.Sequential([*layers, keras.layers.TorchModuleWrapper(network)])
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    def train(seconds: float) -> Pace:
        window = Window(seconds)
        model.fit(
            inputs,
            material.target.numpy(),
            batch_size=material.batch_size,
            epochs=1_000,
            verbose=0,
            callbacks=[Timed(window, material.batch_size)],
        )
        return window.pace()

    return train
