"""The networks that are trained, and the data they are trained on: drawn at random, compiled like any dataset."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tests.support.compiled import write_images, write_texts
from trainyard_engine.core.dataset import Dataset, open_dataset
from trainyard_engine.core.loop import Training
from trainyard_engine.core.precision import choose_compute, make_deterministic
from trainyard_engine.core.preparation import prepare
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.training import TrainingSpec
from trainyard_spec.validation import parse_training_spec

CLASSES = 10
WORDS = 5_000
CHECKPOINT_STEPS = 200


@dataclass(frozen=True, slots=True)
class Workload:
    """``write`` makes the compiled dataset; texts have as many words as ``text`` says."""

    name: str
    architecture: dict[str, Any]
    batch_size: int
    write: Callable[[Path], Path]
    text: dict[str, Any] | None = None

    def spec(self, **training: Any) -> TrainingSpec:
        given: dict[str, Any] = {
            "epochs": 1_000,
            "batch_size": self.batch_size,
            "optimizer": {"name": "adamw", "lr": 0.001, "weight_decay": 0.01},
            "checkpoint": {"every_steps": CHECKPOINT_STEPS, "max_to_keep": 2},
            **({"text": self.text} if self.text else {}),
        }
        return parse_training_spec(
            {
                "name": self.name,
                "dataset": "dsv_bench",
                "task": "text_classification" if self.text else "image_classification",
                "architecture": self.architecture,
                "training": given | training,
                "split": {"train": 0.98, "val": 0.01, "test": 0.01},
            }
        )

    def training(self, data: Path, *, threads: int, **options: Any) -> Training:
        """The engine's own training, before its first step."""
        return self.prepared(open_dataset(data), threads=threads, **options)

    def prepared(self, dataset: Dataset, *, threads: int, **options: Any) -> Training:
        compute = choose_compute("cpu", "fp32")
        make_deterministic(compute.device, threads=threads)
        return prepare(
            self.spec(**options),
            dataset,
            compute,
            name="bench",
            threads=threads,
            group=Group(),
            warn=lambda _: None,
        )


@dataclass(frozen=True, slots=True)
class Material:
    """What every peer gets: the engine's network, and the rows it trains on as tensors.

    ``inputs`` are uint8 images (rows, channels, height, width), normalized by ``shift`` and ``scale`` per channel, or
    int64 token ids (rows, tokens); ``target`` is int64 (rows,).
    """

    network: nn.Module
    inputs: Tensor
    target: Tensor
    shift: Tensor
    scale: Tensor
    batch_size: int

    @property
    def is_images(self) -> bool:
        return self.inputs.dtype == torch.uint8

    def normalized(self, images: Tensor) -> Tensor:
        return (images.float() - self.shift) / self.scale if self.is_images else images


def material_of(workload: Workload, data: Path, *, threads: int) -> Material:
    """The network as the engine builds it, in torch's default settings."""
    training = workload.training(data, threads=threads)
    torch.use_deterministic_algorithms(False)
    rows = training.split.train
    inputs, target = [], []
    for batch in training.source.batches(rows, size=4096):
        inputs.append(batch.raw[0] if batch.raw[0].dtype == torch.uint8 else batch.raw[0].long())
        target.append(batch.target)
    statistics = training.model.config.statistics
    return Material(
        network=training.model.network.train(),
        inputs=torch.cat(inputs),
        target=torch.cat(target),
        shift=torch.tensor(statistics.shift).reshape(-1, 1, 1),
        scale=torch.tensor(statistics.scale).reshape(-1, 1, 1),
        batch_size=workload.batch_size,
    )


def images(rows: int, *shape: int) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 256, (rows, *shape), dtype=np.uint8)
        return write_images(directory, pixels, _target(rng, rows))

    return write


def texts(rows: int, words: int) -> Callable[[Path], Path]:
    def write(directory: Path) -> Path:
        rng = np.random.default_rng(0)
        vocabulary = np.array([f"w{number}" for number in range(WORDS)])
        chosen = vocabulary[rng.integers(0, WORDS, (rows, words))]
        return write_texts(directory, [" ".join(row) for row in chosen], _target(rng, rows))

    return write


def _target(rng: np.random.Generator, rows: int) -> npt.NDArray[np.int64]:
    return rng.permutation(np.arange(rows) % CLASSES)


def _tokens(count: int) -> dict[str, Any]:
    return {"tokenizer": "words", "vocabulary": WORDS + 100, "max_length": count}


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("mlp 784-512-10, batch 128", {"name": "mlp", "hidden": [512]}, 128, images(60_000, 1, 28, 28)),
        Workload(
            "cnn 32-64, fc 128, batch 64",
            {"name": "cnn", "channels": [32, 64], "hidden": [128]},
            64,
            images(20_000, 3, 32, 32),
        ),
        Workload(
            "cnn 32-64-128, fc 512, batch 64",
            {"name": "cnn", "channels": [32, 64, 128], "hidden": [512]},
            64,
            images(20_000, 3, 32, 32),
        ),
        Workload(
            "lstm 2 × 64, 100 tokens, batch 32",
            {"name": "rnn", "cell": "lstm", "embedding": 64, "hidden": 64, "num_layers": 2, "bidirectional": False},
            32,
            texts(8_000, 100),
            _tokens(100),
        ),
        Workload("text_pool, 100 tokens, batch 32", {"name": "text_pool"}, 32, texts(20_000, 100), _tokens(100)),
        Workload(
            "transformer d 128, 2 layers, 128 tokens, batch 32",
            {"name": "transformer", "d_model": 128, "num_layers": 2},
            32,
            texts(6_000, 128),
            _tokens(128),
        ),
    )
}
