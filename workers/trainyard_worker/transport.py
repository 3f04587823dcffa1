"""HTTP to the control plane: retries, the meaning of status codes, and file transfers.

A call that may be repeated takes a ``give_up`` event and is retried until it is answered or the event is set.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx
import structlog
from pydantic import BaseModel, ValidationError
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_when_event_set
from tenacity.nap import sleep_using_event
from tenacity.wait import wait_exponential_jitter

from trainyard_common.untrusted import Untrustworthy, open_file
from trainyard_spec.files import FileEntry

log = structlog.get_logger()

Answer = TypeVar("Answer", bound=BaseModel)
Value = TypeVar("Value")

TIMEOUT = httpx.Timeout(30.0, connect=3.0)
BACKOFF = wait_exponential_jitter(multiplier=0.1, max=5.0, jitter=0.1)
CHUNK_BYTES = 1 << 20
DOWNLOAD_TRIES = 3
LONGEST_RETRY_AFTER = 60.0


class CallFailed(Exception):
    """The control plane did not do what was requested."""


class Unreachable(CallFailed):
    """No answer, or a temporary error (5xx, 429); ``retry_after`` is in seconds, if the answer states it."""

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Refused(CallFailed):
    """A permanent error: any other 4xx, with the ``code`` of the problem document."""

    def __init__(self, *, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code


class Unauthorized(Refused):
    """The control plane does not know this credential."""


class NoRoom(Refused):
    """The platform's storage is full; it is unknown when there will be space."""


class AttemptLost(Refused):
    """The attempt belongs to this worker no longer: its fence is stale, or it does not exist any more."""


class CorruptDownload(CallFailed):
    """The download did not match its size and SHA-256, ``DOWNLOAD_TRIES`` times in a row."""


class Transport:
    """JSON calls and file transfers with one bearer token. Thread-safe."""

    def __init__(self, *, base_url: str, token: str) -> None:
        # An embedded control plane on loopback must not be looked for behind the proxy of the environment.
        self._http = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            timeout=TIMEOUT,
            trust_env=not _is_loopback(base_url),
        )

    def close(self) -> None:
        self._http.close()

    def request(
        self, path: str, body: BaseModel | None, answer: type[Answer], *, give_up: Event | None = None
    ) -> Answer:
        """Posts JSON and reads the answer. Without ``give_up`` the call is made once."""

        def call() -> Answer:
            return _parse(self._send_json(path, body), answer)

        return call() if give_up is None else _until(give_up, path, call)

    def request_once(self, path: str, body: BaseModel | None, answer: type[Answer]) -> Answer | None:
        """Posts JSON, once; ``None`` stands for the answer 204."""
        response = self._send_json(path, body)
        return None if response.status_code == httpx.codes.NO_CONTENT else _parse(response, answer)

    def request_if_any(self, path: str, body: BaseModel, answer: type[Answer], *, give_up: Event) -> Answer | None:
        """``request_once``, repeated as ``post`` is."""
        return _until(give_up, path, lambda: self.request_once(path, body, answer))

    def post(self, path: str, body: BaseModel, *, give_up: Event) -> None:
        """Posts JSON to a call that answers nothing."""
        _until(give_up, path, lambda: self._send_json(path, body))

    def upload(
        self, path: str, source: Path, *, parameters: dict[str, str], give_up: Event, root: Path | None = None
    ) -> None:
        """Puts the bytes of ``source``; the file is opened anew for every try.

        Below ``root``, its directory unless that is given, no link is followed.
        """

        def call() -> None:
            with open_file(root or source.parent, source if root else Path(source.name)) as stream:
                size = os.fstat(stream.fileno()).st_size
                length = {"Content-Length": str(size)}
                self._send("PUT", path, content=_chunks(stream, size, give_up), params=parameters, headers=length)

        _until(give_up, path, call)

    def download(self, path: str, entry: FileEntry, destination: Path, *, give_up: Event) -> None:
        """Brings a file to ``destination``, which appears complete and verified, or not at all."""
        part = destination.with_name(destination.name + ".part")

        def call() -> None:
            self._stream_to(part, path, entry, give_up)

        try:
            for attempt in Retrying(
                retry=retry_if_exception_type(CorruptDownload), stop=stop_after_attempt(DOWNLOAD_TRIES), reraise=True
            ):
                with attempt:
                    _until(give_up, path, call)
            part.replace(destination)
        finally:
            part.unlink(missing_ok=True)

    def _stream_to(self, part: Path, path: str, entry: FileEntry, give_up: Event) -> None:
        digest, size = hashlib.sha256(), 0
        with _as_call_failures(path), self._http.stream("GET", path, follow_redirects=True) as response:
            _raise_for(response)
            with part.open("wb") as stream:
                for chunk in response.iter_bytes(CHUNK_BYTES):
                    if give_up.is_set():
                        raise Unreachable(f"{path}: given up half-way")
                    digest.update(chunk)
                    size += len(chunk)
                    if size > entry.bytes:
                        break
                    stream.write(chunk)
        if size != entry.bytes or digest.hexdigest() != entry.sha256:
            log.warning("download.corrupted", path=path, size=size)
            raise CorruptDownload(f"{path} arrived damaged: {size} of {entry.bytes} bytes, or another SHA-256.")

    def _send_json(self, path: str, body: BaseModel | None) -> httpx.Response:
        content = body.model_dump_json().encode() if body else b"{}"
        return self._send("POST", path, content=content, headers={"Content-Type": "application/json"})

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        if self._http.is_closed:
            raise Unreachable(f"{path}: this worker is ending")
        with _as_call_failures(path):
            response = self._http.request(method, path, **arguments)
            _raise_for(response)
            return response


def _chunks(stream: BinaryIO, size: int, give_up: Event) -> Iterator[bytes]:
    """The ``size`` bytes that were promised. Raises ``Untrustworthy`` where whoever wrote the file has cut it since."""
    while size > 0:
        if give_up.is_set():
            raise Unreachable("upload given up half-way")
        if not (chunk := stream.read(min(CHUNK_BYTES, size))):
            raise Untrustworthy(f"{stream.name} is {size} bytes shorter than it was.")
        size -= len(chunk)
        yield chunk


@contextmanager
def _as_call_failures(path: str) -> Iterator[None]:
    try:
        yield
    except httpx.RequestError as error:  # transport, and answers that cannot be decoded
        raise Unreachable(f"{path}: {error or type(error).__name__}") from error


def _parse(response: httpx.Response, answer: type[Answer]) -> Answer:
    try:
        return answer.model_validate_json(response.content)
    except ValidationError as error:
        # A proxy's page in place of the control plane's answer, say: not the caller's fault, so worth another try.
        raise Unreachable(f"{response.request.url.path} did not answer {answer.__name__}: {error}") from error


def _raise_for(response: httpx.Response) -> None:
    if response.is_success:
        return
    response.read()
    status, path = response.status_code, response.request.url.path
    if status == httpx.codes.INSUFFICIENT_STORAGE:
        code, detail = _problem(response)
        raise NoRoom(status=status, code=code, detail=detail)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.TOO_MANY_REQUESTS:
        raise Unreachable(f"{path} answered {status}", retry_after=_retry_after(response))
    code, detail = _problem(response)
    if status == httpx.codes.UNAUTHORIZED:
        raise Unauthorized(status=status, code=code, detail=detail)
    is_write = response.request.method != "GET"
    if code == "stale_fence" or (status == httpx.codes.NOT_FOUND and is_write):
        raise AttemptLost(status=status, code=code, detail=detail)
    raise Refused(status=status, code=code, detail=detail)


def _problem(response: httpx.Response) -> tuple[str, str]:
    """The ``code`` and ``detail`` of an RFC 9457 document, or empty texts where the body is none."""
    with suppress(ValueError):
        body = response.json()
        if isinstance(body, dict):
            return str(body.get("code", "")), str(body.get("detail") or body.get("title") or "")
    return "", response.text[:200]


def _retry_after(response: httpx.Response) -> float:
    with suppress(ValueError):
        return min(float(response.headers.get("Retry-After", "")), LONGEST_RETRY_AFTER)
    return 0.0


def _until(give_up: Event, path: str, call: Callable[[], Value]) -> Value:
    """Repeats ``call`` while the control plane is unreachable. Raises the last ``Unreachable`` on ``give_up``."""

    def report(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning("call.retried", path=path, tries=state.attempt_number, error=str(error))

    return Retrying(
        retry=retry_if_exception_type(Unreachable),
        stop=stop_when_event_set(give_up),
        sleep=sleep_using_event(give_up),
        wait=_wait,
        before_sleep=report,
        reraise=True,
    )(call)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return max(BACKOFF(state), error.retry_after if isinstance(error, Unreachable) else 0.0)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
