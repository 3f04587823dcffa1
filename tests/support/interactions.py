"""Compiled interactions for tests of the engine, by the compiler itself."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from vega_datasets import local_data

from tests.support import uploads
from tests.support.compiling import accepted
from tests.support.languages import sentences
from trainyard_spec.tasks import Task


def write_interactions(directory: Path, rows: Sequence[uploads.Row]) -> Path:
    """Compiles rows of ``user``, ``item`` and, if they have them, ``rating`` and ``time``; returns the dataset."""
    directory.mkdir(parents=True, exist_ok=True)
    source = uploads.write_jsonl(directory / "rows.jsonl", rows)
    columns = {"target": "rating", "time": "time"}
    options = {option: column for option, column in columns.items() if column in rows[0]}
    accepted(source, Task.RECOMMENDATION, user="user", item="item", **options)
    return directory / "compiled"


def small_interactions(directory: Path, *, rated: bool, timed: bool = False) -> Path:
    """30 users and 20 items of two tastes; users meet 4 to 9 items, mostly of their taste, and rate those higher."""
    random = np.random.default_rng(3)
    rows: list[uploads.Row] = []
    for user in range(30):
        own = np.where(np.arange(20) % 2 == user % 2, 1.0, 0.15)
        for item in random.choice(20, 4 + user % 6, replace=False, p=own / own.sum()):
            row: uploads.Row = {"user": f"u{user}", "item": int(item)}
            if rated:
                row["rating"] = round(3 + 1.5 * (-1) ** (user + int(item)) + random.normal(0, 0.3), 2)
            if timed:
                row["time"] = int(random.integers(1_000_000))
            rows.append(row)
    random.shuffle(rows)
    return write_interactions(directory, rows)


def words_of_sentences(directory: Path) -> Path:
    """Which of the words that stand in five sentences or more a sentence holds: users are sentences, items words."""
    texts = [sentence for language in ("da", "de", "fr") for sentence in sentences(language)[:150]]
    found = [sorted(set(re.findall(r"\w+", text.lower()))) for text in texts]
    counts = Counter(word for words in found for word in words)
    rows = [{"user": n, "item": word} for n, words in enumerate(found) for word in words if counts[word] >= 5]
    return write_interactions(directory, rows)


def july_temperatures(directory: Path) -> Path:
    """Seattle's in 2010 (NOAA): users are the days of July, items hours, ratings degrees Fahrenheit."""
    table = local_data.seattle_temps()
    july = table[table.date.dt.month == 7]
    pairs = zip(july.date, july.temp, strict=True)
    rows = [{"user": str(time.date()), "item": time.hour, "rating": float(degrees)} for time, degrees in pairs]
    return write_interactions(directory, rows)


def made_up_ratings(directory: Path) -> Path:
    """20,000 ratings of 1 to 5 that 400 people gave to 300 films: how strict they are, how good it is, a little of
    three tastes that both share, and most of all chance. Few people rate most of it, and few films are rated most."""
    random = np.random.default_rng(0)
    strict, good = random.normal(0, 0.4, 400), random.normal(0, 0.45, 300)
    wants, has = random.normal(size=(400, 3)), random.normal(size=(300, 3))
    often, known = random.gamma(1.2, size=400), (1 + np.arange(300)) ** -0.6
    shares = np.outer(often / often.sum(), known / known.sum()).ravel()
    rows = []
    for pair in random.choice(len(shares), 20_000, replace=False, p=shares).tolist():
        user, item = divmod(pair, 300)
        liked = 3.5 + strict[user] + good[item] + 0.2 * wants[user] @ has[item] + random.normal(0, 0.85)
        rows.append({"user": f"u{user}", "item": f"i{item}", "rating": float(np.clip(np.round(liked), 1, 5))})
    return write_interactions(directory, rows)
