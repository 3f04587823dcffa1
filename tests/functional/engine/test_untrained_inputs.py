"""Trainings whose data hold what training never met: killed and resumed, on one slot and on two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.compiled import make_spec, with_parts, write_documents, write_table, write_texts
from tests.support.engine_server import EngineServer
from tests.support.fault_scale import time_limit
from tests.support.resumption import assert_same_training, killed_at
from tests.support.trainings import Case, Undisturbed
from trainyard_engine.core.model import LoadedModel
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict

pytestmark = time_limit(quick=600, full=600)

OPTIONS: dict[str, Any] = {"epochs": 6, "batch_size": 8, "checkpoint": {"every_steps": 4}}
PARTS = np.arange(150) % 3
"""Of every row; what the others hold alone, training never meets."""


def table(directory: Path) -> Path:
    """Two classes, half and half, by a category; the third category is in other parts alone."""
    codes = np.where(PARTS == 0, np.arange(150) // 3 % 2, 2)[:, None].astype(np.int32)
    numeric = np.random.default_rng(0).normal(size=(150, 1))
    return with_parts(write_table(directory, numeric, codes, np.arange(150) // 3 % 2), PARTS)


def texts(directory: Path) -> Path:
    words = [f"goal match {number % 9}" if number // 3 % 2 else f"film scene {number % 9}" for number in range(150)]
    said = [text if part == 0 else "ΩΨ ΞΞ" for text, part in zip(words, PARTS, strict=True)]
    return with_parts(write_texts(directory, said, np.arange(150) // 3 % 2), PARTS)


def documents(directory: Path) -> Path:
    said = ["a bad cabbage" * 4 if part == 0 else "ΩΨΞ" * 9 for part in PARTS]
    return with_parts(write_documents(directory, said), PARTS)


CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any], Callable[[Path], Path], Any]] = {
    "table": ("tabular_classification", {"name": "mlp", "hidden": [8]}, {}, table, {"n0": 0.1, "k0": "mauve"}),
    "texts": (
        "text_classification",
        {"name": "rnn", "embedding": 4, "hidden": 4},
        {"text": {"tokenizer": "bpe", "vocabulary": 300, "max_length": 12}},
        texts,
        "ΩΨ",
    ),
    "documents": (
        "language_modelling",
        {"name": "gpt", "d_model": 8, "num_heads": 2, "num_layers": 1},
        {"text": {"tokenizer": "characters", "max_length": 16}},
        documents,
        {"text": "ΩΨ", "max_tokens": 1},
    ),
}


@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_killed_and_resumed_it_ends_in_the_same_bits_and_answers_alike(
    server: EngineServer, tmp_path: Path, name: str, slots: int
) -> None:
    task, network, options, write, unknown = CASES[name]
    spec = make_spec(task, network, **OPTIONS, **options) | {"split": {"by": "given"}, "resources": {"slots": slots}}
    case, out = Case(name, spec, write(tmp_path / "data"), threads=slots), tmp_path / "out"
    undisturbed = Undisturbed(case, tmp_path / "whole", case.start(server, tmp_path / "whole"))
    assert undisturbed.child.wait() == 0, undisturbed.child.seen[-1]
    runs = [killed_at(case.start(server, out), undisturbed.result["step"] // 3), case.start(server, out)]
    assert runs[-1].wait() == 0, runs[-1].seen[-1]
    assert_same_training(runs, out, undisturbed)
    whole, resumed = (load_model(path, "cpu", threads=1) for path in (undisturbed.out, out))
    assert answered(whole, unknown) == answered(resumed, unknown)


def answered(model: LoadedModel, unknown: Any) -> dict[str, Any]:
    """What is said of an unknown input, which is what the training rows' shares say."""
    (answer,) = predict(model, [unknown])
    assert answer["warnings"][0]["code"].startswith("unknown_")
    if "probabilities" in answer:
        assert answer["probabilities"]["c1"] == pytest.approx(0.5, abs=0.05)
    else:
        assert answer["text"] == "a"
    return answer
