"""Responses with the content of a blob: streamed, or redirected to the store."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from io import SEEK_END
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from trainyard.api.numbers import whole_number
from trainyard.api.problems import problem_response
from trainyard.core.blobs import CHUNK_BYTES, BlobNotFound, BlobStore, blob_store
from trainyard.core.errors import NotFound, TrainyardError
from trainyard_spec.files import FileEntry

URL_EXPIRES_SECONDS = 300
_ONE_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


class RangeNotSatisfiable(TrainyardError):
    """The requested range contains no byte of the file."""

    status = 416
    code = "range_not_satisfiable"


def blob_response(
    request: Request,
    *,
    key: str,
    file: FileEntry,
    media_type: str = "application/octet-stream",
    filename: str = "",
) -> HttpResponse | StreamingHttpResponse:
    """The blob at ``key``, described by ``file``. Raises ``NotFound``, also for one of another size.

    ``filename`` is what a browser saves it as: the file's own name where none is given. ``ETag`` is the SHA-256; one
    byte range may be asked for (RFC 9110, section 14).
    """
    store, etag, name = blob_store(), f'"{file.sha256}"', filename or file.name
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    address = store.url(key, expires_seconds=URL_EXPIRES_SECONDS)
    if address is not None:
        return HttpResponseRedirect(address)
    content = _opened(store, key, file, name=name)
    wanted = _range(request, etag=etag, size=file.bytes)
    if wanted is None:
        content.close()
        return _outside(request, name=name, size=file.bytes)
    start, stop = wanted
    content.seek(start)
    response = StreamingHttpResponse(
        _stream(request, content, stop - start),
        content_type=media_type,
        headers=_headers(etag=etag, name=name, length=stop - start),
    )
    if (start, stop) != (0, file.bytes):
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{file.bytes}"
    return response


def _outside(request: Request, *, name: str, size: int) -> HttpResponse:
    error = RangeNotSatisfiable(f"The file {name} has {size} bytes, and none of them is in this range.")
    answer = problem_response(error, request)
    answer["Content-Range"] = f"bytes */{size}"
    return answer


def _headers(*, etag: str, name: str, length: int) -> dict[str, str]:
    return {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "",
        "Content-Length": str(length),
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
    }


def _opened(store: BlobStore, key: str, file: FileEntry, *, name: str) -> IO[bytes]:
    """The blob, if it is of the size that ``file`` says. Raises ``NotFound``."""
    try:
        content = store.open(key)
    except BlobNotFound:
        raise NotFound(f"The file {name} is not here any more.") from None
    if content.seek(0, SEEK_END) != file.bytes:
        content.close()
        raise NotFound(f"The file {name} is damaged: it has another size than it had.")
    return content


def _range(request: Request, *, etag: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; ``None`` when the range asked for lies outside."""
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", etag) != etag or found.group(1) == found.group(2) == "":
        return 0, size
    first, last = (_place(digits, size) for digits in found.groups())
    if first is None:
        return (max(size - last, 0), size) if last else None
    start, stop = first, size if last is None else min(last + 1, size)
    return (start, stop) if start < stop else None


def _place(digits: str, size: int) -> int | None:
    """The number, or ``size`` if it lies beyond; ``None`` where none is given."""
    if not digits:
        return None
    number = whole_number(digits)
    return size if number is None else min(number, size)


class _Chunks:
    """Next ``count`` bytes of a file. Django calls ``close`` however the response ends, even if it never began."""

    def __init__(self, file: IO[bytes], count: int) -> None:
        self._file = file
        self._left = count

    def close(self) -> None:
        self._file.close()

    def read(self) -> bytes:
        chunk = self._file.read(min(CHUNK_BYTES, self._left))
        self._left -= len(chunk)
        return chunk


class _ChunksInTurn(_Chunks):
    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")


class _ChunksAwaited(_Chunks):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(self.read):
            yield chunk


def _stream(request: Request, file: IO[bytes], count: int) -> _ChunksInTurn | _ChunksAwaited:
    # Django reads a synchronous iterator whole into memory when it serves through ASGI, and the other way round.
    is_asgi = isinstance(request._request, ASGIRequest)  # noqa: SLF001
    return _ChunksAwaited(file, count) if is_asgi else _ChunksInTurn(file, count)
