"""Django's ASGI handler, for bodies of any size.

Django receives a whole body before anything looks at it. Here it goes to the scratch directory rather than the
system's (which may be memory), ends at the size allowed, may come without a length, and a full disk is told.
Who brings no credentials at all may send little: the body lands on disk before they are checked.
"""

import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from trainyard.api.admission import SCOPE_KEY, Admission, Doorman
from trainyard.api.problems import CONTENT_TYPE, headers_of, problem
from trainyard.api.request_id import RequestIdMiddleware
from trainyard.api.uploads import too_large
from trainyard.core.errors import TrainyardError
from trainyard.core.storage_full import telling_storage_full

FRAMING_BYTES = 2**20
"""What a multipart body may hold besides the file."""

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BodyHandler(ASGIHandler):
    """Middleware and views run in one thread from end to end: all of them are synchronous, and Django's asynchronous
    chain would cross between threads and the event loop for each middleware, which costs as much as a small request.

    The threads are those of ``admission``, not Django's one a request: a request whose client has gone would hold up
    the event loop until its thread ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._doorman = Doorman()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This serves HTTP, not {scope['type']}.")
        await self.handle(scope | {SCOPE_KEY: self._doorman.admission_of(scope)}, receive, send)

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        assert isinstance(request, ASGIRequest)  # noqa: S101  as made below
        admission: Admission = request.scope[SCOPE_KEY]
        return await admission.run(lambda: self.get_response(request))

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            await super().handle(scope, limited(receive, scope), send)
        except TrainyardError as error:
            await self.send_response(_refusal(error, scope), send)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        body: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  Django closes it
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b", dir=str(settings.FILE_UPLOAD_TEMP_DIR)
        )
        try:
            with telling_storage_full():
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise RequestAborted
                    body.write(message.get("body", b""))
                    more = message.get("more_body", False)
                body.seek(0)
        except BaseException:
            with suppress(OSError):  # closing writes what is still buffered, which a full disk refuses once more
                body.close()
            raise
        return body

    def create_request(
        self, scope: Mapping[str, Any], body_file: IO[bytes]
    ) -> tuple[ASGIRequest, None] | tuple[None, HttpResponseBase]:
        if _header(scope, b"transfer-encoding"):
            length = str(body_file.seek(0, os.SEEK_END)).encode()
            body_file.seek(0)
            scope = {**scope, "headers": [*scope["headers"], (b"content-length", length)]}
        return super().create_request(scope, body_file)


def limited(receive: Receive, scope: Mapping[str, Any]) -> Receive:
    """``receive`` that raises ``UploadTooLarge`` once the body is larger than this request's may be."""
    is_json = _header(scope, b"content-type").startswith(b"application/json")
    is_stranger = not _header(scope, b"authorization") and not _header(scope, b"cookie")
    is_small = is_json or is_stranger
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if is_small else settings.ENVIRONMENT.max_upload_bytes + FRAMING_BYTES
    stated = _header(scope, b"content-length")
    received = 0

    async def receive_some() -> Message:
        nonlocal received
        if stated.isdigit() and int(stated) > limit:
            raise too_large(limit)
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise too_large(limit)
        return message

    return receive_some


def _header(scope: Mapping[str, Any], name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def _refusal(error: TrainyardError, scope: Mapping[str, Any]) -> HttpResponseBase:
    def answer(request: HttpRequest) -> HttpResponseBase:
        return JsonResponse(
            problem(error, request=request), status=error.status, content_type=CONTENT_TYPE, headers=headers_of(error)
        )

    with tempfile.TemporaryFile() as empty:
        return RequestIdMiddleware(answer)(ASGIRequest(scope, empty))
