"""On Django's Serbian catalogues a translator learns from Cyrillic phrases how the same are written in Latin letters.

A small task, for two languages need more text than is installed. Measured on phrases that it has not met: perplexity
2.4 a character, 27 by their frequencies. Most phrases have fewer than the four words that BLEU compares.
"""

import re
from pathlib import Path

import django
import numpy as np
import pytest

from tests.support import uploads
from tests.support.compiled import make_spec, stored_texts
from tests.support.compiling import accepted
from tests.support.trainings import train_here
from trainyard_engine.core.dataset import open_dataset
from trainyard_engine.core.split import split_examples
from trainyard_spec.splits import SplitConfig
from trainyard_spec.tasks import Task

MOST_CHARACTERS = 24


def item_index(language: str) -> dict[str, str]:
    """What Django says in ``language``, by what it says in English."""
    files = sorted(Path(django.__file__).parent.glob(f"c*/**/locale/{language}/LC_MESSAGES/django.po"))
    entries = (re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', file.read_text(), re.MULTILINE) for file in files)
    return {said: translated for found in entries for said, translated in found}


@pytest.fixture(scope="module")
def upload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """About 470 phrases of at most ``MOST_CHARACTERS``."""
    cyrillic, latin = item_index("sr"), item_index("sr_Latn")
    phrases = sorted({(cyrillic[said], latin[said]) for said in cyrillic.keys() & latin.keys()})
    rows = [{"from": a, "to": b} for a, b in phrases if len(a) <= MOST_CHARACTERS and a.strip()]
    return uploads.write_jsonl(tmp_path_factory.mktemp("upload") / "phrases.jsonl", rows)


def perplexity_by_frequencies(data: Path) -> float:
    """Of the test part's characters and ends, by how often each occurs in the training part, 1 added (Laplace)."""
    split = split_examples(open_dataset(data), SplitConfig())
    texts = [text + "\n" for text in stored_texts(data, "translation")]
    train, test = ("".join(texts[row] for row in rows) for rows in (split.train, split.test))
    known = sorted({*train, *test})
    counts = np.array([train.count(sign) + 1 for sign in known])
    return float(np.exp(-np.log(counts / counts.sum())[[known.index(sign) for sign in test]].mean()))


def test_it_learns_to_write_what_it_reads_in_other_letters(upload: Path) -> None:
    accepted(upload, Task.TRANSLATION, text="from", target="to")
    data = upload.parent / "compiled"
    spec = make_spec(
        "translation",
        {"name": "seq2seq", "variant": "lstm", "d_model": 64, "num_layers": 1},
        epochs=10,
        batch_size=16,
        optimizer={"name": "adamw", "lr": 0.01},
        schedule={"name": "cosine", "warmup_steps": 20},
        text={"tokenizer": "characters", "max_length": 40},
        regularization={"clip_norm": 1.0},
    )
    found = train_here(spec, data, upload.parent / "out")[-1]["test_metrics"]
    assert found["perplexity"] < 0.2 * perplexity_by_frequencies(data)
