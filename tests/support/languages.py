"""Real texts that are at hand: Django's own sentences, translated by people, and what libraries say of themselves."""

import gettext
import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import django
import numpy as np
import numpy.typing as npt
import sklearn.datasets

from tests.support.compiling import accepted
from trainyard_spec.tasks import Task

SUBJECTS = (
    ("scipy.signal", "scipy.ndimage", "scipy.fft"),
    ("scipy.stats", "scipy.stats.mstats"),
    ("scipy.linalg", "scipy.sparse", "scipy.sparse.linalg", "scipy.optimize"),
)
"""Modules by what they are about."""


def sentences(language: str) -> list[str]:
    """The distinct translations into ``language`` of 12 characters or more, in alphabetical order."""
    found: set[str] = set()
    for item_index in Path(django.__file__).parent.glob(f"**/locale/{language}/LC_MESSAGES/django.po"):
        with item_index.with_suffix(".mo").open("rb") as file:
            translations = gettext.GNUTranslations(file)
        pairs = [(original, translations.gettext(original)) for original in _originals(item_index)]
        found.update(translation for original, translation in pairs if translation != original)
    return sorted(sentence for sentence in found if len(sentence) >= 12)


def scandinavian_sentences(count: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """``count`` each in Danish, Norwegian and Swedish, and which of them, int64 (sentences,)."""
    languages = ("da", "nb", "sv")
    texts = [sentence for language in languages for sentence in sentences(language)[:count]]
    return texts, np.repeat(np.arange(len(languages)), count)


def summaries(count: int) -> tuple[list[str], npt.NDArray[np.int64]]:
    """``count`` summaries each of SciPy's signal processing, statistics and linear algebra, and which of them."""
    found = [sorted({text for name in names for text in _summaries_in(name)}) for names in SUBJECTS]
    random = np.random.default_rng(0)
    chosen = [text for texts in found for text in sorted(random.choice(texts, count, replace=False).tolist())]
    return chosen, np.repeat(np.arange(len(SUBJECTS)), count)


def descriptions(directory: Path) -> Path:
    """43 KB of English in one file, the descriptions that come with scikit-learn's datasets, compiled."""
    directory.mkdir(parents=True, exist_ok=True)
    texts = [path.read_text() for path in sorted((Path(sklearn.datasets.__file__).parent / "descr").glob("*.rst"))]
    path = directory / "descriptions.txt"
    path.write_text("\n\n".join(texts))
    accepted(path, Task.LANGUAGE_MODELLING)
    return directory / "compiled"


def _summaries_in(module: str) -> Iterator[str]:
    """The first paragraphs of what the docstrings in a module of SciPy say, of 20 characters or more."""
    for _, member in inspect.getmembers(import_module(module), callable):
        if str(getattr(member, "__module__", "")).startswith("scipy"):
            text = " ".join((inspect.getdoc(member) or "").partition("\n\n")[0].split())
            if len(text) >= 20:
                yield text


def _originals(item_index: Path) -> list[str]:
    """The texts that are translated; those over several lines and those with plurals are left aside."""
    lines = item_index.read_text(encoding="utf-8").splitlines()
    return [line[7:-1] for line in lines if line.startswith('msgid "') and "\\" not in line and line != 'msgid ""']
