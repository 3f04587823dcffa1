"""Answers about datasets. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import DatasetState, Task


class ClassChange(Answer):
    name: str
    before: int | None
    """Rows; null where there was no such class."""
    after: int | None


class ColumnChange(Answer):
    name: str
    before: str | None
    """Its kind; null where there was no such column."""
    after: str | None


class DatasetVersionSummary(Answer):
    id: str
    dataset_id: str
    number: int
    """Counts from 1 within the dataset."""
    state: DatasetState
    filename: str
    bytes: int
    sha256: str
    rows: int | None
    created_at: datetime
    validated_at: datetime | None


class Dataset(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime


class DatasetDetail(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime
    versions: list[DatasetVersionSummary]
    """The newest 50, newest first."""


class DatasetDifference(Answer):
    before: DatasetVersionSummary
    after: DatasetVersionSummary
    is_same_content: bool
    """Whether both files are the same, byte by byte."""
    classes: list[ClassChange]
    """Classes with other numbers of rows."""
    columns: list[ColumnChange]
    """Columns that came, went or are of another kind."""


class PreviewImage(Answer):
    label: str
    png: str
    """Base64."""


class DatasetPreview(Answer):
    """The first rows of a table as objects, a few texts with their labels, or a few images."""

    rows: list[dict[str, Any]]
    images: list[PreviewImage]
