"""Compiled texts with a tag for each word, straight from arrays and without the compiler."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.compiled import text_arrays, write_arrays
from trainyard_engine.modalities.text.tags import scheme_of, tag_order
from trainyard_spec.tagged_texts import TagForm, TokenProfile
from trainyard_spec.tasks import Task

Rows = Sequence[tuple[Sequence[str], Sequence[str]]]


def write_tagged(directory: Path, rows: Rows, *, form: TagForm = "tokens") -> Path:
    """Words and tags of each row."""
    lengths = [len(words) for words, _ in rows]
    tags = list(chain.from_iterable(tags for _, tags in rows))
    scheme = "plain" if form == "letters" else scheme_of(tags)
    classes = sorted(set(tags), key=tag_order if scheme != "plain" else str)
    profile = TokenProfile(
        form=form,
        scheme=scheme,
        tokens=len(tags),
        shortest=min(lengths),
        longest=max(lengths),
        mean=float(np.mean(lengths)),
    )
    arrays: dict[str, Any] = text_arrays("word", list(chain.from_iterable(words for words, _ in rows)))
    arrays["tag"] = np.array([classes.index(tag) for tag in tags], dtype=np.int32)
    arrays["tag_offsets"] = np.cumsum([0, *lengths])
    told: dict[str, Any] = {
        "counts": tuple(np.bincount(arrays["tag"]).tolist()),
        "names": tuple(classes),
        "entries": {"word": len(tags)},
    }
    return write_arrays(directory, Task.TOKEN_CLASSIFICATION, profile, arrays, rows=len(rows), **told)


def tagged_words(numbers: Sequence[int]) -> tuple[list[str], list[str]]:
    """A word for each of ``numbers`` below 40: those from 30 on are of persons, those from 20 on of places."""
    kinds = ["PER" if number >= 30 else "LOC" if number >= 20 else "" for number in numbers]
    before = ["", *kinds]
    tags = [
        f"{'I' if kind == last else 'B'}-{kind}" if kind else "O" for kind, last in zip(kinds, before, strict=False)
    ]
    return [f"word{number}" for number in numbers], tags


def small_tagged(directory: Path, *, rows: int = 100) -> Path:
    """Texts of 2 to 13 words from 40, with entities of two types, some of several words."""
    random = np.random.default_rng(41)
    return write_tagged(directory, [tagged_words(random.integers(0, 40, 2 + row % 12).tolist()) for row in range(rows)])


def small_letters(directory: Path, *, rows: int = 100) -> Path:
    """Sequences of 4 to 15 letters, each with a label of its own."""
    random = np.random.default_rng(43)
    sequences = ["".join(random.choice(list("ACGT"), 4 + row % 12)) for row in range(rows)]
    labels = str.maketrans("ACGT", "HHEC")
    return write_tagged(directory, [(list(text), list(text.translate(labels))) for text in sequences], form="letters")
