"""Blob store that encrypts each blob with the key of the organization in its path.

Older unencrypted blobs stay readable. Blobs that belong to no organization are not encrypted.
"""

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from trainyard.core.blobs import CHUNK_BYTES, BlobNotFound, BlobStore, Metered, Stored, StoredKey, checked_key
from trainyard.core.encryption.keys import KeyDestroyed, KeyRing
from trainyard.core.encryption.sealed import HEADER_BYTES, Header, seal
from trainyard.core.encryption.sealed_reader import SealedReader
from trainyard_common.untrusted import open_file

ORGANIZATIONS = "organizations"


class EncryptedBlobStore:
    """Encrypts into ``inner``. ``Stored`` describes the unencrypted content."""

    def __init__(self, inner: BlobStore, keys: KeyRing) -> None:
        self._inner = inner
        self._keys = keys

    def prepare(self) -> None:
        self._inner.prepare()

    def put(self, key: str, chunks: Iterable[bytes]) -> Stored:
        metered = Metered(chunks)
        self.write(key, metered)
        return metered.stored

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        place = checked_key(key)
        self._inner.write(place, self._sealed(place, chunks))

    def sealed(self, key: str, content: bytes) -> bytes:
        return b"".join(self._sealed(checked_key(key), [content]))

    def _sealed(self, place: str, chunks: Iterable[bytes]) -> Iterable[bytes]:
        owner = _organization_of(place)
        if owner is None:
            return chunks
        own = self._keys.current(owner)
        return seal(chunks, header=Header.new(own.id), key=own.secret, place=place)

    def put_file(self, key: str, path: Path) -> None:
        with open_file(path.parent, Path(path.name)) as file:
            self.write(key, iter(lambda: file.read(CHUNK_BYTES), b""))
        path.unlink()

    def open(self, key: str) -> IO[bytes]:
        place = checked_key(key)
        with ExitStack() as opened:
            file = self._readable(opened.enter_context(self._inner.open(place)), place)
            opened.pop_all()
            return file

    def opened(self, key: str, content: bytes) -> bytes:
        with self._readable(io.BytesIO(content), checked_key(key)) as file:
            return file.read()

    def _readable(self, file: IO[bytes], place: str) -> IO[bytes]:
        header = Header.parse(file.read(HEADER_BYTES))
        if header is None:
            file.seek(0)
            return file
        return self._reader(file, header, place)

    def _reader(self, file: IO[bytes], header: Header, place: str) -> IO[bytes]:
        try:
            own = self._keys.key(header.key_id)
        except KeyDestroyed:
            raise BlobNotFound(place) from None
        return cast("IO[bytes]", SealedReader(file, header, key=own.secret, place=place))

    def local_path(self, key: str) -> None:
        return None

    def url(self, key: str, *, expires_seconds: int) -> None:
        return None

    def delete_prefix(self, prefix: str) -> None:
        self._inner.delete_prefix(prefix)

    def keys(self, prefix: str) -> Iterator[StoredKey]:
        return self._inner.keys(prefix)


def _organization_of(place: str) -> str | None:
    root, _, rest = place.partition("/")
    return rest.partition("/")[0] or None if root == ORGANIZATIONS else None
