"""The language of each word, in rows of two sentences in different ones, beside linear models of a word's window.

The sentences are real, and their rows are put together here: Danish, Norwegian and Swedish share many words, so that a
word alone often tells nothing of its language, and the words around it do.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.results.row import Figure, ResultRow
from benchmarks.results.training import DEFAULTS, SPLIT, Array, Compared, trained
from tests.support.languages import scandinavian_sentences
from tests.support.tagged import write_tagged
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import Rows, split_examples

SENTENCES = 350
LANGUAGES = ("Danish", "Norwegian", "Swedish")
WINDOW = 2
Tagged = tuple[list[str], list[str]]


def run(directory: Path) -> list[ResultRow]:
    rows = joined_sentences()
    data = write_tagged(directory / "data", rows)
    split = split_examples(open_dataset(data), SPLIT)
    compared = Compared(
        task="token classification",
        data="words of two languages a row",
        metric="accuracy",
        baseline=Figure("most frequent tag of the word", _of_word(rows, split.train, split.test)),
        references=tuple(
            Figure(f"logistic regression, {name}", _linear(rows, split.train, split.test, width))
            for name, width in (("word and its ends", 0), (f"and {WINDOW} words on each side", WINDOW))
        ),
    )
    ours = trained(
        "token_classification",
        {"name": "rnn", "embedding": 32, "hidden": 32},
        data,
        directory / "rnn",
        epochs=8,
        batch_size=16,
        optimizer={"name": "adamw", "lr": 0.01},
        regularization={"dropout": 0.3},
        text={"tokenizer": "bpe", "vocabulary": 600, "max_length": 128},
    )
    untouched = trained("token_classification", {"name": "rnn"}, data, directory / "defaults", **DEFAULTS)
    return [compared.row("rnn", ours), compared.row("rnn, defaults", untouched)]


def joined_sentences() -> list[Tagged]:
    """The words of each row, and the language of each of them. No sentence is in two rows."""
    texts, target = scandinavian_sentences(SENTENCES)
    random = np.random.default_rng(0)
    left = [random.permutation(np.flatnonzero(target == language)).tolist() for language in range(len(LANGUAGES))]
    rows = []
    for number in range(len(texts) // 2):
        pair = random.permutation([number % 3, (number + 1) % 3])
        said = [(LANGUAGES[language], texts[left[language].pop()].split()) for language in pair]
        rows.append(([word for _, words in said for word in words], [tag for tag, words in said for _ in words]))
    return rows


def _of_word(rows: Sequence[Tagged], train: Rows, test: Rows) -> float:
    """How often the most frequent tag that a word has in ``train`` is right; of unknown words, the most frequent."""
    seen = Counter((word, tag) for row in train for word, tag in zip(*rows[row], strict=True))
    most = Counter(tag for row in train for tag in rows[row][1]).most_common(1)[0][0]
    known: dict[str, str] = {}
    for (word, tag), _ in seen.most_common():
        known.setdefault(word, tag)
    return float(np.mean([known.get(word, most) == tag for row in test for word, tag in zip(*rows[row], strict=True)]))


def _linear(rows: Sequence[Tagged], train: Rows, test: Rows, width: int) -> float:
    model: Any = make_pipeline(DictVectorizer(), LogisticRegression(max_iter=500))
    model.fit(list(_features(rows, train, width)), _tags(rows, train))
    return float(model.score(list(_features(rows, test, width)), _tags(rows, test)))


def _tags(rows: Sequence[Tagged], chosen: Rows) -> Array:
    return np.array([tag for row in chosen for tag in rows[row][1]])


def _features(rows: Sequence[Tagged], chosen: Rows, width: int) -> Iterator[dict[str, bool]]:
    """Of each word, and of so many on each side of it: itself, its beginning and its end."""
    for row in chosen:
        words = [word.lower() for word in rows[row][0]]
        for place in range(len(words)):
            found: dict[str, bool] = {}
            for step in range(-width, width + 1):
                if 0 <= place + step < len(words):
                    word = words[place + step]
                    found |= dict.fromkeys((f"{step}:{word}", f"{step}:^{word[:2]}", f"{step}:{word[-3:]}$"), True)
            yield found
