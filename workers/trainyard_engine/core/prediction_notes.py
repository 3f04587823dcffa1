"""Warnings about the inputs of a prediction, beside the answers to them."""

from collections import defaultdict

from trainyard_spec.engine_protocol import MOST_WARNINGS, PredictionWarning, PredictionWarningCode

LONGEST_QUOTE = 80
"""Characters of an input that a warning repeats."""


class Notes:
    """Warnings by the index of their input, from 0; of each input the first ``MOST_WARNINGS`` are kept."""

    def __init__(self) -> None:
        self._of: defaultdict[int, list[PredictionWarning]] = defaultdict(list)

    def add(self, index: int, code: PredictionWarningCode, message: str, *, column: str | None = None) -> None:
        """``message`` is a whole sentence."""
        found = self._of[index]
        if len(found) < MOST_WARNINGS:
            found.append(PredictionWarning(code=code, message=message, column=column))

    def of(self, index: int) -> tuple[PredictionWarning, ...]:
        """Warnings of one input, in the order in which they were added."""
        return tuple(self._of.get(index, ()))


def quoted(text: str) -> str:
    """``text`` as a warning repeats it."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"
