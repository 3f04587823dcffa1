"""How fast files are stored and read encrypted, against as they are.

Who reads a file also holds it against its SHA-256, as a worker does; reading alone, here from the page cache and into
nothing, shows what decryption costs by itself. As many bytes are stored and read again by both, in turn; what counts is
the median of the rounds. The key is fixed: a process asks the database for an organization's key once a minute, not
once a file.
"""

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import django

if TYPE_CHECKING:
    from trainyard.core.blobs import BlobStore

MEBIBYTES = 256
ROUNDS = 5
AIM = 0.8
WORK = ("store", "read and check", "read alone")
PLACE = "organizations/org_benchmark/file"


def report() -> None:
    """Prints MiB/s of both stores and their ratios."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainyard.config.settings")
    django.setup()
    from trainyard.core.blobs import LocalBlobStore
    from trainyard.core.encryption.keys import KeyRing, OpenKey
    from trainyard.core.encryption.store import EncryptedBlobStore

    class FixedKey:
        _key = OpenKey("ekey_benchmark", "org_benchmark", os.urandom(32))

        def current(self, organization_id: str) -> OpenKey:
            return self._key

        def key(self, key_id: str) -> OpenKey:
            return self._key

    with tempfile.TemporaryDirectory() as directory:
        plain = LocalBlobStore(Path(directory, "plain"))
        sealed = EncryptedBlobStore(LocalBlobStore(Path(directory, "sealed")), cast("KeyRing", FixedKey()))
        stores: dict[str, BlobStore] = {"plain": plain, "encrypted": sealed}
        measured: dict[str, dict[str, list[float]]] = {name: {what: [] for what in WORK} for name in stores}
        chunk = os.urandom(2**20)
        for _ in range(ROUNDS):
            for name, store in stores.items():
                measured[name]["store"].append(_rate(lambda: _put(store, chunk)))  # noqa: B023  called at once
                measured[name]["read and check"].append(_rate(lambda: _check(store)))  # noqa: B023  likewise
                measured[name]["read alone"].append(_rate(lambda: _read(store)))  # noqa: B023  likewise
    for what in WORK:
        before, after = (statistics.median(measured[name][what]) for name in ("plain", "encrypted"))
        print(f"{what}: {before:,.0f} MiB/s plain, {after:,.0f} encrypted: {after / before:.2f} of it (aim {AIM})")


def _put(store: "BlobStore", chunk: bytes) -> None:
    store.put(PLACE, (chunk for _ in range(MEBIBYTES)))


def _read(store: "BlobStore") -> None:
    with store.open(PLACE) as file:
        while file.read(2**20):
            pass


def _check(store: "BlobStore") -> None:
    with store.open(PLACE) as file:
        hashlib.file_digest(file, "sha256")


def _rate(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return MEBIBYTES / (time.perf_counter() - began)
