"""Takes samples: each becomes an ordinary dataset of the tenant in context, with an ordinary version."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import transaction

from trainyard.datasets import operations
from trainyard.datasets.models import DatasetVersion
from trainyard.datasets.samples import queries
from trainyard.datasets.samples.catalogue import Sample


@contextmanager
def stored_sample(*, sample: Sample, now: datetime) -> Iterator[DatasetVersion]:
    """A version of no dataset yet, whose file, that of ``sample``, is stored. Raises ``StorageQuotaExceeded``."""
    content = sample.content()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, sample.filename)
        path.write_bytes(content)
        upload = operations.Upload(path, sample.filename, len(content), hashlib.sha256(content).hexdigest())
        with operations.stored_file(upload=upload, now=now) as version:
            yield version


@transaction.atomic
def take(*, sample: Sample, stored: DatasetVersion, actor: str, now: datetime) -> DatasetVersion:
    """Makes a dataset of ``sample`` with ``stored`` as its first version, unless it was taken meanwhile."""
    if (taken := queries.taken(sample=sample)) is not None:
        return taken
    dataset = operations.create_dataset(
        name=sample.title, task=sample.task, options=dict(sample.options), actor=actor, now=now
    )
    stored.dataset_id = dataset.id
    operations.add_version(stored, actor=actor, now=now)
    return stored
