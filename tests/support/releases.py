"""What a release leaves on disk, for later ones to read: ``python -m tests.support.releases DIRECTORY``.

Run with a release's own sources, it writes one archive for each training below: the compiled ``data``, an
``interrupted`` training with its checkpoint, the ``model`` that the same training ends with, ``inputs.json`` and the
model's ``predictions.json``. Only commands are used, so it works with any release.
"""

import base64
import csv
import io
import json
import math
import random
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import Image

ENGINE = [sys.executable, "-m", "trainyard_engine"]
INPUTS = 3


@dataclass(frozen=True)
class Release:
    """A training: an upload, how it is compiled, what is trained on it, and what the model is asked."""

    name: str
    task: str
    source: tuple[str, bytes]
    options: dict[str, str]
    architecture: dict[str, Any]
    inputs: list[Any]
    training: dict[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> dict[str, Any]:
        training = {"epochs": 15, "batch_size": 8, "optimizer": {"name": "adamw", "lr": 0.01}, **self.training}
        training["checkpoint"] = {"every_steps": 3, "keep": 2}
        names = {"name": self.name, "dataset": "dsv_local", "task": self.task}
        return {**names, "architecture": self.architecture, "training": training}


def table(*rows: Iterable[Any]) -> bytes:
    """CSV, the header first."""
    content = io.StringIO()
    csv.writer(content, lineterminator="\n").writerows(rows)
    return content.getvalue().encode()


def flowers() -> Release:
    rows = [
        {"a": round(math.sin(i), 3), "b": i % 7, "colour": ("red", "blue")[i % 2], "species": f"s{i % 7 // 3}"}
        for i in range(60)
    ]
    training = {
        "schedule": {"name": "plateau"},
        "early_stopping": {"metric": "val_loss", "patience": 50},
        "ema": {"decay": 0.9},
        "regularization": {"dropout": 0.1},
    }
    return Release(
        name="tabular_classification-mlp",
        task="tabular_classification",
        source=("flowers.csv", table(rows[0], *(row.values() for row in rows))),
        options={"target": "species"},
        architecture={"name": "mlp", "hidden": [6], "norm": "batch"},
        training=training,
        inputs=[{name: row[name] for name in ("a", "b", "colour")} for row in rows[:INPUTS]],
    )


def reviews() -> Release:
    words = random.Random(3)
    rows = [(" ".join(f"word{words.randrange(20) * 2 + i % 2}" for _ in range(6)), f"c{i % 2}") for i in range(60)]
    return Release(
        name="text_classification-transformer",
        task="text_classification",
        source=("reviews.csv", table(("review", "mood"), *rows)),
        options={"target": "mood", "text": "review"},
        architecture={"name": "transformer", "width": 8, "heads": 2, "layers": 1, "feedforward": 12},
        training={"text": {"vocabulary": 300, "max_length": 8}, "schedule": {"name": "cosine", "warmup_steps": 4}},
        inputs=[text for text, _ in rows[:INPUTS]],
    )


def visits() -> Release:
    rows = [(f"u{i % 9}", f"i{(i * i + i // 9) % 11}", i) for i in range(80)]
    return Release(
        name="recommendation-two_tower",
        task="recommendation",
        source=("visits.csv", table(("user", "item", "time"), *rows)),
        options={"user": "user", "item": "item", "time": "time"},
        architecture={"name": "two_tower", "embedding": 6, "hidden": [5], "factors": 4},
        inputs=[{"user": f"u{i}"} for i in range(INPUTS)],
    )


def loads() -> Release:
    rows = [
        (i, name, round(size * math.sin(i / 3) + size, 3)) for name, size in (("n", 1), ("s", 40)) for i in range(40)
    ]
    steps = [{"time": time, "series": name, "load": load} for time, name, load in rows]
    return Release(
        name="time_series_forecasting-tcn",
        task="time_series_forecasting",
        source=("loads.csv", table(("time", "series", "load"), *rows)),
        options={"target": "load", "time": "time", "series": "series"},
        architecture={"name": "tcn", "channels": [4]},
        training={"series": {"context": 8, "horizon": 2}},
        inputs=[steps[10:20], steps[50:60]],
    )


def squares() -> Release:
    content, pixels = io.BytesIO(), random.Random(5)
    pictures = []
    with zipfile.ZipFile(content, "w") as archive:
        for i in range(60):
            image, picture = io.BytesIO(), Image.new("L", (8, 8))
            picture.putdata([pixels.randrange(128) + 127 * (i % 2) for _ in range(64)])
            picture.save(image, "PNG")
            archive.writestr(f"{('dark', 'light')[i % 2]}/{i}.png", image.getvalue())
            pictures.append(base64.b64encode(image.getvalue()).decode())
    return Release(
        name="image_classification-vit",
        task="image_classification",
        source=("squares.zip", content.getvalue()),
        options={},
        architecture={"name": "vit", "patch_size": 4, "dim": 8, "depth": 1, "heads": 2, "mlp_ratio": 2},
        training={"augment": [{"name": "flip"}], "regularization": {"label_smoothing": 0.05, "clip_norm": 1.0}},
        inputs=pictures[:INPUTS],
    )


RELEASES = (flowers, reviews, visits, loads, squares)


def run(command: str, *arguments: object) -> list[dict[str, Any]]:
    done = subprocess.run([*ENGINE, command, *map(str, arguments)], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def interrupt(*arguments: object) -> None:
    """Trains until the first checkpoint is written, then asks it to stop."""
    command = [*ENGINE, "train", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(json.loads(line))
            if said[-1]["type"] == "checkpoint":
                process.send_signal(signal.SIGTERM)
    assert said[-1]["type"] == "stopped", said[-1]


def leave(release: Release, directory: Path) -> None:
    name, content = release.source
    (directory / name).write_bytes(content)
    options = [f"--{option}={value}" for option, value in release.options.items()]
    data, spec, inputs = directory / "data", directory / "spec.json", directory / "inputs.json"
    run("compile", "--source", directory / name, "--task", release.task, "--out", data, *options)
    spec.write_text(json.dumps(release.spec, indent=1))
    train = ("--spec", spec, "--data", data, "--threads", 1, "--device", "cpu", "--out")
    interrupt(*train, directory / "interrupted")
    run("train", *train, directory / "model")
    inputs.write_text(json.dumps({"inputs": release.inputs}))
    answers = run("predict", "--model", directory / "model", "--inputs", inputs, "--threads", 1, "--device", "cpu")
    (directory / "predictions.json").write_text(json.dumps(answers[-1]["predictions"]))
    # What nobody reads: the upload, and all checkpoints but the one to go on from.
    *older, _ = sorted((directory / "interrupted" / "checkpoints").iterdir())
    for unread in (*older, directory / "model" / "checkpoints"):
        shutil.rmtree(unread)
    (directory / name).unlink()


def main(out: Path) -> None:
    for make in RELEASES:
        release = make()
        with (
            TemporaryDirectory() as name,
            zipfile.ZipFile(out / f"{release.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            leave(release, Path(name))
            for path in sorted(Path(name).rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
