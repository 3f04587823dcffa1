"""An HTTP client for addresses that customers name: to the address that was checked, no redirect, bounded throughout.

``http.client`` rather than a library on top of it: these resolve names themselves, and the connection has to go to the
very address that was checked, under the name that TLS and ``Host`` know.
"""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse

from trainyard.core.outbound.addresses import ConnectAddress, Resolver, allowed_networks, resolve, system_resolver


class RequestFailed(Exception):
    """No answer came. ``code`` is one of ``unresolved``, ``timeout``, ``tls``, ``connection`` and ``not_http``."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """``seconds`` is the time for everything, ``idle_seconds`` for each wait; ``body_bytes`` is read of an answer."""

    seconds: float
    idle_seconds: float = 10.0
    body_bytes: int = 2**14


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is its beginning; names in ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def send(
    method: str,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    limits: TransferLimits,
    resolver: Resolver = system_resolver,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """The answer of ``url``, whatever its status. Raises ``AddressRefused`` and ``RequestFailed``."""
    with opened(method, url, body=body, headers=headers, limits=limits, resolver=resolver, context=context) as response:
        content = response.read(limits.body_bytes)
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, content)


@contextmanager
def opened(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str],
    limits: TransferLimits,
    resolver: Resolver = system_resolver,
    context: ssl.SSLContext | None = None,
) -> Iterator[HTTPResponse]:
    """The answer to a request, to be read inside the block. Raises as ``send`` does, inside the block too."""
    with _telling():
        target = resolve(url, allowed=allowed_networks(), resolver=resolver)
        with _connected(target, limits=limits, context=context) as connection:
            connection.request(method, target.path, body=body, headers={"Connection": "close", **headers})
            with connection.getresponse() as response:
                yield response


@contextmanager
def _connected(
    target: ConnectAddress, *, limits: TransferLimits, context: ssl.SSLContext | None
) -> Iterator[HTTPConnection]:
    connection = HTTPConnection(target.host, target.port)
    raw = socket.create_connection((target.address, target.port), timeout=min(limits.seconds, limits.idle_seconds))
    # A peer that sends a byte now and then never runs into the time-out of one wait.
    deadline = _Deadline(raw, limits.seconds)
    try:
        with deadline:
            connection.sock = raw
            if target.is_https:
                wrapped = (context or _trust()).wrap_socket(raw, server_hostname=target.host)
                connection.sock = deadline.socket = wrapped
                connection.default_port = 443
            yield connection
        if deadline.passed:
            raise deadline.error  # what was read looks whole, and is what had come until then
    except Exception as error:
        if deadline.passed:
            raise deadline.error from error
        raise
    finally:
        connection.close()
        raw.close()


class _Deadline:
    """Shuts a socket down after so many seconds."""

    def __init__(self, opened_socket: socket.socket, seconds: float) -> None:
        self.socket = opened_socket
        self.passed = False
        self.error = TimeoutError(f"no answer within {seconds:g} s")
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _pass(self) -> None:
        self.passed = True
        with suppress(OSError):
            # Of the socket itself, not of TLS above it, which would wait for its turn.
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)


@contextmanager
def _telling() -> Iterator[None]:
    """Turns what the standard library raises into ``RequestFailed``."""
    try:
        yield
    except TimeoutError as error:
        raise RequestFailed("timeout", str(error) or "no answer in time") from error
    except ssl.SSLError as error:
        raise RequestFailed("tls", error.reason or str(error)) from error
    except socket.gaierror as error:
        raise RequestFailed("unresolved", error.strerror or "the name has no address") from error
    except HTTPException as error:
        raise RequestFailed("not_http", f"{type(error).__name__}: {error}"[:200]) from error
    except OSError as error:
        raise RequestFailed("connection", error.strerror or str(error)) from error


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that this host trusts, or those of ``SSL_CERT_FILE``."""
    return ssl.create_default_context()
