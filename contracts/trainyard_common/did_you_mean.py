"""Did you mean: the valid name nearest to a misspelt one, by Damerau–Levenshtein distance."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

LONGEST_MISSPELT = 200


def did_you_mean(wrong: str, valid: Collection[str], *, otherwise: str = "") -> str:
    """A hint that asks for the one of ``valid`` nearest to ``wrong``; ``otherwise`` where none is near."""
    near = near_name(wrong, valid)
    return f"Did you mean {near}?" if near else otherwise


def near_name(wrong: str, valid: Iterable[str]) -> str | None:
    """The one of ``valid`` that ``wrong`` was likely meant to be: at most a third of its signs are other ones.

    Nor are more of any of its words: ``image_segmentation`` is no ``image_regression``. Nor does it lack a whole one:
    ``regression`` is not only ``text_regression``.

    ``None`` for a text that is longer than ``LONGEST_MISSPELT``: comparing takes the square of it.
    """
    if len(wrong) > LONGEST_MISSPELT:
        return None
    folded = {name.casefold(): name for name in valid}
    for found in get_close_matches(wrong.casefold(), folded, n=3, cutoff=0.6):
        if _is_near(wrong.casefold(), found):
            return folded[found]
    return None


def _is_near(wrong: str, found: str) -> bool:
    if 3 * damerau_levenshtein(wrong, found) > max(len(wrong), len(found)):
        return False
    words, found_words = wrong.split("_"), found.split("_")
    if set(words) < set(found_words):
        return False
    return len(words) != len(found_words) or all(
        damerau_levenshtein(word, other) <= max(1, max(len(word), len(other)) // 3)
        for word, other in zip(words, found_words, strict=True)
    )


def damerau_levenshtein(one: str, other: str) -> int:
    """Damerau–Levenshtein distance: insertions, deletions, substitutions and swaps of neighbours (Damerau, 1964)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
