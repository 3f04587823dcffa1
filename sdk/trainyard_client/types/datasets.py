"""Answers about datasets. Written by ``scripts/client_types.py``."""

from datetime import datetime
from typing import Any

from trainyard_client.types.answer import Answer
from trainyard_client.types.enums import DatasetImportState, DatasetState, FindingCode, Task
from trainyard_client.types.shared import Histogram


class CategoryCount(Answer):
    name: str
    rows: int


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


class ColumnDistribution(Answer):
    name: str
    kind: str
    """`numeric` or `categorical`."""
    form: str
    """How its texts are read, such as `number` or `datetime`."""
    missing: int
    histogram: Histogram | None
    """Of numbers."""
    categories: list[CategoryCount]
    """The 12 most frequent."""
    categories_omitted: int


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
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of preview, compare, train."""


class Dataset(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of rename, add_version, delete, train."""


class DatasetDetail(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """What a dataset's ``options`` may hold; the JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime
    allowed_actions: list[str]
    """What the caller may do with it, by its state, role and scopes, of rename, add_version, delete, train."""
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


class DatasetImportError(Answer):
    code: str
    message: str
    hint: str


class DatasetImport(Answer):
    id: str
    dataset_id: str
    url: str
    """Without its query, which may be a signature."""
    filename: str
    state: DatasetImportState
    bytes: int
    """So many are here."""
    total_bytes: int | None
    """Of the whole file; null before it was begun."""
    version_id: str | None
    """The version that it became; null until it is finished."""
    error: DatasetImportError | None
    """Why the last try failed; an import that is still queued is tried again."""
    created_at: datetime
    finished_at: datetime | None


class Finding(Answer):
    """Something to know before training on the data."""

    code: FindingCode
    column: str | None
    amount: float
    """How many times as many rows, or which share of them."""
    message: str


class PreviewImage(Answer):
    label: str
    png: str
    """Base64."""


class PreviewRecording(Answer):
    label: str
    """Its class, or what is said."""
    wav: str
    """Base64; the first seconds."""


class PreviewSeries(Answer):
    name: str
    label: str | None
    """Its class, if it has one."""
    values_: list[float | None]
    """Of the first channel."""


class DatasetPreview(Answer):
    """The first rows of a table as objects, a few texts with their labels, images, recordings or series."""

    rows: list[dict[str, Any]]
    images: list[PreviewImage]
    recordings: list[PreviewRecording]
    series: list[PreviewSeries]
    columns: list[ColumnDistribution]
    findings: list[Finding]
