"""Handwritten digits: networks of images, beside models of pixels and the layers of one in a loop of torch alone."""

from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Array, Compared, accuracies, trained
from demo.data import write_digits
from tests.support.compiling import accepted
from trainyard_engine.core.split import Split, split_rows
from trainyard_spec.tasks import Task

EPOCHS, BATCH, RATE = 12, 32, 0.003
UNTOUCHED = ("cnn", "resnet", "vit", "mlp")
"""Networks of which a spec gives the name and nothing else."""


def run(directory: Path) -> list[ResultRow]:
    source = directory / "digits.zip"
    write_digits(source)
    accepted(source, Task.IMAGE_CLASSIFICATION)
    data = directory / "compiled"
    untouched = {
        name: trained("image_classification", {"name": name}, data, directory / name, **DEFAULTS) for name in UNTOUCHED
    }
    ours = trained(
        "image_classification",
        {"name": "cnn", "channels": [16, 32], "hidden": [64]},
        data,
        directory / "out",
        epochs=EPOCHS,
        batch_size=BATCH,
        optimizer={"name": "adamw", "lr": RATE},
    )
    target = np.load(data / "target.npy")
    split = split_rows(target, SPLIT)
    pixels = np.load(data / "images.npy").reshape(len(target), 64) / 255
    models = {
        "logistic regression": LogisticRegression(max_iter=2_000),
        "5 nearest neighbours": KNeighborsClassifier(5),
    }
    baseline, *references = accuracies(models, pixels, target, split)
    compared = Compared(
        task="image classification",
        data="digits",
        metric="accuracy",
        baseline=baseline,
        references=(*references, Figure("cnn in plain torch", _plain_torch(pixels, target, split))),
    )
    return [compared.row("cnn", ours), *(compared.row(f"{name}, defaults", found) for name, found in untouched.items())]


def _plain_torch(pixels: Array, target: Array, split: Split) -> float:
    """Accuracy of two convolutions and a hidden layer, trained as many steps as ours, by torch's own parts alone."""
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    images, labels = torch.from_numpy(pixels).float().view(-1, 1, 8, 8), torch.from_numpy(target)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE)
    train, test = torch.from_numpy(split.train), torch.from_numpy(split.test)
    for _ in range(EPOCHS):
        for rows in train[torch.randperm(len(train))].split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(images[rows]), labels[rows]).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    with torch.inference_mode():
        return (network(images[test]).argmax(dim=1) == labels[test]).float().mean().item()
