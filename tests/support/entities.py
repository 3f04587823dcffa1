"""Reference entity-level scores: the chunk rules of conlleval (Tjong Kim Sang, 2000) and seqeval, tag by tag."""

from collections.abc import Sequence

Entity = tuple[str, int, int]


def entities_in(tags: Sequence[str]) -> list[Entity]:
    """Types with the first and the last place of each."""
    found: list[Entity] = []
    open_type, begin = "", 0
    before = "O"
    for place, tag in enumerate([*tags, "O"]):
        prefix, _, kind = tag.partition("-")
        kind = kind or "_"
        goes_on = before in ("B", "I") and prefix in ("I", "E") and kind == open_type
        if before != "O" and not goes_on:
            found.append((open_type, begin, place - 1))
        if prefix != "O" and not goes_on:
            open_type, begin = kind, place
        before = prefix
    return found


def entity_scores(truth: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> dict[str, float]:
    """Micro-averaged precision, recall and F1 over all texts; 0 where there is nothing to divide by."""
    expected, told = (
        {(text, *entity) for text, tags in enumerate(texts) for entity in entities_in(tags)} for texts in (truth, found)
    )
    right = len(expected & told)
    return {
        "entity_precision": right / len(told) if told else 0.0,
        "entity_recall": right / len(expected) if expected else 0.0,
        "entity_f1": 2 * right / (len(told) + len(expected)) if told or expected else 0.0,
    }
