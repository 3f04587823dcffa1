"""Log-in by a browser that may be on another machine: the device authorization grant (RFC 8628).

``log_in`` asks for a code, has it shown, and waits until somebody confirms it in the dashboard.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from trainyard_client.errors import ApiError, LoginFailed, Unreachable
from trainyard_client.types import StartedDeviceAuthorization, Token
from trainyard_client.version import __version__

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
SLOW_DOWN_SECONDS = 5
PENDING, SLOW_DOWN = "authorization_pending", "slow_down"
TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What key to ask for: what is ``None`` the service chooses. ``scopes`` limit what its ``role`` may do."""

    client_name: str
    role: str | None = None
    scopes: Sequence[str] = ()
    lifetime_days: int | None = None

    def body(self) -> dict[str, Any]:
        """As the service takes it."""
        body = {
            "client_id": "trainyard-cli",
            "client_name": self.client_name,
            "scope": " ".join(self.scopes) or None,
            "role": self.role,
            "key_lifetime_days": self.lifetime_days,
        }
        return {name: value for name, value in body.items() if value is not None}


def log_in(
    base_url: str,
    *,
    wanted: WantedKey,
    show: Callable[[StartedDeviceAuthorization], None],
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Token:
    """The key that somebody confirms: ``show`` is told the code, and where to type it, and then it is waited for.

    Raises ``LoginFailed`` where it is refused or nobody answers in time, ``ApiError`` and ``Unreachable``.
    """
    options: dict[str, Any] = {
        "base_url": f"{base_url.rstrip('/')}/api/v1/",
        "headers": {"User-Agent": f"trainyard-client/{__version__}"},
        "timeout": 30.0,
    }
    with httpx.Client(**options, transport=transport) if transport else httpx.Client(**options) as http:
        started = StartedDeviceAuthorization(_begun(http, wanted.body()))
        ends_at, interval = clock() + started.expires_in, float(started.interval)
        show(started)
        while clock() < ends_at:
            sleep(interval)
            answer = _polled(http, started.device_code)
            if isinstance(answer, Token):
                return answer
            interval += {SLOW_DOWN: SLOW_DOWN_SECONDS}.get(answer, 0)
    raise LoginFailed("expired_token", "Nobody confirmed in time.")


def _begun(http: httpx.Client, body: Mapping[str, Any]) -> Any:
    try:
        response = http.post("oauth/device-authorization", json=dict(body))
    except httpx.TransportError as error:
        raise Unreachable(f"{http.base_url} does not answer: {error}") from error
    if response.status_code == httpx.codes.NOT_FOUND:
        raise LoginFailed("unsupported", "This service knows no log-in by browser: give a key, by --with-key.")
    if response.is_error:
        raise ApiError.from_response(response)
    return response.json()


def _polled(http: httpx.Client, device_code: str) -> Token | str:
    """The token, or why there is none yet. What did not arrive may be asked for again."""
    try:
        response = http.post("oauth/token", json={"grant_type": GRANT_TYPE, "device_code": device_code})
    except httpx.TransportError:
        return SLOW_DOWN
    if not response.is_error:
        return Token(response.json())
    if response.status_code in TRY_AGAIN:
        return SLOW_DOWN
    error = ApiError.from_response(response)
    if error.code in (PENDING, SLOW_DOWN):
        return error.code
    if response.status_code == httpx.codes.BAD_REQUEST:
        raise LoginFailed(error.code, error.detail)
    raise error
