"""tus 1.0: parsing of its headers. Source: https://tus.io/protocols/resumable-upload"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

from django.http import UnreadablePostError
from django.utils.http import http_date
from rest_framework.request import Request

from trainyard.api.numbers import whole_number
from trainyard.core.connections import blocked
from trainyard.core.errors import FieldError, InvalidInput, TrainyardError
from trainyard.datasets.models import ResumableUpload
from trainyard.datasets.receiving import Checksum

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
ALGORITHMS = ("sha1", "sha256", "sha512", "md5")
MEDIA_TYPE = "application/offset+octet-stream"
VERSION_HEADER = "Trainyard-Dataset-Version"
READ_BYTES = 2**20


class UnsupportedTusVersion(TrainyardError):
    status = 412
    code = "unsupported_tus_version"


class WrongContentType(TrainyardError):
    """The content type of the body is not supported by this call."""

    status = 415
    code = "unsupported_media_type"


class ClientGone(TrainyardError):
    """The client closed the connection; nobody reads this answer."""

    status = 400
    code = "client_gone"


def check_version(request: Request) -> None:
    """Raises ``UnsupportedTusVersion``."""
    if request.headers.get("Tus-Resumable") != VERSION:
        raise UnsupportedTusVersion(
            f"This speaks tus {VERSION}.", hint=f"Send the header Tus-Resumable: {VERSION}, as clients of tus do."
        )


def number_in(request: Request, name: str) -> int:
    """Raises ``InvalidInput``."""
    found = whole_number(request.headers.get(name, ""))
    if found is None:
        raise _wrong(name, f"{name} must be a whole number of bytes.")
    return found


def metadata_of(request: Request) -> dict[str, str]:
    """``Upload-Metadata``: names and base64 values. Raises ``InvalidInput``."""
    found: dict[str, str] = {}
    for pair in filter(None, map(str.strip, request.headers.get("Upload-Metadata", "").split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise _wrong("Upload-Metadata", f"The value of {name[:80]} is not UTF-8 in base64.") from None
    return found


def options_in(metadata: dict[str, str]) -> Any:
    """``options`` as JSON. Raises ``InvalidInput``."""
    try:
        return json.loads(metadata.get("options") or "{}")
    except ValueError:
        raise _wrong("options", "options must be JSON.") from None


def checksum_of(request: Request) -> Checksum | None:
    """Raises ``InvalidInput``."""
    value = request.headers.get("Upload-Checksum")
    if value is None:
        return None
    algorithm, _, encoded = value.partition(" ")
    if algorithm not in ALGORITHMS:
        raise _wrong("Upload-Checksum", f"The algorithm must be one of {', '.join(ALGORITHMS)}.")
    try:
        return Checksum(algorithm, base64.b64decode(encoded.strip(), validate=True))
    except binascii.Error:
        raise _wrong("Upload-Checksum", "The checksum is not base64.") from None


def check_media_type(request: Request) -> None:
    """Raises ``WrongContentType``."""
    if request.content_type.partition(";")[0].strip() != MEDIA_TYPE:
        raise WrongContentType(f"The body must be of the type {MEDIA_TYPE}.")


def chunks_of(request: Request) -> Iterator[bytes]:
    """The body as it comes; whoever waits for it holds no database connection. Raises ``ClientGone``."""
    body = request._request  # noqa: SLF001  REST framework hides a stream without Content-Length
    while True:
        try:
            with blocked():
                chunk = body.read(READ_BYTES)
        except UnreadablePostError:
            raise ClientGone("The connection broke.") from None
        if not chunk:
            return
        yield chunk


def headers_of(upload: ResumableUpload) -> dict[str, str]:
    """What every answer about an upload says."""
    headers = {
        "Upload-Offset": str(upload.offset),
        "Upload-Length": str(upload.length),
        "Cache-Control": "no-store",
    }
    if upload.finished_at is None:
        headers["Upload-Expires"] = http_date(upload.expires_at.timestamp())
    else:
        headers[VERSION_HEADER] = upload.version_id
    return headers


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=(FieldError(field, "invalid", message),))
