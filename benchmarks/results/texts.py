"""Danish, Norwegian or Swedish: networks that read byte pairs, beside linear models of words and of characters."""

from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

from benchmarks.results.row import ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Compared, accuracies, trained
from tests.support.compiled import write_texts
from tests.support.languages import scandinavian_sentences
from trainyard_engine.data.split import split_rows

SETTINGS: dict[str, tuple[dict[str, Any], int, float]] = {
    "text_pool": ({"name": "text_pool"}, 12, 0.005),
    "rnn (LSTM)": ({"name": "rnn", "embedding": 32, "hidden": 32, "pooling": "mean"}, 6, 0.01),
}


def run(directory: Path) -> list[ResultRow]:
    texts, target = scandinavian_sentences(350)
    data = write_texts(directory / "data", texts, target)
    models = {
        "logistic regression, words": make_pipeline(CountVectorizer(), LogisticRegression(max_iter=500)),
        "naive Bayes, words": make_pipeline(CountVectorizer(), MultinomialNB()),
        "logistic regression, 1 to 3 characters": make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True),
            LogisticRegression(C=10, max_iter=500),
        ),
    }
    baseline, *references = accuracies(models, np.array(texts, dtype=object), target, split_rows(target, SPLIT))
    compared = Compared(
        task="text classification",
        data="sentences in three languages",
        metric="accuracy",
        baseline=baseline,
        references=tuple(references),
    )
    untouched = trained("text_classification", {"name": "text_pool"}, data, directory / "defaults", **DEFAULTS)
    rows = [compared.row("text_pool, defaults", untouched)]
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
