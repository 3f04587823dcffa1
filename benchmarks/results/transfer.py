"""Ten examples of a class: a network that has learnt something else before, beside the same network from nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.results.row import Figure, ResultRow, Spread
from benchmarks.results.training import DEFAULTS, Array
from tests.support.compiled import make_spec, with_parts, write_images, write_table, write_texts
from tests.support.languages import sentences
from tests.support.trainings import train_here

SEEDS = range(5)
OF_EACH_CLASS, OF_EACH_VALIDATED = 10, 5
KNOWN_LANGUAGES, NEW_LANGUAGES = ("da", "de", "nb", "nl", "sv"), ("af", "is", "nn")
SENTENCES = 200
SIDE, PLACINGS = 20, 4
"""Pixels of a side of the canvas, and how often each known digit is shown somewhere on it."""
MEASURED = 10
"""Of the 30 columns of breast cancer the first are means; the others are deviations and extremes of the same things."""

HEAD_ALONE: dict[str, Any] = {"fine_tuning": {"freeze": True}, "optimizer": {"name": "adamw", "lr": 0.01}}

Write = Callable[[Path, Any, Array], Path]
"""Writes compiled data into a directory, of inputs and targets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """``known`` are inputs and targets of the task ``before``, and ``new`` those of which few are shown.

    ``learning`` is how the network goes on from what it has learnt in ``epochs`` before; what both leave out stays at
    its defaults, as all does of a network that begins with nothing.
    """

    data: str
    model: str
    before: str
    task: str
    architecture: dict[str, Any]
    write: Write
    known: tuple[Any, Array]
    new: tuple[Any, Array]
    reference: Figure
    epochs: int | Literal["auto"] = "auto"
    learning: dict[str, Any] = field(default_factory=dict)

    def row(self, directory: Path) -> ResultRow:
        """Medians over the seeds, each of which draws its own examples."""
        started, parent = time.monotonic(), directory / "parent"
        data = self.write(directory / "known", *self.known)
        train_here(make_spec(self.before, self.architecture, **DEFAULTS | {"epochs": self.epochs}), data, parent)
        scores = {start: [self._score(directory, seed, start) for seed in SEEDS] for start in (None, parent)}
        fresh, started_from = sorted(scores[None]), sorted(scores[parent])
        return ResultRow(
            task=self.task.replace("_", " "),
            data=self.data,
            model=self.model,
            metric="accuracy",
            ours=Spread(median(started_from), started_from[0], started_from[-1]),
            baseline=Figure("the same from nothing", median(fresh)),
            references=(self.reference,),
            seconds=(time.monotonic() - started) / (2 * len(SEEDS)),
        )

    def _score(self, directory: Path, seed: int, start: Path | None) -> float:
        inputs, target = self.new
        data = directory / f"new-{seed}"
        if not data.exists():
            with_parts(self.write(data, inputs, target), parts_of(target, seed))
        training = DEFAULTS | (self.learning if start else {})
        spec = {**make_spec(self.task, self.architecture, seed=seed, **training), "split": {"by": "given"}}
        out = directory / f"{'from' if start else 'fresh'}-{seed}"
        spec |= {"init_from": "mdl_local"} if start else {}
        score: float = train_here(spec, data, out, init_from=start)[-1]["test_metrics"]["accuracy"]
        return score


def parts_of(target: Array, seed: int) -> Array:
    """int64 (rows,): of each class so many rows to train, a few to validate, and all others for the test."""
    parts = np.full(len(target), 2)
    for label in np.unique(target):
        rows = np.random.default_rng(seed).permutation(np.flatnonzero(target == label))
        parts[rows[:OF_EACH_CLASS]] = 0
        parts[rows[OF_EACH_CLASS : OF_EACH_CLASS + OF_EACH_VALIDATED]] = 1
    return parts


def run(directory: Path) -> list[ResultRow]:
    return [make().row(directory / make.__name__) for make in (digits, languages, masses)]


def digits() -> Transfer:
    """Those from 5 on, by a network that has told those below apart, each wherever on a larger canvas it may stand."""
    table = load_digits()
    images = np.rint(table.images * 255 / 16).astype(np.uint8)
    is_known = table.target < 5
    new = placed(images[~is_known], seed=PLACINGS), table.target[~is_known] - 5
    known = [placed(images[is_known], seed=seed) for seed in range(PLACINGS)]
    return Transfer(
        data="digits 5 to 9 in any place, 10 of each",
        model="cnn, from digits 0 to 4",
        before="image_classification",
        task="image_classification",
        architecture={"name": "cnn"},
        write=write_images,
        known=(np.concatenate(known), np.tile(table.target[is_known], PLACINGS)),
        new=new,
        reference=linear(LogisticRegression(max_iter=2_000), new[0].reshape(len(new[0]), -1) / 255, new[1]),
        epochs=10,
        learning=HEAD_ALONE,
    )


def languages() -> Transfer:
    """Three Germanic languages, by a network that has told five others apart."""
    known, new = (_told_apart(names) for names in (KNOWN_LANGUAGES, NEW_LANGUAGES))
    model = make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3)), LogisticRegression(max_iter=2_000))
    return Transfer(
        data="Afrikaans, Icelandic and Nynorsk, 10 of each",
        model="text_pool, from five Germanic languages",
        before="text_classification",
        task="text_classification",
        architecture={"name": "text_pool"},
        write=write_texts,
        known=known,
        new=new,
        reference=linear(model, np.array(new[0], dtype=object), new[1]),
    )


def masses() -> Transfer:
    """Benign or malignant by means of measurements, by a network that has told their deviations and extremes."""
    table = load_breast_cancer()
    means, others = table.data[:, :MEASURED], table.data[:, MEASURED:]
    return Transfer(
        data="breast cancer by 10 means, 10 of each",
        model="mlp, from 20 deviations and extremes",
        before="tabular_regression",
        task="tabular_classification",
        architecture={"name": "mlp"},
        write=lambda directory, inputs, target: write_table(directory, inputs, np.empty((len(inputs), 0)), target),
        known=(means, others),
        new=(means, table.target),
        reference=linear(make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000)), means, table.target),
        epochs=20,
        learning=HEAD_ALONE,
    )


def placed(images: Array, *, seed: int) -> Array:
    """uint8 (rows, 1, side, side): each of ``images`` (rows, height, width) somewhere on a black canvas."""
    random = np.random.default_rng(seed)
    canvas = np.zeros((len(images), 1, SIDE, SIDE), dtype=np.uint8)
    for row, image in enumerate(images):
        top, left = (random.integers(SIDE - size + 1) for size in image.shape)
        canvas[row, 0, top : top + image.shape[0], left : left + image.shape[1]] = image
    return canvas


def _told_apart(names: tuple[str, ...]) -> tuple[list[str], Array]:
    texts = [sentences(name)[:SENTENCES] for name in names]
    return [text for own in texts for text in own], np.repeat(np.arange(len(names)), [len(own) for own in texts])


def linear(model: Any, inputs: Array, target: Array) -> Figure:
    """What a linear model learns of the same few rows."""
    scores = []
    for seed in SEEDS:
        parts = parts_of(target, seed)
        model.fit(inputs[parts == 0], target[parts == 0])
        scores.append(float(model.score(inputs[parts == 2], target[parts == 2])))
    return Figure("logistic regression", median(scores))
