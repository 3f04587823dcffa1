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
    """Number of rows; null if the class did not exist."""
    after: int | None


class ColumnChange(Answer):
    name: str
    before: str | None
    """Kind of the column; null if it did not exist."""
    after: str | None


class ColumnDistribution(Answer):
    name: str
    kind: str
    """`numeric` or `categorical`."""
    form: str
    """Format of its values, such as `number` or `datetime`."""
    missing: int
    histogram: Histogram | None
    """Histogram of a numeric column."""
    categories: list[CategoryCount]
    """The 12 most frequent categories."""
    categories_omitted: int


class DatasetVersionSummary(Answer):
    id: str
    dataset_id: str
    number: int
    """Number within the dataset, from 1."""
    state: DatasetState
    filename: str
    bytes: int
    sha256: str
    rows: int | None
    created_at: datetime
    validated_at: datetime | None
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of preview, compare, train."""


class Dataset(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """Values of a dataset's ``options``; their JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of rename, add_version, delete, train."""


class DatasetDetail(Answer):
    id: str
    name: str
    task: Task
    options: dict[str, Any]
    """Values of a dataset's ``options``; their JSON Schema is part of the API."""
    versions_count: int
    latest_version: DatasetVersionSummary | None
    created_at: datetime
    allowed_actions: list[str]
    """Actions that its state and the caller's role and scopes allow, of rename, add_version, delete, train."""
    versions: list[DatasetVersionSummary]
    """The 50 newest versions, newest first."""


class DatasetDifference(Answer):
    before: DatasetVersionSummary
    after: DatasetVersionSummary
    is_same_content: bool
    """Whether both files are the same, byte by byte."""
    classes: list[ClassChange]
    """Classes whose number of rows differs."""
    columns: list[ColumnChange]
    """Columns that were added, removed or have another kind."""


class DatasetImportError(Answer):
    code: str
    message: str
    hint: str


class DatasetImport(Answer):
    id: str
    dataset_id: str
    url: str
    """Source URL without its query, which may contain a signature."""
    filename: str
    state: DatasetImportState
    bytes: int
    """Bytes received so far."""
    total_bytes: int | None
    """Size of the file in bytes; null before the download begins."""
    version_id: str | None
    """Id of the created version; null until the import is finished."""
    error: DatasetImportError | None
    """Why the last try failed; while the state is `queued`, it is retried."""
    created_at: datetime
    finished_at: datetime | None


class Finding(Answer):
    """A finding about the data that matters for training, such as class imbalance or leakage."""

    code: FindingCode
    column: str | None
    amount: float
    """Size of the finding: a ratio of row counts, or a share of rows."""
    message: str


class PreviewImage(Answer):
    label: str
    png: str
    """Base64."""


class PreviewRecording(Answer):
    label: str
    """Class, or transcript."""
    wav: str
    """First seconds as WAV, base64."""


class PreviewSeries(Answer):
    name: str
    label: str | None
    """Class, if it has one."""
    values_: list[float | None]
    """Values of the first channel."""


class DatasetPreview(Answer):
    """Preview: the first rows of a table as objects, or a few texts with labels, images, recordings or series."""

    rows: list[dict[str, Any]]
    images: list[PreviewImage]
    recordings: list[PreviewRecording]
    series: list[PreviewSeries]
    columns: list[ColumnDistribution]
    findings: list[Finding]
