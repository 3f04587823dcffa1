"""Answers about models. Written by ``scripts/client_types.py``."""

from typing import Any

from trainyard_client.types.answer import Answer


class TestExample(Answer):
    """What the row holds; one of these is set."""

    text: str | None
    png: str | None
    """Base64."""
    wav: str | None
    """Base64; the first seconds."""
    cells: dict[str, Any] | None
    steps: list[float | None] | None
    """Of a series, its first channel."""


class TestRow(Answer):
    row: int | None
    """Of the upload, from 1."""
    place: dict[str, str]
    """`file`, `series`, `user` and the like."""
    truth: str | None
    prediction: str | None
    confidence: float | None
    """The probability of the predicted class."""
    error: float | None
    """Greater the worse the answer is."""
    example: TestExample | None
    """Null once the dataset is gone."""


class TestRowPage(Answer):
    next_cursor: str | None
    """Pass it as `cursor` to get the next page; null on the last."""
    data: list[TestRow]
    total: int
