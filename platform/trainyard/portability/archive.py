"""The zip of an export: a JSON-lines file for each table, every stored file, and ``manifest.json`` over all of them."""

import hashlib
import json
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from trainyard.core.blobs import CHUNK_BYTES, BlobNotFound, blob_store
from trainyard.core.models import AuditChain, IdempotencyRecord, OrganizationKey
from trainyard.core.row_security import rows_of, tenant_models
from trainyard.core.storage_full import raising_storage_full
from trainyard.jobs.models import MetricChunk, MetricSummary
from trainyard.jobs.reporting.packing import plain, points_of
from trainyard.portability.models import Deletion, Export, exports_prefix
from trainyard.tenants.models import User
from trainyard.training_sessions.arrays import in_rows
from trainyard.training_sessions.models import OperationArrays

FORMAT = "trainyard-export/1"
LEFT_OUT = frozenset({AuditChain, IdempotencyRecord, OrganizationKey, Export, Deletion, OperationArrays, MetricSummary})
"""What serves the platform alone, arrays, which are among the files wherever they lie, and what sums up other rows."""
SECRETS = re.compile(r"secret|key_sha256|wrapped|signing_key")
"""Columns that open something."""
PACKED = "data"
"""The column of a metric chunk that holds its points, little-endian."""
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Archive:
    """What was written: size in bytes and hex SHA-256."""

    bytes: int
    sha256: str


class _Writer:
    """Adds files to a zip and keeps the manifest's entry of each."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.entries: list[dict[str, Any]] = []

    def add(self, name: str, chunks: Iterable[bytes], *, compressed: bool) -> None:
        digest, size = hashlib.sha256(), 0
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED if compressed else ZIP_STORED
        with self._archive.open(info, "w", force_zip64=True) as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.entries.append({"name": name, "bytes": size, "sha256": digest.hexdigest()})


def write_archive(*, organization_id: str, key: str, now: datetime) -> Archive:
    """Stores the zip of the organization in context under ``key``. Raises ``StorageFull``."""
    with raising_storage_full(), tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as directory:
        path = Path(directory, "export.zip")
        with ZipFile(path, "w", allowZip64=True) as archive:
            _fill(_Writer(archive), archive, organization_id=organization_id, now=now)
        written = Archive(path.stat().st_size, _sha256(path))
        blob_store().put_file(key, path)
    return written


def _fill(writer: _Writer, archive: ZipFile, *, organization_id: str, now: datetime) -> None:
    missing: list[str] = []
    for model in sorted(set(tenant_models()) - LEFT_OUT, key=lambda model: model._meta.label):
        name = f"tables/{model._meta.label_lower}.jsonl"
        writer.add(name, _lines(_rows(model, organization_id)), compressed=True)
    writer.add("tables/people.jsonl", _lines(_people(organization_id)), compressed=True)
    prefix = f"organizations/{organization_id}"
    for stored in sorted(blob_store().keys(prefix)):
        if stored.key.startswith(f"{exports_prefix(organization_id)}/"):
            continue
        try:
            content = blob_store().open(stored.key)
        except BlobNotFound:  # deleted meanwhile
            missing.append(stored.key)
            continue
        with content:
            chunks = iter(partial(content.read, CHUNK_BYTES), b"")
            writer.add(f"files/{stored.key.removeprefix(f'{prefix}/')}", chunks, compressed=False)
    for place, arrays in in_rows(organization_id):
        writer.add(f"files/{place.removeprefix(f'{prefix}/')}", [arrays], compressed=False)
    manifest = {
        "format": FORMAT,
        "organization": organization_id,
        "created_at": now,
        "files": writer.entries,
        "deleted_meanwhile": missing,
    }
    archive.writestr("manifest.json", json.dumps(manifest, cls=DjangoJSONEncoder, indent=1))


def _rows(model: type[models.Model], organization_id: str) -> Iterator[dict[str, Any]]:
    columns = exported_columns(model)
    rows = rows_of(model, organization_id).order_by("pk")
    if model is MetricChunk:
        return (_unpacked(chunk, columns) for chunk in rows.iterator(ROWS_AT_ONCE))
    return iter(rows.values(*columns).iterator(ROWS_AT_ONCE))


def exported_columns(model: type[models.Model]) -> list[str]:
    """The columns of ``model`` that an export has. None of them is binary: JSON has no bytes."""
    found = [field for field in model._meta.concrete_fields if not SECRETS.search(field.name)]
    return [field.attname for field in found if not (model is MetricChunk and field.name == PACKED)]


def _unpacked(chunk: Any, columns: list[str]) -> dict[str, Any]:
    """A metric chunk with its points as ``steps`` and, by name, ``values``."""
    return {column: getattr(chunk, column) for column in columns} | plain(points_of(chunk))


def _people(organization_id: str) -> Iterator[dict[str, Any]]:
    people = User.objects.filter(memberships__organization_id=organization_id).order_by("id")
    for row in people.values("id", "email", "name", "created_at"):
        yield dict(row)


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    return (json.dumps(row, cls=DjangoJSONEncoder).encode() + b"\n" for row in rows)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
