"""Answers with the content of a blob: streamed from a local directory, or by a redirect to the store."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect, StreamingHttpResponse
from rest_framework.request import Request

from trainyard.core.blobs import CHUNK_BYTES, BlobNotFound, blob_store
from trainyard.core.errors import NotFound
from trainyard_spec.files import FileEntry

URL_EXPIRES_SECONDS = 300
_ONE_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def blob_response(request: Request, *, key: str, file: FileEntry) -> HttpResponse | StreamingHttpResponse:
    """The blob at ``key``, described by ``file``. Raises ``NotFound``.

    ``ETag`` is the SHA-256; one byte range may be asked for (RFC 9110, section 14).
    """
    store = blob_store()
    try:
        path = store.local_path(key)
    except BlobNotFound:
        raise NotFound(f"The file {file.name} is not here any more.") from None
    if path is None:
        return HttpResponseRedirect(store.url(key, expires_seconds=URL_EXPIRES_SECONDS) or "")
    etag = f'"{file.sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    size = path.stat().st_size
    wanted = _range(request, etag=etag, size=size)
    if wanted is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, stop = wanted
    if (start, stop) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    opened = path.open("rb")
    opened.seek(start)
    return StreamingHttpResponse(
        _stream(request, opened, stop - start),
        status=206 if "Content-Range" in headers else 200,
        content_type="application/octet-stream",
        headers={**headers, "Content-Length": str(stop - start)},
    )


def _range(request: Request, *, etag: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; ``None`` when the range asked for lies outside."""
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    if found is None or request.headers.get("If-Range", etag) != etag or found.group(1) == found.group(2) == "":
        return 0, size
    first, last = found.groups()
    if first == "":
        return (max(size - int(last), 0), size) if int(last) > 0 else None
    start, stop = int(first), min(int(last) + 1 if last else size, size)
    return (start, stop) if start < stop else None


def _stream(request: Request, file: IO[bytes], count: int) -> AsyncIterator[bytes] | Iterator[bytes]:
    # Django reads a synchronous iterator whole into memory when it serves through ASGI, and the other way round.
    is_asgi = isinstance(request._request, ASGIRequest)  # noqa: SLF001
    return _read_async(file, count) if is_asgi else _read(file, count)


def _read(file: IO[bytes], count: int) -> Iterator[bytes]:
    with file:
        while count > 0 and (chunk := file.read(min(CHUNK_BYTES, count))):
            count -= len(chunk)
            yield chunk


async def _read_async(file: IO[bytes], count: int) -> AsyncIterator[bytes]:
    with file:
        while count > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK_BYTES, count))):
            count -= len(chunk)
            yield chunk
