"""Names of places, languages and currencies, as people have translated them (Debian's iso-codes)."""

import gettext
from pathlib import Path

import pycountry

from tests.support import uploads
from tests.support.compiling import accepted
from trainyard_spec.tasks import Task

NAMED = {
    "iso3166-1": pycountry.countries,
    "iso3166-2": pycountry.subdivisions,
    "iso639-3": pycountry.languages,
    "iso4217": pycountry.currencies,
    "iso15924": pycountry.scripts,
}


def names(directory: Path, *, longest: int) -> Path:
    """About 4,000 names of places, languages and currencies in Ukrainian, each with the Polish one, compiled."""
    directory.mkdir(parents=True, exist_ok=True)
    ukrainian, polish = _names_in("uk"), _names_in("pl")
    pairs = sorted(
        {(ukrainian[name], polish[name]) for name in ukrainian if name not in (ukrainian[name], polish[name])}
    )
    rows = [{"uk": one, "pl": other} for one, other in pairs if max(len(one), len(other)) <= longest]
    accepted(uploads.write_jsonl(directory / "names.jsonl", rows), Task.TRANSLATION, text="uk", target="pl")
    return directory / "compiled"


def _names_in(language: str) -> dict[str, str]:
    """Names by their English ones, which some are left as."""
    found: dict[str, str] = {}
    for domain, entries in NAMED.items():
        translations = gettext.translation(domain, pycountry.LOCALES_DIR, languages=[language])
        found |= {entry.name: translations.gettext(entry.name) for entry in entries}
    return found
