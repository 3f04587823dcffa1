"""Adapters that customers upload (``imported`` models): LoRA in the layout of peft, as a zip of its directory."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import transaction

from trainyard.core import audit
from trainyard.core.blobs import blob_store
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.tenancy import current_tenant
from trainyard.datasets.operations import check_room
from trainyard.pools import queries as pools
from trainyard.registry.generation import CAUSAL_LM
from trainyard.registry.models import Model
from trainyard_common.bounded_zip import BoundedZip, TooManyEntries
from trainyard_spec.base import RulesViolated
from trainyard_spec.engine_protocol import CONFIG_FILE
from trainyard_spec.peft_adapters import LARGEST_HEADER, LENGTH, PeftAdapter, read_adapter, starting_model_of
from trainyard_spec.tasks import Task
from trainyard_spec.training_sessions import ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE

PICKLE = "adapter_model.bin"
LARGEST_SETTINGS = 2**20
"""Bytes of an ``adapter_config.json``."""
LARGEST_WEIGHTS = 16 * 2**30
MOST_FILES = 1_000
"""Of which two are read: some directories hold checkpoints and tokenizers, too."""
CHUNK = 2**20
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""What reading an archive raises by its content: each method of compression has errors of its own."""
ZIP_IT = "Zip the directory that peft's save_pretrained writes."


class AdapterNotServed(InvalidInput):
    """The uploaded adapter is damaged, is not a plain LoRA adapter, or its base model is not registered."""

    code = "adapter_not_served"


@dataclass(frozen=True, slots=True)
class AdapterUpload:
    """Zip archive at ``path`` with an adapter of the registered model ``base``, to become a model called ``name``."""

    path: Path
    base: str
    name: str


@contextmanager
def stored_adapter(*, upload: AdapterUpload, now: datetime) -> Iterator[Model]:
    """A model that is to be added in the block, its files stored; without a row after it they are deleted.

    Raises ``AdapterNotServed``, and ``StorageQuotaExceeded``.
    """
    task = Task.INSTRUCTION_TUNING
    if pools.pool_holding(upload.base, task=task, now=now) is None:
        message = f"No worker holds a language model called {upload.base}."
        known = sorted(pools.registered_models(task=task))
        hint = f"Registered are: {', '.join(known)}." if known else "Ask the operator to register it."
        raise _refused(message, field="base", code="unknown_model", hint=hint)
    store = blob_store()
    with _opened(upload.path) as archive:
        adapter = _described(archive, upload.base)
        members = [archive.getinfo(name) for name in _members(archive).values()]
        check_room(sum(member.file_size for member in members))
        model = Model(
            organization_id=current_tenant(),
            origin=Model.Origin.IMPORTED,
            base=upload.base,
            name=upload.name,
            task=task,
            architecture=CAUSAL_LM,
            parameters=adapter.parameters,
            test_metrics={},
            files=[],
            created_at=now,
        )
        try:
            _store(model, archive, adapter)
            yield model
        finally:
            if not Model.objects.filter(id=model.id).exists():
                store.delete_prefix(model.blob_prefix)


@transaction.atomic
def add_adapter(model: Model, *, actor: str, now: datetime) -> None:
    """Adds a model whose files are stored."""
    model.save(force_insert=True)
    audit.record(actor=actor, action="model.import", target=model.id, organization_id=model.organization_id, now=now)


def _store(model: Model, archive: zipfile.ZipFile, adapter: PeftAdapter) -> None:
    store = blob_store()
    facts = starting_model_of(adapter, name=model.name).model_dump_json().encode()
    contents: dict[str, Iterator[bytes]] = {CONFIG_FILE: iter((facts,))}
    for name, member in _members(archive).items():
        contents[name] = _chunks(archive, member)
    for name, chunks in contents.items():
        stored = store.put(f"{model.blob_prefix}/{name}", chunks)
        model.files.append({"name": name, "bytes": stored.bytes, "sha256": stored.sha256})
        if name == ADAPTER_WEIGHTS_FILE:
            model.weights_sha256 = stored.sha256


def _described(archive: zipfile.ZipFile, base: str) -> PeftAdapter:
    found = _members(archive)
    try:
        with archive.open(found[ADAPTER_CONFIG_FILE]) as file:
            settings = file.read(LARGEST_SETTINGS)
        with archive.open(found[ADAPTER_WEIGHTS_FILE]) as file:
            header = _header(file)
        size = archive.getinfo(found[ADAPTER_WEIGHTS_FILE]).file_size
        return read_adapter(base=base, config=settings, header=header, size=size)
    except RulesViolated as error:
        (violation,) = error.violations
        raise _refused(violation.message, field=violation.field, code=violation.code, hint=violation.hint) from error
    except UNREADABLE as error:
        raise _damaged(error) from error


def _header(file: IO[bytes]) -> bytes:
    """The beginning of a safetensors file, as far as its header goes, or too little of it."""
    first = file.read(LENGTH.size)
    if len(first) < LENGTH.size:
        return first
    (length,) = LENGTH.unpack(first)
    return first + (file.read(length) if length <= LARGEST_HEADER else b"")


def _members(archive: zipfile.ZipFile) -> dict[str, str]:
    """The two files by their own names; nothing else in ``archive`` is read. Raises ``AdapterNotServed``."""
    found: dict[str, str] = {}
    for name in archive.namelist():
        own = name.rpartition("/")[2]
        if own in (ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE):
            if own in found:
                raise _refused(f"The archive holds {own} twice.", field="file", code="adapter_damaged")
            found[own] = name
    for name in (ADAPTER_CONFIG_FILE, ADAPTER_WEIGHTS_FILE):
        if name not in found:
            is_pickle = name == ADAPTER_WEIGHTS_FILE and any(each.endswith(PICKLE) for each in archive.namelist())
            why = f": {PICKLE} is a pickle, and loading one runs whatever code is in it" if is_pickle else ""
            code = "pickle_refused" if is_pickle else "adapter_damaged"
            hint = f"{ZIP_IT} Its default is safetensors."
            raise _refused(f"The archive holds no {name}{why}.", field="file", code=code, hint=hint)
    if archive.getinfo(found[ADAPTER_WEIGHTS_FILE]).file_size > LARGEST_WEIGHTS:
        raise _refused("The adapter is larger than 16 GiB.", field="file", code="adapter_unsupported")
    return found


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = BoundedZip(path, most=MOST_FILES)
    except TooManyEntries:
        message = f"The archive holds more than {MOST_FILES:,} files."
        raise _refused(message, field="file", code="adapter_unsupported", hint=ZIP_IT) from None
    except UNREADABLE as error:
        raise _damaged(error) from error
    with archive:
        yield archive


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    try:
        with archive.open(member) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except UNREADABLE as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> AdapterNotServed:
    return _refused(f"The zip archive cannot be read: {error}.", field="file", code="adapter_damaged", hint=ZIP_IT)


def _refused(message: str, *, field: str, code: str, hint: str = "") -> AdapterNotServed:
    return AdapterNotServed(message, hint=hint, errors=(FieldError(field, code, message, hint),))
