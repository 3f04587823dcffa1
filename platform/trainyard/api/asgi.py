"""Django's ASGI handler for bodies of any size.

Django receives a whole body before anything looks at it. This handler writes it to the scratch directory instead of the
system's temporary directory (which may be memory), stops at the size limit, accepts bodies without a length, and
reports a full disk. If the body did not arrive together with the head, nothing of it is read before the caller is
authenticated (``entrance``).
"""

import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack, suppress
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch

from trainyard.api.admission import SCOPE_KEY, Admitted, Doorman
from trainyard.api.body_limits import JSON_BYTES
from trainyard.api.entrance import RequestHead, check_caller, head_of, header
from trainyard.api.incoming import IncomingBody, InFlight, Message, Receive
from trainyard.api.problems import problem_response
from trainyard.api.request_id import RequestIdMiddleware
from trainyard.api.streamed_body import StreamedBody
from trainyard.core.errors import TrainyardError
from trainyard.core.storage_full import raising_storage_full
from trainyard.tenants.queries import most_bytes_in_flight

Send = Callable[[Message], Awaitable[None]]
ROUTE_KEY = "trainyard.route"


class BodyHandler(ASGIHandler):
    """ASGI handler that runs middleware and views of a request in one thread.

    All of them are synchronous; Django's asynchronous chain would switch between threads and the event loop for each
    middleware, which costs as much as a small request. The threads are those of ``admission``, not one per request as
    in Django: a request whose client has gone would block the event loop until its thread ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._doorman = Doorman()
        self._in_flight = InFlight()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"This serves HTTP, not {scope['type']}.")
        await self.handle(scope, receive, send)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Where the request's path leads, which was found out when its head came."""
        scope = request.scope if isinstance(request, ASGIRequest) else {}
        route = scope.get(ROUTE_KEY)
        if not isinstance(route, ResolverMatch) or request.path_info != scope["path"]:
            return super().resolve_request(request)
        request.resolver_match = route
        return route

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        assert isinstance(request, ASGIRequest)  # noqa: S101  as made below
        admitted: Admitted = request.scope[SCOPE_KEY]
        response = await admitted.run(lambda: self.get_response(request))
        self._doorman.callers.learn(request.scope, getattr(request, "user", None))
        return response

    async def handle(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            head = head_of(scope)
        except TrainyardError as error:
            await self.send_response(_refusal(error, scope, closing=True), send)
            return
        admitted = self._doorman.admitted(head)
        scope = {**scope, SCOPE_KEY: admitted, ROUTE_KEY: head.route}
        body = IncomingBody(receive, head, seconds=settings.ENVIRONMENT.body_seconds)
        try:
            with ExitStack() as stack:
                if head.has_body:
                    await self._let_in(head, body, stack, admitted)
                if head.is_streamed:
                    await self._handle_streamed(scope, body, send)
                else:
                    await super().handle(scope, body.receive, send)
        except TrainyardError as error:
            await self._refuse(error, scope, body, send)
        finally:
            body.close()

    async def _handle_streamed(self, scope: dict[str, Any], body: IncomingBody, send: Send) -> None:
        """The view reads the body as it comes. An answer before its end goes out whole before the connection closes."""
        streamed = StreamedBody(body)

        async def send_after_body(message: Message) -> None:
            is_last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if is_last and not body.is_complete:
                await send({**message, "more_body": True})
                await body.linger()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        try:
            await super().handle(scope, streamed.wait_for_disconnect, send_after_body)
        finally:
            streamed.abort()

    async def _let_in(self, head: RequestHead, body: IncomingBody, stack: ExitStack, admitted: Admitted) -> None:
        """Raises what keeps the caller, or a body of this size, out."""
        if not head.has_credentials:
            body.check_stated()
        organization_id = ""
        if head.view is not None and not await body.is_here_at_once():
            actor = await admitted.run(lambda: check_caller(head))
            self._doorman.callers.learn(head.scope, actor)
            organization_id = actor.organization_id if actor else ""
        body.check_stated()
        if organization_id and head.limit > JSON_BYTES:
            most = await admitted.run(lambda: most_bytes_in_flight(organization_id))
            body.expect(stack.enter_context(self._in_flight.counted(organization_id, most=most)))

    async def _refuse(self, error: TrainyardError, scope: Mapping[str, Any], body: IncomingBody, send: Send) -> None:
        response = _refusal(error, scope, closing=not body.is_complete)
        if body.is_complete:
            await self.send_response(response, send)
            return
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": response.content, "more_body": True})
        await body.linger()
        await send({"type": "http.response.body", "body": b""})

    async def read_body(self, receive: Receive) -> IO[bytes]:
        source = getattr(receive, "__self__", None)
        if isinstance(source, StreamedBody):
            return cast("IO[bytes]", source)
        body: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  Django closes it
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b", dir=str(settings.FILE_UPLOAD_TEMP_DIR)
        )
        try:
            with raising_storage_full():
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
        if header(scope, b"transfer-encoding"):
            length = str(body_file.seek(0, os.SEEK_END)).encode()
            body_file.seek(0)
            scope = {**scope, "headers": [*scope["headers"], (b"content-length", length)]}
        return super().create_request(scope, body_file)


def _refusal(error: TrainyardError, scope: Mapping[str, Any], *, closing: bool) -> HttpResponse:
    """The answer to a request that no view sees. ``closing`` tells the client that the rest of its body is not read."""

    def answer(request: HttpRequest) -> HttpResponse:
        return problem_response(error, request)

    with tempfile.TemporaryFile() as empty:
        response = RequestIdMiddleware(answer)(ASGIRequest(scope, empty))
    assert isinstance(response, HttpResponse)  # noqa: S101  as made above
    response.headers["Content-Length"] = str(len(response.content))
    if closing:
        response.headers["Connection"] = "close"
    return response
