"""Ukrainian names in Polish, character by character: an encoder and a decoder, beside what letters alone tell."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from benchmarks.results.row import Figure, ResultRow, Spread
from benchmarks.results.training import SEEDS, SPLIT, trained
from tests.support.compiled import stored_texts
from tests.support.names import names
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.model_directory import load_model
from trainyard_engine.core.prediction import predict
from trainyard_engine.core.split import split_examples
from trainyard_engine.tasks.speech_recognition.metrics import edit_distance

LONGEST = 24
ARCHITECTURE: dict[str, Any] = {"name": "seq2seq", "variant": "lstm", "d_model": 96, "num_layers": 1}
Pairs = list[tuple[str, str]]


def run(directory: Path) -> list[ResultRow]:
    data = names(directory, longest=LONGEST)
    ours = trained(
        "translation",
        ARCHITECTURE,
        data,
        directory / "out",
        epochs=12,
        batch_size=32,
        optimizer={"name": "adamw", "lr": 0.005},
        schedule={"name": "cosine", "warmup_steps": 20},
        regularization={"dropout": 0.2, "clip_norm": 1.0},
        text={"tokenizer": "characters", "max_length": 40},
    )
    pairs = list(zip(stored_texts(data), stored_texts(data, "translation"), strict=True))
    split = split_examples(open_dataset(data), SPLIT)
    learnt, asked = [pairs[row] for row in split.train], [pairs[row] for row in split.test]
    said = [said_by(directory / "out" / str(seed), asked) for seed in SEEDS]
    return [
        ResultRow(
            task="translation",
            data="names",
            model="seq2seq (LSTM)",
            metric="character error rate",
            ours=Spread.of([character_error_rate(translations, asked) for translations in said]),
            baseline=Figure("letter by letter", character_error_rate(letter_by_letter(learnt, asked), asked)),
            references=(Figure("the most similar name's", character_error_rate(most_similar(learnt, asked), asked)),),
            seconds=ours.seconds,
        )
    ]


def said_by(model: Path, asked: Pairs) -> list[str]:
    """What the model in a directory makes of the texts of ``asked``."""
    loaded = load_model(model, "cpu", threads=1)
    return [answer["text"] for answer in predict(loaded, [text for text, _ in asked])]


def character_error_rate(found: Sequence[str], asked: Pairs) -> float:
    """Insertions, deletions and substitutions that mend ``found``, by characters of the right translations."""
    edits = sum(edit_distance(one, right) for one, (_, right) in zip(found, asked, strict=True))
    return edits / sum(len(right) for _, right in asked)


def letter_by_letter(learnt: Pairs, asked: Pairs) -> list[str]:
    """Each character becomes what most often stands in its place, in pairs of the same length."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for text, translation in learnt:
        if len(text) == len(translation):
            for one, other in zip(text, translation, strict=True):
                counts[one][other] += 1
    table = {one: found.most_common(1)[0][0] for one, found in counts.items()}
    return ["".join(table.get(one, one) for one in text) for text, _ in asked]


def most_similar(learnt: Pairs, asked: Pairs) -> list[str]:
    """The translation of the training text with the most runs of one to three characters in common (tf-idf, cosine)."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3))
    known = vectorizer.fit_transform([text for text, _ in learnt])
    nearest = linear_kernel(vectorizer.transform([text for text, _ in asked]), known).argmax(axis=1)
    return [learnt[row][1] for row in nearest]
