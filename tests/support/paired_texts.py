"""Makes compiled datasets of pairs of texts, straight from lists of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.support.compiled import Array, text_arrays, text_profile, write_arrays
from trainyard_spec.tasks import Task


def write_pairs(directory: Path, roles: Mapping[str, Sequence[str]], scores: Array | None = None) -> Path:
    """Texts by the arrays of a pair's, with a score from 0 to 1 of each pair or without."""
    texts = roles["text"]
    form = "scored" if scores is not None else "triplets" if "negative" in roles else "pairs"
    profile = text_profile(texts).model_copy(update={"form": form, "text": "anchor", "target": "positive"})
    arrays = {name: array for role, said in roles.items() for name, array in text_arrays(role, said).items()}
    if scores is not None:
        arrays["target"] = scores
    return write_arrays(directory, Task.SENTENCE_EMBEDDING, profile, arrays, rows=len(texts))


def topic_pairs(directory: Path, *, rows: int = 100, form: str = "pairs") -> Path:
    """Texts of a pair share one of ten topics but no word; a negative has another, and a score tells whether they do.

    ``word0`` to ``word19`` begin a pair, two for each topic, and ``word20`` to ``word39`` end one.
    """
    random = np.random.default_rng(37)
    topics = random.permutation(np.arange(rows) % 10)

    def ends(topics: Array) -> list[str]:
        return [f"word{20 + 2 * topic} word{21 + 2 * topic}" for topic in topics.tolist()]

    begins = [" ".join(f"word{2 * topic + n}" for n in random.integers(0, 2, 4)) for topic in topics.tolist()]
    roles = {"text": begins, "positive": ends(topics)}
    if form == "triplets":
        roles["negative"] = ends((topics + 7) % 10)
    if form != "scored":
        return write_pairs(directory, roles)
    is_alike = np.arange(rows) % 3 > 0
    roles["positive"] = ends(np.where(is_alike, topics, (topics + 3) % 10))
    return write_pairs(directory, roles, is_alike.astype(np.float64))
