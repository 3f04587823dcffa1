"""Languages and subjects of short texts: networks, beside linear models of words and of characters."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from benchmarks.results.row import ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Array, Compared, Trained, accuracies, trained
from tests.support.compiled import write_texts
from tests.support.languages import scandinavian_sentences, summaries
from trainyard_engine.core.split import split_rows

SETTINGS: dict[str, tuple[dict[str, Any], int, float]] = {
    "text_pool": ({"name": "text_pool"}, 12, 0.005),
    "rnn (LSTM)": ({"name": "rnn", "embedding": 32, "hidden": 32, "pooling": "mean"}, 6, 0.01),
}


REFERENCES: dict[str, Callable[[], Any]] = {
    "logistic regression, words": lambda: make_pipeline(CountVectorizer(), LogisticRegression(max_iter=500)),
    "naive Bayes, words": lambda: make_pipeline(CountVectorizer(), MultinomialNB()),
    "logistic regression, tf-idf of words": lambda: make_pipeline(
        TfidfVectorizer(sublinear_tf=True), LogisticRegression(C=10, max_iter=500)
    ),
    "logistic regression, tf-idf of 1 to 3 characters": lambda: make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=500),
    ),
}


def run(directory: Path) -> list[ResultRow]:
    return [*three_languages(directory / "languages"), three_subjects(directory / "subjects")]


def three_languages(directory: Path) -> list[ResultRow]:
    texts, target = scandinavian_sentences(350)
    data = write_texts(directory / "data", texts, target)
    compared = _compared("sentences in three languages", texts, target)
    rows = [compared.row("text_pool, defaults", _untouched(data, directory))]
    for name, (architecture, epochs, rate) in SETTINGS.items():
        ours = trained(
            "text_classification",
            architecture,
            data,
            directory / architecture["name"],
            epochs=epochs,
            batch_size=32,
            optimizer={"name": "adamw", "lr": rate},
            regularization={"dropout": 0.3},
            augment=[{"name": "token_dropout", "probability": 0.2}],
            text={"tokenizer": "bpe", "vocabulary": 600, "max_length": 64},
        )
        rows.append(compared.row(name, ours))
    return rows


def three_subjects(directory: Path) -> ResultRow:
    texts, target = summaries(180)
    data = write_texts(directory / "data", texts, target)
    return _compared("summaries of three subjects", texts, target).row(
        "text_pool, defaults", _untouched(data, directory)
    )


def _untouched(data: Path, directory: Path) -> Trained:
    return trained("text_classification", {"name": "text_pool"}, data, directory / "defaults", **DEFAULTS)


def _compared(name: str, texts: Sequence[str], target: Array) -> Compared:
    models = {title: make() for title, make in REFERENCES.items()}
    baseline, *references = accuracies(models, np.array(texts, dtype=object), target, split_rows(target, SPLIT))
    return Compared(
        task="text classification", data=name, metric="accuracy", baseline=baseline, references=tuple(references)
    )
