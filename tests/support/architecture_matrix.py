"""Architecture matrix: every architecture with every task it serves, in the smallest form that trains.

Optimizers, schedules, losses and augmentations go round among the pairs, as the contract names them: together they
have them all. What is added to the catalogue later is among them by itself; only a new task has to bring data.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any, get_args

import numpy as np

from tests.support.compiled import (
    Array,
    bright_images,
    labelled_texts,
    make_spec,
    scored_texts,
    small_images,
    small_labels,
    small_recordings,
    small_table,
    small_targets,
    small_texts,
    write_documents,
    write_translations,
)
from tests.support.conversations import small_conversations, small_pairs
from tests.support.interactions import small_interactions
from tests.support.paired_texts import topic_pairs
from tests.support.pretrained import named_for
from tests.support.series import small_loads, small_runs
from tests.support.speech import compiled_recordings, tone, transcribed
from tests.support.tagged import small_tagged
from tests.support.trainings import Case
from trainyard_spec.architectures import ARCHITECTURES
from trainyard_spec.augmentation import AnyAugment, CutmixAugment, MixupAugment, SpecAugment, TokenDropoutAugment
from trainyard_spec.optimizers import AnyOptimizer
from trainyard_spec.schedules import AnySchedule
from trainyard_spec.spec_rules import SMOOTHED_LOSSES
from trainyard_spec.tasks import Task

Options = dict[str, Any]

TINY: dict[str, list[Options]] = {
    "mlp": [{"hidden": [8]}, {"hidden": [8, 6], "norm": "batch"}, {"hidden": [8], "norm": "layer"}],
    "cnn": [{"channels": [4], "hidden": [8], "norm": "batch"}],
    "resnet": [{"width": 2}, {"depth": 50, "width": 2}],
    "vgg": [{"width": 2, "hidden": [4]}],
    "mobilenet": [{"width": 0.1}],
    "densenet": [{"growth": 2, "blocks": [1, 2, 1]}],
    "vit": [
        {"patch_size": 8, "d_model": 8, "num_layers": 2, "num_heads": 2},
        {"stem": "convolutional", "d_model": 8, "num_layers": 1, "num_heads": 2},
    ],
    "text_pool": [{"embedding": 8, "hidden": [6]}],
    "rnn": [
        {"embedding": 6, "hidden": 5, "cell": cell, "num_layers": layers, "pooling": pooling}
        for cell, layers, pooling in (("vanilla", 1, "last"), ("lstm", 2, "mean"), ("gru", 2, "attention"))
    ],
    "transformer": [
        {"d_model": 8, "num_heads": 2, "num_layers": 1, "d_ff": 12, "norm": norm, "positions": positions}
        for norm, positions in (("pre", "sinusoidal"), ("post", "learned"))
    ],
    "tcn": [{"channels": [4, 6]}, {"channels": [4], "norm": "none"}],
    "speech_rnn": [
        {"hidden": 6, "channels": 3, "num_layers": 2, "subsampling": 4},
        {"hidden": 6, "channels": 3, "num_layers": 1, "subsampling": 2, "cell": "gru"},
        {"hidden": 6, "num_layers": 1, "subsampling": 1, "bidirectional": False, "pooling": "attention"},
    ],
    "gpt": [{"d_model": 16, "num_heads": 2, "num_layers": 1}],
    "seq2seq": [{"d_model": 8, "num_heads": 2, "num_layers": 1}, {"variant": "lstm", "d_model": 8, "num_layers": 1}],
    "matrix_factorization": [{"factors": 4}],
    "two_tower": [{"embedding": 6, "hidden": [5], "factors": 4}],
    "pretrained": [
        *({"rank": 2, "adapter_dropout": 0.1}, {"method": "full", "pooling": "cls"}, {"rank": 1}),
        *({"method": "full"}, {"rank": 2}, {"method": "full"}, {"method": "full"}),
    ],
    "causal_lm": [
        {"model": "tiny-lm", "rank": 2, "adapter_dropout": 0.1},
        {"model": "tiny-lm", "method": "full"},
        {"model": "tiny-lm", "rank": 2, "target_modules": "attention", "gradient_checkpointing": True},
    ],
}
"""Settings of an architecture that between them have all its kinds of layers; without a row it trains as it comes."""


def documents(directory: Path) -> Path:
    """40 texts of twelve words each."""
    texts = [" ".join(f"word{(7 * row + place * place) % 40}" for place in range(12)) for row in range(40)]
    return write_documents(directory, texts)


def phrases(directory: Path) -> Path:
    """Phrases of one to four words, and the same of other words."""
    numbers = [[(5 * row + place) % 23 for place in range(1 + row % 4)] for row in range(100)]
    return write_translations(directory, *([" ".join(f"{w}{n}" for n in row) for row in numbers] for w in ("a", "be")))


def transcripts(directory: Path) -> Path:
    """100 tones whose transcripts say how high they are."""
    said = [("abc"[row % 3], tone(400 + 300 * (row % 3) + row, seconds=0.12)) for row in range(100)]
    return compiled_recordings(directory, transcribed(said), Task.SPEECH_RECOGNITION)


def brightness(halves: Array) -> Array:
    """A number for each image."""
    total: Array = 1e6 + 1e3 * halves.sum(axis=1)
    return total


def brightnesses(halves: Array) -> Array:
    """Two, of different sizes."""
    return halves * [1e-3, 1e6]


def bright_halves(halves: Array) -> Array:
    """Which of two labels each has."""
    return (halves > 0.5).astype(np.uint8)


DATA: dict[Task, Callable[[Path], Path]] = {
    Task.IMAGE_CLASSIFICATION: partial(small_images, rows=100, size=32),
    Task.IMAGE_REGRESSION: partial(bright_images, target_of=brightness),
    Task.TEXT_CLASSIFICATION: partial(small_texts, rows=100),
    Task.TEXT_REGRESSION: scored_texts,
    Task.SENTENCE_EMBEDDING: topic_pairs,
    Task.TOKEN_CLASSIFICATION: small_tagged,
    Task.AUDIO_CLASSIFICATION: partial(small_recordings, rows=100),
    Task.SPEECH_RECOGNITION: transcripts,
    Task.LANGUAGE_MODELLING: documents,
    Task.INSTRUCTION_TUNING: partial(small_conversations, rows=100),
    Task.PREFERENCE_TUNING: partial(small_pairs, rows=100),
    Task.TRANSLATION: phrases,
    Task.TABULAR_CLASSIFICATION: partial(small_table, rows=100),
    Task.TABULAR_REGRESSION: partial(small_table, rows=100, is_regression=True),
    Task.TIME_SERIES_FORECASTING: small_loads,
    Task.SEQUENCE_CLASSIFICATION: small_runs,
    Task.RECOMMENDATION: partial(small_interactions, rated=True),
}
"""Writes the compiled data of a task into a directory of its own, for ten steps or so of eight rows an epoch."""


OF_SCORES = {"cosine_similarity": partial(topic_pairs, form="scored")}
"""Data for the losses that want other data than the rest of their task."""


@dataclass(frozen=True, slots=True)
class Several:
    """Data with several targets a row: what they are, their task, a network and a loss, and what writes them."""

    what: str
    task: Task
    network: str
    loss: str
    write: Callable[[Path], Path]

    @property
    def name(self) -> str:
        return f"{self.network}-{self.task}-{self.what}"


SEVERAL = (
    Several("labels", Task.TABULAR_CLASSIFICATION, "mlp", "bce", partial(small_labels, rows=100)),
    Several("targets", Task.TABULAR_REGRESSION, "mlp", "huber", partial(small_targets, rows=100)),
    Several("labels", Task.IMAGE_CLASSIFICATION, "cnn", "bce", partial(bright_images, target_of=bright_halves)),
    Several("labels", Task.TEXT_CLASSIFICATION, "text_pool", "bce", labelled_texts),
    Several("targets", Task.TEXT_REGRESSION, "text_pool", "huber", partial(scored_texts, targets=2)),
    Several("targets", Task.IMAGE_REGRESSION, "cnn", "mae", partial(bright_images, target_of=brightnesses)),
)

TOKENIZERS = ("words", "bpe", "characters")
TASK_SECTIONS: dict[str, Callable[[int], Options]] = {
    "texts": lambda number: {"text": {"tokenizer": TOKENIZERS[number % 3], "vocabulary": 400, "max_length": 20}},
    "conversations": lambda _: {"tuning": {"max_length": 64}},
    "recordings": lambda _: {"audio": {"mels": 16, "max_seconds": 0.15}},
}
"""What a task is told by the kind of its data, or by its name."""
OF_PRETRAINED: Options = {"text": {"max_length": 20}, "audio": {"max_seconds": 0.15}}
"""Those sections for a network that brings a tokenizer, or its own ears."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One architecture with one task; ``spec`` is a TrainingSpec as data."""

    name: str
    task: Task
    spec: Options
    write: Callable[[Path], Path]


def names_in(union: Any) -> list[str]:
    """The values that ``name`` has in a union of the contract, in their order."""
    members = get_args(get_args(union)[0])
    return [name for member in members for name in get_args(member.model_fields["name"].annotation)]


OPTIMIZERS, SCHEDULES = names_in(AnyOptimizer), names_in(AnySchedule)


def augments_of(task: Task, number: int, *, is_pretrained: bool) -> list[Options]:
    """All augmentations of the task's data; of those that mix examples, of which there may be one, by turns each.

    A pretrained network is shown no other tokens than those of a text, and no log-mel frames.
    """
    fitting = [member for member in get_args(get_args(AnyAugment)[0]) if member.changes == task.traits.data]
    if is_pretrained:
        fitting = [member for member in fitting if not issubclass(member, TokenDropoutAugment | SpecAugment)]
    mixing = [member for member in fitting if issubclass(member, MixupAugment | CutmixAugment)]
    chosen = [member for member in fitting if member not in mixing]
    chosen += mixing[number % len(mixing) :][:1] if mixing else []
    return [{"name": name} for member in chosen for name in get_args(member.model_fields["name"].annotation)]


def training_of(task: Task, architecture: str, *, number: int, loss: str) -> Options:
    """The ``training`` section of pair ``number``: what goes round, and whatever else draws or remembers."""
    is_pretrained = architecture in ("pretrained", "causal_lm")
    smoothing = {"label_smoothing": 0.05} if loss in SMOOTHED_LOSSES and architecture != "causal_lm" else {}
    own = TASK_SECTIONS.get(task.traits.data, lambda _: {})(number)
    if architecture == "text_pool":
        own["text"].pop("tokenizer")  # It reads what no other does, unless it is told to.
    series = {"series": {"context": 8, "horizon": 3}} if task == Task.TIME_SERIES_FORECASTING else {}
    return {
        "epochs": 2,
        "batch_size": 8,
        "loss": loss,
        "optimizer": {"name": OPTIMIZERS[number % len(OPTIMIZERS)], "lr": 0.005},
        "schedule": {"name": SCHEDULES[number % len(SCHEDULES)]},
        "regularization": {"dropout": 0.2, "l1": 1e-4, "l2": 1e-3, "clip_norm": 1.0, **smoothing},
        "augment": augments_of(task, number, is_pretrained=is_pretrained),
        "ema": {"decay": 0.9} if number % 2 else None,
        "early_stopping": {"patience": 100} if number % 3 else None,
        "balance_classes": task.is_classification and number % 2 == 0,
        "checkpoint": {"every_steps": 2},
        **series,
        **(own if not is_pretrained else {name: OF_PRETRAINED.get(name, section) for name, section in own.items()}),
    }


def architecture_matrix() -> Iterator[Pair]:
    """Each architecture's settings and tasks, paired off until every one of either has been used."""
    numbers = count()
    losses = {task: cycle(task.traits.losses) for task in Task}
    for name, config in ARCHITECTURES.items():
        settings = TINY.get(name, [{}])
        for turn in range(max(len(config.tasks), len(settings))):
            task, number = config.tasks[turn % len(config.tasks)], next(numbers)
            chosen = settings[turn % len(settings)]
            if task.traits.tags_tokens:
                chosen = {option: value for option, value in chosen.items() if option != "pooling"}
            architecture = {"name": name, **(named_for(task, chosen) if name == "pretrained" else chosen)}
            loss = next(losses[task])
            training = training_of(task, name, number=number, loss=loss)
            suffix = f"-{turn}" if turn >= len(config.tasks) else ""
            yield Pair(
                f"{name}-{task}{suffix}",
                task,
                make_spec(task, architecture, **training),
                OF_SCORES.get(loss, DATA[task]),
            )
    for several in SEVERAL:
        training = training_of(several.task, several.network, number=next(numbers), loss=several.loss)
        network = {"name": several.network, **TINY[several.network][-1]}
        spec = make_spec(several.task, network, **(training | {"balance_classes": False}))
        yield Pair(several.name, several.task, spec, several.write)


class Datasets:
    """Compiled data, each written when it is first asked for."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._written: dict[Callable[[Path], Path], Path] = {}

    def case(self, pair: Pair, *, environment: Mapping[str, str] | None = None) -> Case:
        """The training of a pair, on one thread in each process."""
        if pair.write not in self._written:
            self._written[pair.write] = pair.write(self._directory / pair.name)
        data = self._written[pair.write]
        return Case(name=pair.name, spec=pair.spec, data=data, threads=1, environment=environment or {})
