"""The trainings that tests of commands and of exact resume run."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from tests.support.compiled import make_spec, write_json
from tests.support.engine_server import EngineChild, EngineServer
from trainyard_engine.core.messages import Messages
from trainyard_engine.core.session import TrainingRequest, train
from trainyard_engine.distributed.collectives import Group
from trainyard_spec.validation import parse_training_spec


@dataclass(frozen=True)
class Case:
    """A training: its spec and its compiled data."""

    name: str
    spec: dict[str, Any]
    data: Path
    threads: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def start(self, server: EngineServer, out: Path, *, threads: int | None = None) -> EngineChild:
        out.mkdir(parents=True, exist_ok=True)
        spec = write_json(out / "spec.json", self.spec)
        arguments = ("--spec", spec, "--data", self.data, "--out", out, "--threads", threads or self.threads)
        return server.start("train", *arguments, directory=out, environment=self.environment)


SPECS: dict[str, dict[str, Any]] = {
    "cnn-images": make_spec(
        "image_classification",
        {"name": "cnn", "channels": [4, 6], "hidden": [8], "norm": "batch"},
        epochs=8,
        optimizer={"name": "adamw", "lr": 0.01},
        schedule={"name": "cosine", "warmup_steps": 5},
        regularization={"dropout": 0.2, "label_smoothing": 0.05, "clip_norm": 1.0, "l2": 0.001},
        augment=[{"name": "flip"}, {"name": "crop", "padding": 1}],
        early_stopping={"metric": "val_accuracy", "patience": 100},
        checkpoint={"every_steps": 3},
    ),
    "mlp-table-classification": make_spec(
        "tabular_classification",
        {"name": "mlp", "hidden": [16, 8], "norm": "layer"},
        epochs=6,
        optimizer={"name": "sgd", "lr": 0.05, "momentum": 0.9, "nesterov": True},
        schedule={"name": "inverse_time", "decay": 0.1},
        regularization={"dropout": 0.1, "l1": 0.0001},
        checkpoint={"every_steps": 3},
    ),
    "rnn-texts": make_spec(
        "text_classification",
        {"name": "rnn", "cell": "gru", "embedding": 6, "hidden": 5, "num_layers": 2, "pooling": "attention"},
        epochs=6,
        optimizer={"name": "adamw", "lr": 0.02},
        regularization={"dropout": 0.2},
        augment=[{"name": "token_dropout"}],
        text={"tokenizer": "bpe", "vocabulary": 400, "max_length": 12},
        checkpoint={"every_steps": 3},
    ),
    "mlp-table-regression": make_spec(
        "tabular_regression",
        {"name": "mlp", "hidden": [16], "activation": "silu"},
        epochs=6,
        loss="huber",
        optimizer={"name": "rmsprop", "lr": 0.005, "momentum": 0.5},
        schedule={"name": "exponential", "decay": 0.2},
        early_stopping={"metric": "val_loss", "patience": 100},
        checkpoint={"every_steps": 3},
    ),
}


@dataclass(frozen=True)
class Undisturbed:
    """A training that nothing interrupted, read to its end."""

    case: Case
    out: Path
    child: EngineChild

    @property
    def result(self) -> dict[str, Any]:
        return self.child.of_type("result")[0]


def train_here(
    spec: dict[str, Any],
    data: Path,
    out: Path,
    *,
    init_from: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[dict[str, Any]]:
    """Trains in this process, on one thread; returns the messages. Raises what the engine raises."""
    said = StringIO()
    request = TrainingRequest(
        spec=parse_training_spec(spec), data=data, out=out, threads=1, device="cpu", init_from=init_from
    )
    train(request, Messages(said), Group(), should_stop=should_stop)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def interrupted_here(
    spec: dict[str, Any], data: Path, out: Path, *, after: Iterable[int], init_from: Path | None = None
) -> list[dict[str, Any]]:
    """Trains in this process and stops, by turns, after so many steps; then to the end. Returns the last messages."""
    for steps in after:
        asked = partial(next, iter([False] * steps), True)
        messages = train_here(spec, data, out, init_from=init_from, should_stop=asked)
        assert messages[-1]["type"] == "stopped"
    return train_here(spec, data, out, init_from=init_from)
