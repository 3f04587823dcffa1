"""Real texts that are at hand: Django's own sentences, translated by people."""

import gettext
from pathlib import Path

import django


def sentences(language: str) -> list[str]:
    """The distinct translations into ``language`` of 12 characters or more, in alphabetical order."""
    found: set[str] = set()
    for catalogue in Path(django.__file__).parent.glob(f"**/locale/{language}/LC_MESSAGES/django.po"):
        with catalogue.with_suffix(".mo").open("rb") as file:
            translations = gettext.GNUTranslations(file)
        pairs = [(original, translations.gettext(original)) for original in _originals(catalogue)]
        found.update(translation for original, translation in pairs if translation != original)
    return sorted(sentence for sentence in found if len(sentence) >= 12)


def _originals(catalogue: Path) -> list[str]:
    """The texts that are translated; those over several lines and those with plurals are left aside."""
    lines = catalogue.read_text(encoding="utf-8").splitlines()
    return [line[7:-1] for line in lines if line.startswith('msgid "') and "\\" not in line and line != 'msgid ""']
