"""Sources: addresses from which files of datasets are fetched, by the operator's list, from any byte on.

An ``https`` address is asked as a webhook's is (``core.outbound``): resolved once, to nothing but public networks, and
so is each address that it redirects to. An ``s3`` one is read with the platform's credentials.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from trainyard.core.blobs import CHUNK_BYTES
from trainyard.core.connections import blocked
from trainyard.core.errors import FieldError, InvalidInput
from trainyard.core.outbound import client
from trainyard.core.outbound.addresses import AddressRefused, Resolver, allowed_networks, check_url, system_resolver
from trainyard.core.s3_blobs import ObjectRefused, opened_object

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
USER_AGENT = "Trainyard"
NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class SourceNotAllowed(InvalidInput):
    """The operators do not allow imports from this source."""

    code = "source_not_allowed"


class FetchFailed(Exception):
    """Nothing more came. ``code`` is stable; one that ``is_final`` would be the same another time."""

    def __init__(self, code: str, message: str, *, hint: str = "", is_final: bool = True) -> None:
        self.code, self.message, self.hint, self.is_final = code, message, hint, is_final
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes from ``start`` on of a file of ``length``; ``validator`` is the same while the file is (RFC 9110)."""

    start: int
    length: int
    validator: str
    chunks: Iterator[bytes]


def check_source(url: str, *, field: str = "url") -> None:
    """Whether files may be fetched from ``url``, before its name is resolved.

    Raises ``SourceNotAllowed``, and ``AddressRefused`` for what is no address.
    """
    allowed: tuple[str, ...] = settings.ENVIRONMENT.import_sources
    if not allowed:
        raise _not_allowed("This platform fetches no files from addresses.", field)
    if not url.startswith("s3://"):
        check_url(url, allowed=allowed_networks(), field=field)
    if not any(_matches(url, source) for source in allowed):
        raise _not_allowed(f"This platform fetches no files from {urlsplit(url).netloc}.", field)


def filename_of(url: str) -> str:
    """The last part of its path, or of an object's key."""
    path = _bucket_and_key(url)[1] if url.startswith("s3://") else unquote(urlsplit(url).path)
    return path.rstrip("/").rpartition("/")[2][-255:] or "download"


@contextmanager
def opened(url: str, *, start: int = 0, validator: str = "", resolver: Resolver = system_resolver) -> Iterator[Content]:
    """The file at ``url``, to be read inside the block; from ``start`` on where it still is the one of ``validator``.

    Raises ``FetchFailed``, inside the block too.
    """
    try:
        if url.startswith("s3://"):
            with _opened_object(url, start=start, validator=validator) as content:
                yield content
        else:
            asked = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
            if start and validator:
                asked |= {"Range": f"bytes={start}-", "If-Range": validator}
            with _answered(url, asked, resolver=resolver, redirects=MOST_REDIRECTS) as answer:
                yield _content(answer, start)
    except client.RequestFailed as error:
        raise FetchFailed(f"source_{error.code}", f"The address did not answer: {error}.", is_final=False) from error
    except (AddressRefused, SourceNotAllowed) as error:
        raise FetchFailed(error.code, error.message, hint=error.hint) from error


def _bucket_and_key(url: str) -> tuple[str, str]:
    """Bucket and key of an ``s3`` address. A key may hold ``?``, ``#`` and ``%``, which say nothing there."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _matches(url: str, source: str) -> bool:
    if source.startswith("s3://"):
        (bucket, key), (allowed_bucket, prefix) = _bucket_and_key(url), _bucket_and_key(source)
        prefix = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
        # A store may read ".." as a directory's parent, though the API knows no directories.
        is_below = key.startswith(prefix) and ".." not in key.split("/")
        return url.startswith("s3://") and bucket == allowed_bucket and is_below
    asked, allowed = urlsplit(url), urlsplit(source)
    host = asked.hostname or ""
    if asked.scheme not in {"https", "http"}:  # by http from the operator's own networks alone: see ``resolve``
        return False
    if allowed.netloc.startswith("*"):
        return host.endswith(allowed.netloc[1:])
    return host == allowed.netloc


@contextmanager
def _answered(url: str, asked: dict[str, str], *, resolver: Resolver, redirects: int) -> Iterator[HTTPResponse]:
    limits = client.TransferLimits(
        seconds=settings.ENVIRONMENT.import_seconds, idle_seconds=settings.ENVIRONMENT.import_idle_seconds
    )
    with client.opened("GET", url, headers=asked, limits=limits, resolver=resolver) as answer:
        if answer.status not in REDIRECTS:
            yield answer
            return
        target = urljoin(url, answer.getheader("Location", ""))
    if not redirects:
        raise FetchFailed("source_redirects", f"The address redirects more than {MOST_REDIRECTS} times.")
    check_source(target)
    with _answered(target, asked, resolver=resolver, redirects=redirects - 1) as answer:
        yield answer


def _content(answer: HTTPResponse, start: int) -> Content:
    _check_status(answer.status)
    if answer.getheader("Content-Encoding", "identity") != "identity":
        raise FetchFailed("source_encoded", "The address answers with a compressed file, though it was asked not to.")
    tag = answer.getheader("ETag", "")
    # A weak one may stay while bytes change, and If-Range takes none.
    validator = answer.getheader("Last-Modified", "") if not tag or tag.startswith("W/") else tag
    if answer.status == HTTPStatus.PARTIAL_CONTENT:
        unit, _, place = answer.getheader("Content-Range", "").partition(" ")
        span, _, total = place.partition("/")
        if unit != "bytes" or span.partition("-")[0] != str(start) or not total.isdecimal():
            raise FetchFailed("source_range", "The address answers with another part than it was asked for.")
        return Content(start, int(total), validator, _blocked(iter(lambda: answer.read(CHUNK_BYTES), b"")))
    length = answer.getheader("Content-Length", "")
    if not length.isdecimal():
        hint = "Download the file, and upload it."
        raise FetchFailed("source_length_unknown", "The address does not say how large the file is.", hint=hint)
    return Content(0, int(length), validator, _blocked(iter(lambda: answer.read(CHUNK_BYTES), b"")))


def _check_status(status: int) -> None:
    if status in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
        return
    if status in NOT_THERE:
        raise FetchFailed("source_not_found", f"There is no file at the address: it answers {status}.")
    if status in DENIED:
        hint = "Take an address that needs no log-in, such as a signed one."
        raise FetchFailed("source_denied", f"The address gives the file to nobody: it answers {status}.", hint=hint)
    is_final = status not in LATER and status < HTTPStatus.INTERNAL_SERVER_ERROR
    raise FetchFailed("source_unavailable", f"The address answers {status}.", is_final=is_final)


def _blocked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """``chunks``; whoever waits for the next holds no database connection."""
    while True:
        with blocked():
            chunk = next(chunks, b"")
        if not chunk:
            return
        yield chunk


@contextmanager
def _opened_object(url: str, *, start: int, validator: str) -> Iterator[Content]:
    bucket, key = _bucket_and_key(url)
    try:
        found = opened_object(
            bucket=bucket,
            key=key,
            start=start if validator else 0,
            etag=validator,
            endpoint_url=settings.ENVIRONMENT.s3_endpoint_url,
        )
        with closing(found.body):
            yield Content(found.start, found.length, found.etag, _blocked(found.chunks(CHUNK_BYTES)))
    except ObjectRefused as error:
        if error.status:
            _check_status(error.status)
        raise FetchFailed("source_unavailable", "The store does not answer.", is_final=False) from error


def _not_allowed(message: str, field: str) -> SourceNotAllowed:
    hint = "Upload the file instead, or ask the operators to add the source to TRAINYARD_IMPORT_SOURCES."
    return SourceNotAllowed(message, hint=hint, errors=(FieldError(field, SourceNotAllowed.code, message, hint),))
